"""Events are there with what they tell of, in order, once, and stay until they arrived or were given up."""

import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from handlers.errors import NotDelivered
from handlers.outbox import table
from handlers.outbox.book import OutboxBook
from handlers.outbox.courier import Courier, Round, tend
from handlers.outbox.events import Event, new_event
from handlers.outbox.listing import Asked
from handlers.outbox.telling import Teller
from handlers.records.corrections import Word, confirm, correct, undo
from handlers.records.database import Database
from handlers.records.readings import Origin
from handlers.records.tables import delivery, happened
from handlers.settings import Settings
from tests.outbox.conftest import Records, detail_of, soon


class Shelf:
    """A target in memory, which takes nothing for a while."""

    name = "folder"

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.taken: list[Event] = []
        self.tried: list[str] = []

    def open(self) -> bool:
        return False

    def deliver(self, event: Event) -> None:
        self.tried.append(event.id)
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(event)

    def close(self) -> None: ...


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    # One target by name; what takes its events is each test's own.
    return Settings.model_validate({"outbox": {"folder": tmp_path, "longest_wait_seconds": 0.2, "timeout_seconds": 1}})


def _sent(database: Database, shelf: Shelf, settings: Settings) -> None:
    Courier(database, [shelf], settings.outbox).run(5)


def _stands(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(select(delivery.c.state).order_by(delivery.c.event_id)))


def test_reading_and_what_people_say_of_it_leave_in_order(
    database: Database, settings: Settings, records: Records
) -> None:
    number, told = records(settings), Teller(settings).step
    word = Word("Li", time.time())
    database.write(lambda connection: correct(connection, number, "A28", word, told))
    database.write(lambda connection: undo(connection, number, word, told))
    database.write(lambda connection: confirm(connection, number, word, told))
    shelf = Shelf()
    _sent(database, shelf, settings)
    kinds = [(event.type, event.data.get("text"), event.data.get("kind")) for event in shelf.taken]
    assert kinds == [
        ("reading.recorded", "A27", None),
        ("reading.corrected", "A28", "correct"),
        ("reading.corrected", "A27", "undo"),
        ("reading.confirmed", "A27", "confirm"),
    ]
    assert {event.reading for event in shelf.taken} == {number}
    (state,) = OutboxBook(settings, database).state()
    assert (state.waiting, state.delivered, state.given_up, state.error) == (0, 4, 0, "")


def test_without_targets_and_rules_nothing_is_kept(database: Database, records: Records) -> None:
    records(Settings())
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(happened)) == 0


def test_record_that_fails_leaves_no_event(database: Database, settings: Settings) -> None:
    def fails(connection: Any) -> None:
        Teller(settings).reading(connection, 1, Origin("t"), detail_of())
        raise RuntimeError("the record failed")

    with pytest.raises(RuntimeError):
        database.write(fails)
    assert _stands(database) == []


def test_ids_are_those_of_rfc_9562_and_only_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [new_event("t", 1, {}).id for _ in range(9000)]
    assert ids == sorted(set(ids))
    assert {(UUID(each).version, UUID(each).variant) for each in ids} == {(7, "specified in RFC 4122")}
    monkeypatch.setattr(time, "time", lambda: 1.0)
    assert new_event("t", 1, {}).id > ids[-1], "the clock was set back"


def test_what_fails_is_tried_again_with_the_same_id_before_the_next(
    database: Database, settings: Settings, records: Records
) -> None:
    for text in ("1", "2", "3"):
        records(settings, text)
    shelf = Shelf(*[NotDelivered("The shelf is full.") for _ in range(3)])
    courier = Courier(database, [shelf], settings.outbox)
    courier.open()
    soon(lambda: len(shelf.taken) == 3)
    courier.close()
    first, second, third = [event.id for event in shelf.taken]
    assert shelf.tried == [first] * 4 + [second, third]
    assert [event.data["text"] for event in shelf.taken] == ["1", "2", "3"]


def test_state_says_what_is_wrong_until_it_is_mended(database: Database, settings: Settings, records: Records) -> None:
    book = OutboxBook(settings, database)
    assert book.state()[0].oldest == 0
    records(settings)
    _sent(database, Shelf(NotDelivered("The shelf is full."), RuntimeError("a secret")), settings)
    (state,) = book.state()
    assert (state.target, state.waiting, state.error) == ("folder", 1, "The shelf is full.")
    assert state.retry_at > time.time() - 1 and 0 <= state.oldest < 60


def test_unforeseen_fault_is_an_id_and_never_its_text(
    database: Database, settings: Settings, records: Records, caplog: pytest.LogCaptureFixture
) -> None:
    records(settings)
    _sent(database, Shelf(RuntimeError("a secret")), settings)
    error = OutboxBook(settings, database).state()[0].error
    assert "secret" not in error
    assert error.split()[-1].rstrip(".") in caplog.text


def test_event_that_a_target_refuses_is_given_up_and_the_next_goes_on(
    database: Database, settings: Settings, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.outbox.courier._REFUSALS", 2)
    records(settings, "1")
    records(settings, "2")
    shelf = Shelf(*[NotDelivered("Too long.", refused=True) for _ in range(2)])
    courier = Courier(database, [shelf], settings.outbox)
    courier.open()
    soon(lambda: shelf.taken)
    soon(lambda: _stands(database) == ["given_up", "delivered"])
    courier.close()
    assert [event.data["text"] for event in shelf.taken] == ["2"]


def test_what_waits_too_long_is_given_up_in_sight_and_may_be_sent_again(
    database: Database, settings: Settings, records: Records
) -> None:
    for _ in range(3):
        records(settings)
    book, week = OutboxBook(settings, database), 7 * 86_400
    tend(database, settings.outbox, time.time() + week - 60)
    assert _stands(database) == ["waiting"] * 3
    tend(database, settings.outbox, time.time() + week + 60)
    assert book.state()[0].given_up == 3
    (event, *_) = book.events(Asked(state="given_up"), 10)
    assert "too long" in event["deliveries"][0]["error"]
    assert book.resend("Li", event["id"]) == 1
    assert book.resend("Li", event["id"]) == 0, "it waits already"
    assert book.resend("Li", target="webhook") == 0
    assert book.resend("Li") == 2
    shelf = Shelf()
    _sent(database, shelf, settings)
    assert len({each.id for each in shelf.taken}) == 3


def test_no_more_waits_than_was_said(database: Database, tmp_path: Path, records: Records) -> None:
    few = Settings.model_validate({"outbox": {"folder": tmp_path, "most": 2}})
    for text in ("1", "2", "3"):
        records(few, text)
    shelf = Shelf()
    _sent(database, shelf, few)
    assert [event.data["text"] for event in shelf.taken] == ["2", "3"]
    assert _stands(database) == ["given_up", "delivered", "delivered"]


def test_delivered_events_are_forgotten_and_those_that_wait_are_not(
    database: Database, settings: Settings, records: Records
) -> None:
    records(settings)
    _sent(database, Shelf(), settings)
    waiting = records(settings)
    later = time.time() + 60
    assert database.write(lambda connection: table.forget(connection, later - 3600)) == 0
    assert database.write(lambda connection: table.forget(connection, later)) == 1
    assert [event["reading"] for event in OutboxBook(settings, database).events(Asked(), 10)] == [waiting]


def test_one_process_at_a_time_sends_to_a_target(database: Database, settings: Settings, records: Records) -> None:
    shelves = [Shelf(), Shelf()]
    one, other = (Round(database, shelf, settings.outbox) for shelf in shelves)
    one.step()
    records(settings)
    other.step()
    assert shelves[1].tried == []
    one.end()
    other.step()
    assert len(shelves[1].taken) == 1
    other.end()


def test_lease_of_a_process_that_died_ends(database: Database, settings: Settings, records: Records) -> None:
    records(settings)
    for worker, now, held in (("dead", 100.0, True), ("new", 101.0, False), ("new", 104.0, True)):
        table.introduce(database, "folder")
        assert held is database.write(
            lambda connection, worker=worker, now=now: table.hold(connection, "folder", worker, now, now + 3)  # type: ignore[misc]
        )


@pytest.mark.parametrize(("asked", "expected"), [({}, 2), ({"type": "alarm.raised"}, 0), ({"target": "mqtt"}, 0)])
def test_events_are_listed_by_what_is_asked_for(
    database: Database, settings: Settings, records: Records, asked: dict[str, str], expected: int
) -> None:
    numbers = [records(settings), records(settings)]
    events = OutboxBook(settings, database).events(Asked(**asked), 10)
    assert [event["reading"] for event in events] == sorted(numbers, reverse=True)[:expected]
    if events:
        after = OutboxBook(settings, database).events(Asked(after=events[0]["id"]), 10)
        assert [event["reading"] for event in after] == numbers[:1]
