"""What every queue does, in threads of a server or over SQS: one suite, run against both on both databases."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from handlers.errors import NotFound, QueueFull, ReadingFailed, TooManyPictures
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks.base import NOTHING_LEGIBLE, Queue, State, Task
from handlers.tasks.local import LocalQueue
from tests.queues import cloud_queue

Encoded = Callable[..., bytes]


class House:
    """A queue of either kind over a storage and a database, with the real reader."""

    def __init__(self, kind: str, folder: Path, url: str, held: ExitStack, **limits: int) -> None:
        self.folder = folder
        self.storage = LocalStorage(folder)
        self.database = Database(url)
        held.callback(self.database.close)
        settings = Settings.model_validate({"limits": limits, "expiry": {"lease_seconds": 1}})
        parts = (settings, self.database, self.storage, Reader())
        self.queue: Queue
        self._deliver: Callable[[], object]
        if kind == "sqs":
            self.queue, self._deliver = held.enter_context(cloud_queue(*parts))
        else:
            self.queue, self._deliver = LocalQueue(*parts), lambda: time.sleep(0.02)
            held.callback(self.queue.close)

    def upload(self, owner: str, *contents: bytes) -> None:
        self.storage.put(owner, [Upload(f"{n}.png", "image/png", io.BytesIO(c)) for n, c in enumerate(contents)])

    def over(self, task_id: str) -> Task:
        while not (task := self.queue.task(task_id)).over:
            self._deliver()
        return task

    def records(self) -> list[str]:
        with self.database.read() as connection:
            return [row[2] for row in all_records(connection)[1:]]


@pytest.fixture(params=["local", "sqs"])
def make_house(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Callable[..., House]]:
    with ExitStack() as held:
        yield lambda **limits: House(request.param, tmp_path / "uploads", database_url, held, **limits)


def test_submitted_task_is_read_and_keeps_its_text(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("a", picture(), picture())
    task = house.queue.submit("a")
    assert task.state is State.WAITING
    done = house.over(task.id)
    assert (done.state, done.text) == (State.COMPLETED, f"{NOTHING_LEGIBLE}\n{NOTHING_LEGIBLE}")
    assert [detail["name"] for detail in done.details] == ["0.png", "1.png"]
    assert house.records() == ["", ""]
    assert [known.id for known in house.queue.tasks_of("a")] == [task.id]
    assert house.queue.tasks_of("b") == []


def test_nothing_uploaded_and_unknown_tasks_are_not_found(make_house: Callable[..., House]) -> None:
    queue = make_house().queue
    for ask in (queue.submit, queue.read_now):
        with pytest.raises(NotFound, match="upload a picture first"):
            ask("a")
    with pytest.raises(NotFound, match="no such task"):
        queue.task("x")


def test_more_pictures_than_one_may_wait_for(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house(start_pictures=2)
    house.upload("a", *[picture()] * 3)
    with pytest.raises(TooManyPictures, match="3 pictures are too many to wait for; at most 2"):
        house.queue.read_now("a")
    assert house.queue.submit("a").state is State.WAITING


def test_queue_is_bounded(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house(queue=1)
    house.upload("a", picture(), picture())
    first, second = house.storage.batch("a")
    with pytest.raises(QueueFull) as refusal:
        house.queue.add([Task("1" * 32, "a", (first,)), Task("2" * 32, "a", (second,))])
    assert refusal.value.headers["Retry-After"] == "5"
    # All in one step, or none.
    assert house.queue.tasks_of("a") == []


def test_task_that_is_known_is_not_added_again(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("a", picture(), picture())
    first, second = (Task(str(number) * 32, "a", (one,)) for number, one in enumerate(house.storage.batch("a")))
    assert house.queue.add([first]) == [first]
    assert house.queue.add([first, second]) == [second]
    for task in (first, second):
        assert house.over(task.id).state is State.COMPLETED
    assert house.queue.add([first, second]) == []
    assert len(house.records()) == 2


def test_task_added_by_many_at_once_is_new_for_one(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("a", picture())
    (one,) = house.storage.batch("a")
    start = threading.Barrier(4)

    def add(number: int) -> int:
        start.wait()
        return len(house.queue.add([Task(f"{number:032x}", "a", (one,))]))

    with ThreadPoolExecutor(4) as threads:
        for number in range(5):
            assert sum(threads.map(add, [number] * 4)) == 1


def test_task_whose_picture_was_cleared_ends_in_error_with_the_reason(
    make_house: Callable[..., House], picture: Encoded
) -> None:
    house = make_house()
    house.upload("a", picture())
    (one,) = house.storage.batch("a")
    house.storage.clear("a")
    house.queue.add([Task("1" * 32, "a", (one,))])
    done = house.over("1" * 32)
    assert (done.state, done.text) == (State.ERROR, "0.png has been cleared.")


def test_task_reads_the_batch_it_was_submitted_for(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("b", picture(), picture())
    old = tuple(house.storage.batch("b"))
    house.upload("b", picture())
    house.queue.add([Task("1" * 32, "b", old)])
    assert len(house.over("1" * 32).details) == 2


def test_batch_read_now_is_recorded_once_and_never_twice(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("a", picture(), picture())
    done = house.queue.read_now("a").result(60)
    assert (done.state, done.texts) == (State.COMPLETED, ["", ""])
    assert house.records() == ["", ""]
    assert house.queue.task(done.id).details == done.details


def test_failure_that_nobody_foresaw_is_an_id_in_the_log(
    make_house: Callable[..., House], picture: Encoded, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house()
    house.upload("a", picture())
    _spoil(house, "a")
    with pytest.raises(ReadingFailed, match="could not be read in 3 tries; the log names the cause as") as failure:
        house.queue.read_now("a").result(60)
    assert str(failure.value).split()[-1].rstrip(".") in caplog.text
    assert caplog.text.count("IsADirectoryError") == 3
    assert house.records() == []


def test_submitted_task_that_fails_three_times_is_an_error(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.upload("a", picture())
    _spoil(house, "a")
    task = house.over(house.queue.submit("a").id)
    assert task.state is State.ERROR
    assert "could not be read" in task.text
    assert house.records() == []


def _spoil(house: House, owner: str) -> None:
    """Opening the owner's first picture fails as nobody foresaw."""
    stored = house.folder / owner / house.storage.batch(owner)[0].key
    stored.unlink()
    stored.mkdir()
