"""Exactly once: whatever is claimed twice, run at the same time or run again, a reading is one record."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.records.tables import reading
from handlers.records.tables import task as tasks
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.local import LocalQueue
from handlers.tasks.run import Runner

Encoded = Callable[..., bytes]
_LONG = 1e12


class House:
    def __init__(self, folder: Path, database_url: str) -> None:
        self.storage = LocalStorage(folder / "uploads")
        self.database = Database(database_url)
        self.runner = Runner(Settings(), self.database, self.storage, Reader())

    def submitted(self, name: str, content: bytes) -> str:
        pictures = self.storage.put("a", [Upload("1.png", "image/png", io.BytesIO(content))] * 2)
        task = Task(name.ljust(32, "0"), "a", tuple(pictures))
        self.database.write(lambda connection: table.insert(connection, task, time.time()))
        return task.id

    def claim(self, worker: str, now: float | None = None, lease_until: float = _LONG) -> Task | None:
        moment = time.time() if now is None else now
        return self.database.write(lambda connection: table.claim(connection, worker, moment, lease_until))

    def count(self) -> int:
        with self.database.read() as connection:
            return len(all_records(connection)) - 1

    def find(self, task_id: str) -> Task:
        with self.database.read() as connection:
            task = table.find(connection, task_id)
        assert task is not None
        return task


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    house = House(tmp_path, database_url)
    yield house
    house.database.close()


def test_same_claim_run_many_times_at_once_is_recorded_once(house: House, picture: Encoded) -> None:
    task_id = house.submitted("t", picture())
    task = house.claim("w")
    assert task is not None
    together = threading.Barrier(4)

    def run(_: int) -> Task:
        together.wait()
        return house.runner.run(task)

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(run, range(4)))
    assert {each.state for each in done} == {State.COMPLETED}
    assert house.count() == 2
    assert house.find(task_id).texts == ["", ""]


def test_run_again_after_it_was_over_changes_nothing(house: House, picture: Encoded) -> None:
    house.submitted("t", picture())
    task = house.claim("w")
    assert task is not None
    first = house.runner.run(task)
    assert house.runner.run(task) == first
    assert house.count() == 2


def test_claim_that_lapsed_records_nothing_and_the_new_one_does(house: House, picture: Encoded) -> None:
    house.submitted("t", picture())
    slow = house.claim("slow", lease_until=time.time() - 1)
    quick = house.claim("quick")
    assert slow is not None
    assert quick is not None
    assert house.runner.run(slow).state is State.PROCESSING, "it is the other's now"
    assert house.count() == 0
    assert house.runner.run(quick).state is State.COMPLETED
    assert house.count() == 2


def test_whoever_waits_hears_what_another_server_read(house: House, picture: Encoded) -> None:
    """A laptop that slept finds its task taken up by another; its caller gets the same answer."""
    queue = LocalQueue(Settings(), house.database, house.storage, Reader())
    house.submitted("t", picture())
    slept = house.claim("slept", lease_until=time.time() - 1)
    other = house.claim("other")
    assert slept is not None
    assert other is not None
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(queue._run_or_raise, slept)
        with pytest.raises(TimeoutError):
            waiting.result(1)
        house.runner.run(other)
        assert waiting.result(60).texts == ["", ""]
    assert house.count() == 2
    queue.close()


def test_task_is_claimed_by_one_of_many(house: House, picture: Encoded) -> None:
    ids = {house.submitted(f"{number}", picture()) for number in range(5)}
    with ThreadPoolExecutor(8) as threads:
        claimed = [task for task in threads.map(lambda number: house.claim(f"w{number}"), range(8)) if task]
    more = [task for task in (house.claim(f"later{number}") for number in range(5)) if task]
    assert sorted(task.id for task in claimed + more) == sorted(ids)


def test_tasks_are_claimed_oldest_first_and_only_when_free(house: House, picture: Encoded) -> None:
    first, second = house.submitted("1", picture()), house.submitted("2", picture())
    assert [house.claim("w"), house.claim("w")] != [None, None]
    assert house.claim("w") is None
    assert (house.find(first).state, house.find(second).state) == (State.PROCESSING, State.PROCESSING)
    house.database.write(lambda connection: table.renew(connection, ["w"], time.time() - 1))
    again = house.claim("x")
    assert again is not None
    assert again.id == first


def test_turns_go_round_among_owners(house: House) -> None:
    """Whoever submitted a hundred does not keep waiting who submits one."""
    order = [(name, name[0]) for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1")]
    for moment, (name, owner) in enumerate(order):
        task = Task(name.ljust(32, "0"), owner, ())
        house.database.write(partial(table.insert, task=task, now=time.time() - 100 + moment))
    claimed = [house.claim("w") for _ in range(8)]
    assert [task.id[:2] if task else None for task in claimed] == ["a1", "b1", "c1", "a2", "b2", "a3", "a4", None]


def test_named_task_is_claimed_or_nothing(house: House, picture: Encoded) -> None:
    house.submitted("1", picture())
    second = house.submitted("2", picture())

    def claim(connection: Connection) -> Task | None:
        return table.claim(connection, "w", time.time(), _LONG, task_id=second)

    claimed = house.database.write(claim)
    assert claimed is not None
    assert claimed.id == second
    assert house.database.write(claim) is None


def test_task_that_ends_its_process_again_and_again_is_given_up(house: House, picture: Encoded) -> None:
    task_id = house.submitted("t", picture())
    claims = 0
    while house.claim(f"w{claims}", lease_until=0.0):
        claims += 1
    assert claims == table.INTERRUPTIONS
    assert house.find(task_id).state is State.ERROR
    assert house.find(task_id).text == table.INTERRUPTED


def test_reading_and_its_record_are_one_transaction(house: House, picture: Encoded) -> None:
    task_id = house.submitted("t", picture())
    task = house.claim("w")
    assert task is not None
    taken = {"task_id": task_id, "position": 1, "recorded_at": 0.0, "picture_name": "", "picture_sha256": ""}
    more = {"hub_id": 999, "confidence": 0.0, "needs_review": False, "alternatives": "[]"}
    house.database.write(lambda connection: connection.execute(reading.insert().values(**taken, **more)))
    with pytest.raises(Exception, match="castmark_reading"):
        house.runner.run(task)
    assert house.count() == 1, "the first picture's record was kept when it was read"
    assert house.find(task_id).state is State.PROCESSING


def test_over_is_over(house: House, picture: Encoded) -> None:
    task_id = house.submitted("t", picture())
    task = house.claim("w")
    assert task is not None
    house.runner.run(task)
    assert house.claim("x", now=_LONG) is None
    finished = house.database.write(lambda connection: table.finish(connection, task, State.ERROR, error="late"))
    assert finished is False
    assert house.find(task_id).state is State.COMPLETED


def test_old_tasks_are_forgotten_and_their_records_stay(house: House, picture: Encoded) -> None:
    done, waiting = house.submitted("1", picture()), house.submitted("2", picture())
    task = house.claim("w")
    assert task is not None
    house.runner.run(task)
    house.database.write(lambda connection: connection.execute(update(tasks).values(submitted_at=1.0)))
    assert house.database.write(lambda connection: table.forget(connection, 2.0)) == 1
    with house.database.read() as connection:
        assert list(connection.scalars(select(tasks.c.id))) == [waiting]
        assert table.find(connection, done) is None
    assert house.count() == 2
