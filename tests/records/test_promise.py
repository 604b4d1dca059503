"""What a promise rests on, counted in every kind of database: who was asked, and what was found."""

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from handlers.promise.betting import Checks
from handlers.promise.standing import Terms
from handlers.promise.threshold import LEVELS, level_of
from handlers.promise.verdict import judged
from handlers.records import promise
from handlers.records.corrections import Word, confirm, correct, undo
from handlers.records.database import Database
from handlers.records.history import open_count
from handlers.records.joining import join
from handlers.records.promised import sentences, told
from handlers.records.readings import Clock, Origin, record
from handlers.records.tables import judgement, reading, review
from handlers.settings import Settings

_WORD = Word("Li", 1_800_000_000.0)
Keep = Callable[..., int]


@pytest.fixture
def keep(database: Database) -> Keep:
    """Records one reading under a threshold of 0.8; drawn where `lot` is below a tenth."""
    tasks = count()

    def kept(confidence: float, lot: float = 0.5, model: str = "m", *, unclear: bool = False) -> int:
        detail: dict[str, Any] = {"name": "1.jpg", "sha256": "a" * 64, "text": "A27", "confidence": confidence}
        detail |= {"needs_review": False, "alternatives": [], "unclear": unclear}
        detail["marks"] = [{"answered": True, "pad": False}]
        details = [judged(detail, 0.8, 0.1, lot)]
        origin = Origin(f"{next(tasks):032x}", "owner", model)
        return database.write(lambda connection: record(connection, origin, details, Clock()))[0]

    return kept


def _say(database: Database, number: int, said: str | None = None) -> None:
    if said is None:
        database.write(lambda connection: confirm(connection, number, _WORD))
    else:
        database.write(lambda connection: correct(connection, number, said, _WORD))


def test_readings_that_chance_draws_wait_in_the_queue_and_are_accepted_all_the_same(
    database: Database, keep: Keep
) -> None:
    numbers = {"drawn": keep(0.9, 0.05), "accepted": keep(0.9), "below": keep(0.7), "unclear": keep(0.9, unclear=True)}
    with database.read() as connection:
        states = {row.hub_id: row.state for row in connection.execute(review.select())}
        asked = {row.hub_id: row.needs_review for row in connection.execute(reading.select())}
        assert open_count(connection) == 3 and promise.waiting(connection) == 1
    assert {name: states[number] for name, number in numbers.items()} == {
        **{"drawn": "open", "accepted": "sure", "below": "open", "unclear": "open"}
    }
    assert {name: bool(asked[number]) for name, number in numbers.items()} == {
        **{"drawn": False, "accepted": False, "below": True, "unclear": True}
    }
    # Whatever was taken back may be checked again.
    _say(database, numbers["drawn"])
    database.write(lambda connection: undo(connection, numbers["drawn"], _WORD))
    with database.read() as connection:
        assert promise.waiting(connection) == 1


def test_evidence_is_of_those_who_were_asked_and_of_one_model(database: Database, keep: Keep) -> None:
    _say(database, keep(0.9, 0.05))
    _say(database, keep(0.9, 0.05), "A28")
    _say(database, keep(0.9, 0.05), "")
    keep(0.9, 0.05)
    taken_back = keep(0.9, 0.05)
    _say(database, taken_back, "A28")
    database.write(lambda connection: undo(connection, taken_back, _WORD))
    # Nobody was asked for this one: whoever looks by himself has a reason, and such checks are no fair sample.
    _say(database, keep(0.9), "A28")
    _say(database, keep(0.7), "A28")
    _say(database, keep(0.9, unclear=True), "A28")
    _say(database, keep(0.9, 0.05, "another"), "A28")
    with database.read() as connection:
        found = promise.evidence(connection, "m")["line"]
        assert promise.newest_model(connection) == "another"
        assert promise.evidence(connection, "none") == {}
    sure, low = level_of(0.9), level_of(0.7)
    assert set(found.checks) == {Checks(sure, 0.1, 3, 2), Checks(low, 1.0, 1, 1)}
    assert (sum(found.readings), found.readings[sure], found.readings[low]) == (7, 6, 1)


def test_only_the_newest_readings_are_counted(database: Database, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promise, "NEWEST", 2)
    for _ in range(3):
        keep(0.9)
    with database.read() as connection:
        assert sum(promise.evidence(connection, "m")["line"].readings) == 2


def test_days_and_standing_are_told(database: Database, keep: Keep) -> None:
    _say(database, keep(0.9, 0.05))
    _say(database, keep(0.9, 0.05), "A28")
    keep(0.9)
    keep(0.5)
    today = Clock().today()
    with database.read() as connection:
        assert promise.days(connection, today, today) == [[str(today), 4, 3, 2, 2, 1]]
        assert promise.days(connection, date(2000, 1, 1), date(2000, 1, 2)) == []
        answer = told(connection, Settings(wrong_at_most=10), today, today)
        nothing = told(connection, Settings(), today, today)
    (kind,) = answer["kinds"]
    assert (kind["kinds"], kind["checked"], kind["wrong"], kind["kept"]) == (["line"], 2, 1, False)
    assert kind["at_most"] == pytest.approx(974.68, abs=0.01)
    lines = list(sentences(answer))
    assert lines[0].startswith("At most 10 wrong in 1,000 accepted readings, with a certainty of 95%")
    assert lines[1].startswith("line: not proved yet, too many were wrong;")
    assert lines[2] == f"{today}\t4 read\t3 accepted\t2 drawn\t2 checked\t1 wrong"
    assert nothing["kinds"] == [] and list(sentences(nothing)) == [
        "Nothing is promised: CASTMARK_WRONG_AT_MOST is not set."
    ]


def test_promise_is_kept_by_enough_checks_without_a_wrong_one(database: Database, keep: Keep) -> None:
    for _ in range(60):
        _say(database, keep(0.9, 0.05))
    with database.read() as connection:
        (found,) = promise.standing(connection, "m", Terms(0.1, 0.8))
    assert found.kept and found.least == LEVELS[level_of(0.9)]


@pytest.mark.parametrize("promised_before", [True, False])
def test_reading_that_goes_on_with_more_photos_has_the_verdict_of_all_of_them(
    database: Database, promised_before: bool
) -> None:
    detail: dict[str, Any] = {"name": "1.jpg", "sha256": "a" * 64, "text": "A27", "confidence": 0.6, "unclear": False}
    detail |= {"needs_review": True, "alternatives": [], "marks": [{"answered": True, "pad": False}]}
    origin = Origin("f" * 32, "owner", "m")
    first = judged(detail, 0.8, 0.1, 0.5) if promised_before else detail
    (number,) = database.write(lambda connection: record(connection, origin, [first], Clock()))
    surer = judged(detail | {"confidence": 0.9, "needs_review": False, "photos": [{}, {}]}, 0.8, 0.1, 0.5)
    assert database.write(lambda connection: join(connection, [origin.task_id], origin, surer)) == number
    with database.read() as connection:
        (row,) = connection.execute(judgement.select())
        assert (row.hub_id, row.verdict, row.level) == (number, "accepted", level_of(0.9))
        assert str(connection.scalar(select(review.c.recognition_time))).startswith(row.day)
        assert [each.state for each in connection.execute(review.select())] == ["sure"]
