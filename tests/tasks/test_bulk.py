"""Submitting by the thousand: nothing twice, nothing lost, whatever breaks it off."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from handlers.aws.bucket import Bucket
from handlers.aws.messages import Messages
from handlers.errors import QueueFull, QueueUnavailable, StorageUnavailable
from handlers.lambda_.worker import Worker
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Settings
from handlers.storage.base import Storage, Upload
from handlers.storage.local import LocalStorage
from handlers.storage.s3 import S3Storage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.bulk import Fate, Outcome, Submission, uuid_for, waiting
from handlers.tasks.sources import Source, Sources, sources_of
from handlers.tasks.sqs import SqsQueue
from tests.buckets import NAME, keys, s3
from tests.queues import Context, Queues, create

Encoded = Callable[..., bytes]
_OWNER = "0" * 32


class House:
    """Pictures at a place, and a cloud's queue with its worker over a storage and a database."""

    def __init__(self, bucket: Bucket, storage: Storage, folder: Path, place: str, **limits: int) -> None:
        self.bucket = bucket
        self.storage = storage
        self.settings = Settings.model_validate({"data": folder / "data", "limits": limits})
        self.place = place
        self.database = Database(folder / "test.db")
        self.queues: Queues = create(Messages("").client)
        self.queue = self.new_queue()

    def new_queue(self) -> SqsQueue:
        return SqsQueue(self.settings, self.database, self.storage, Reader(), Messages(self.queues.url))

    def put(self, name: str, content: bytes) -> None:
        """A file or an object."""
        if self.place.startswith("s3://"):
            self.bucket.client.put_object(Bucket=NAME, Key=f"in/{name}", Body=content)
            return
        path = Path(self.place, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def sources(self) -> Sources:
        return sources_of(self.place, self.settings)

    def submission(
        self, owner: str = _OWNER, wait: Callable[[QueueFull], None] | None = None, *, again: bool = False
    ) -> Submission:
        parts = (self.queue, self.storage, self.database, self.settings.limits)
        return Submission(*parts, owner, wait or _not_expected, again=again)

    def submit(self, **options: Any) -> list[Outcome]:
        return list(self.submission(**options).run(self.sources()))

    def deliver(self, _: object = None) -> None:
        """Have all that SQS holds read."""
        while event := self.queues.event()["Records"]:
            worker = Worker(self.queue, reads_arrivals=False)
            self.queues.answer({"Records": event}, worker({"Records": event}, Context()))

    def break_queue(self) -> None:
        self.queues.client.delete_queue(QueueUrl=self.queues.url)

    def mend_queue(self) -> None:
        self.queues = create(self.queues.client)
        self.queue = self.new_queue()

    def tasks(self) -> list[Task]:
        return self.queue.tasks_of(_OWNER)

    def names(self) -> list[str]:
        return sorted(picture.name for task in self.tasks() for picture in task.pictures)

    def records(self) -> int:
        with self.database.read() as connection:
            return len(all_records(connection)) - 1


def _not_expected(error: QueueFull) -> None:
    raise error


@pytest.fixture
def make_house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., House]]:
    with ExitStack() as held:
        bucket = held.enter_context(s3())
        kind = getattr(request, "param", "folder")

        def make(**limits: int) -> House:
            storage = S3Storage(bucket) if kind == "s3" else LocalStorage(tmp_path / "data" / "uploads")
            place = f"s3://{NAME}/in/" if kind == "s3" else str(tmp_path / "in")
            house = House(bucket, storage, tmp_path, place, **limits)
            held.callback(house.database.close)
            return house

        yield make


everywhere = pytest.mark.parametrize("make_house", ["folder", "s3"], indirect=True)


def _fates(outcomes: list[Outcome]) -> dict[str, Fate]:
    assert len({each.name for each in outcomes}) == len(outcomes)
    return {each.name: each.fate for each in outcomes}


@everywhere
def test_each_picture_is_a_task_and_those_refused_are_named(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    for name in ("1.png", "左/轮毂 1.png", "左/2.jpg"):
        house.put(name, picture())
    house.put("cut.png", picture("PNG", (64, 64))[:80])
    house.put("notes.txt", b"?")
    outcomes = house.submit()
    assert _fates(outcomes) == {
        "1.png": Fate.SUBMITTED,
        "左/轮毂 1.png": Fate.SUBMITTED,
        "左/2.jpg": Fate.SUBMITTED,
        "cut.png": Fate.REFUSED,
        "notes.txt": Fate.REFUSED,
    }
    reasons = {each.name: each.reason for each in outcomes}
    assert "cut.png is damaged" in reasons["cut.png"] and "notes.txt is not a picture" in reasons["notes.txt"]
    assert house.names() == ["1.png", "2.jpg", "轮毂 1.png"]
    assert waiting(house.database) == 3
    house.deliver()
    assert {task.state for task in house.tasks()} == {State.COMPLETED}
    assert (house.records(), waiting(house.database)) == (3, 0)


@everywhere
def test_same_again_submits_only_what_is_new_or_changed(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    for name in "123":
        house.put(name, picture())
    house.submit()
    first = {task.id for task in house.tasks()}
    assert set(_fates(house.submit()).values()) == {Fate.KNOWN}
    house.deliver()
    house.put("2", picture("PNG", (40, 40)))
    house.put("4", picture())
    assert _fates(house.submit()) == {
        "1": Fate.KNOWN,
        "2": Fate.SUBMITTED,
        "3": Fate.KNOWN,
        "4": Fate.SUBMITTED,
    }
    assert len({task.id for task in house.tasks()} - first) == 2
    house.deliver()
    assert house.records() == 5


def test_again_and_another_owner_submit_all_of_it(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.put("1", picture())
    house.submit()
    for options in ({"again": True}, {"again": True}, {"owner": "1" * 32}):
        assert set(_fates(house.submit(**options)).values()) == {Fate.SUBMITTED}
    assert len(house.tasks()) == 3
    assert len(house.queue.tasks_of("1" * 32)) == 1
    assert set(_fates(house.submit()).values()) == {Fate.KNOWN}


@everywhere
def test_queue_that_breaks_in_the_middle_costs_nothing(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    for number in range(60):
        house.put(f"{number:02}", picture())
    outcomes: list[Outcome] = []

    def submit() -> None:
        for outcome in house.submission().run(house.sources()):
            outcomes.append(outcome)
            if len(outcomes) == 10:
                house.break_queue()

    with pytest.raises(QueueUnavailable):
        submit()
    done = [each.name for each in outcomes]
    assert 10 <= len(done) < 60
    assert house.names() == done
    house.mend_queue()
    fates = _fates(house.submit())
    assert [name for name, fate in fates.items() if fate is Fate.KNOWN] == done
    assert house.names() == [f"{number:02}" for number in range(60)]
    house.deliver()
    # The messages that went with the first queue.
    house.queue.tend(time.time() + 3600)
    house.deliver()
    assert {task.state for task in house.tasks()} == {State.COMPLETED}
    assert house.records() == 60


def test_stopped_while_it_waits_goes_on_where_it_stopped(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house(queue=4)
    for number in range(10):
        house.put(str(number), picture())

    def stop(_: QueueFull) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.submit(wait=stop)
    assert house.names() == ["0", "1", "2", "3"]
    assert len(house.queues.texts()) == 4
    fates = _fates(house.submit(wait=house.deliver))
    assert list(fates.values()) == [Fate.KNOWN] * 4 + [Fate.SUBMITTED] * 6
    house.deliver()
    assert {task.state for task in house.tasks()} == {State.COMPLETED}
    assert (house.records(), len(house.names())) == (10, 10)


def test_full_queue_is_waited_for_and_never_overfilled(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house(queue=3)
    for number in range(8):
        house.put(str(number), picture())
    waited: list[int] = []

    def wait(error: QueueFull) -> None:
        waited.append(waiting(house.database))
        house.deliver(error)

    assert set(_fates(house.submit(wait=wait)).values()) == {Fate.SUBMITTED}
    assert waited == [3, 3]
    house.deliver()
    assert house.records() == 8


def test_sources_are_taken_as_they_are_needed(make_house: Callable[..., House]) -> None:
    house, taken = make_house(), 0

    def endless() -> Iterator[Source]:
        nonlocal taken
        while True:
            taken += 1
            yield Source(f"x:{taken}", str(taken), 1, "1", lambda: io.BytesIO(b"?"))

    outcomes = house.submission().run(endless())
    for number in range(1, 1200):
        assert next(outcomes).name == str(number)
        assert taken <= number + 500


def test_source_that_is_too_large_is_never_fetched(make_house: Callable[..., House]) -> None:
    def fetch() -> io.BytesIO:
        raise AssertionError("it was fetched")

    (outcome,) = make_house().submission().run([Source("x:1", "film.mov", 10**9, "1", fetch)])
    assert outcome.fate is Fate.REFUSED
    assert "film.mov has 953.7 MB" in outcome.reason


def test_bucket_that_fails_in_the_middle_ends_it(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.put("1", picture())

    def fetch() -> io.BytesIO:
        raise StorageUnavailable("not now")

    broken = Source("x:1", "x", 1, "1", fetch)
    with pytest.raises(StorageUnavailable):
        list(house.submission().run([*house.sources(), broken]))
    assert set(_fates(house.submit()).values()) == {Fate.SUBMITTED}


def test_pictures_stay_however_many_come_after_them(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    # One that keeps nothing that was replaced.
    house.storage = LocalStorage(house.settings.data / "uploads", grace=0)
    house.storage.put(_OWNER, [Upload("own.png", "image/png", io.BytesIO(picture()))])
    house.queue = house.new_queue()
    for number in range(60):
        house.put(str(number), picture())
    house.submit()
    assert [each.name for each in house.storage.batch(_OWNER)] == ["own.png"]
    house.deliver()
    assert {task.state for task in house.tasks()} == {State.COMPLETED}
    assert house.records() == 60


def test_what_was_read_is_known_when_its_task_is_forgotten(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.put("1", picture())
    house.submit()
    house.deliver()
    house.database.write(lambda connection: table.forget(connection, 1e12))
    assert house.tasks() == []
    assert set(_fates(house.submit()).values()) == {Fate.KNOWN}


def test_two_at_once_submit_nothing_twice(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    for number in range(60):
        house.put(f"{number:02}", picture())
    outcomes: list[Outcome] = []
    both = [threading.Thread(target=lambda: outcomes.extend(house.submit())) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(outcomes) == 120
    assert sorted(each.name for each in outcomes if each.fate is Fate.SUBMITTED) == house.names()
    assert len(house.names()) == 60


@pytest.mark.parametrize("make_house", ["s3"], indirect=True)
def test_nothing_is_written_among_the_sources(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house()
    house.put("1", picture())
    house.submit()
    assert keys(house.bucket, "in/") == ["in/1"]


class TestUuid:
    def test_is_the_same_for_a_place_in_a_database(self, database: Database) -> None:
        assert uuid_for(database, "s3://a/b/") == uuid_for(database, "s3://a/b")
        assert uuid_for(database, "s3://a/b") != uuid_for(database, "s3://a/c")

    def test_cannot_be_told_from_the_place_alone(self, tmp_path: Path) -> None:
        made = set()
        for name in "12":
            database = Database(tmp_path / name)
            made.add(uuid_for(database, "s3://a/b"))
            database.close()
        assert len(made) == 2

    def test_is_one_for_all_who_ask_first_at_the_same_time(self, database: Database) -> None:
        start, made = threading.Barrier(4), set()
        with database.read():
            pass

        def ask() -> None:
            start.wait()
            made.add(uuid_for(database, "s3://a/b"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert len(made) == 1
