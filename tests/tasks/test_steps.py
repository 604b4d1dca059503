"""Long batches: a reading is kept when it is made, others go on from there, and a picture of poison fails alone."""

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from handlers.aws.messages import Messages
from handlers.errors import ReadingFailed
from handlers.lambda_.worker import Worker
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.records.tables import step
from handlers.records.tables import task as tasks
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.local import LocalQueue
from handlers.tasks.run import Runner
from handlers.tasks.sqs import SqsQueue
from tests.queues import Context, sqs

Encoded = Callable[..., bytes]
_OWNER = "a" * 32
_POISON = 33


class Died(BaseException):
    """What ends a process in the middle of a picture."""


class Eyes(Reader):
    """A reader that counts what it is shown, by width; one that is as wide as poison ends its process."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def read(self, image: Image.Image, _: Image.Image | None = None) -> Reading:
        self.seen.append(image.width)
        if image.width == _POISON:
            raise Died
        return Reading.nothing(image.width, image.height)


class Plant:
    """A queue over SQS, a worker, and a batch of pictures of the widths given."""

    def __init__(self, folder: Path, database: Database, held: ExitStack) -> None:
        self.storage = LocalStorage(folder)
        self.database = database
        self.eyes = Eyes()
        self.queues = held.enter_context(sqs())
        messages = Messages(self.queues.url)
        self.heard: list[Task] = []
        self.queue = SqsQueue(Settings(), database, self.storage, self.eyes, messages, self.heard.append)
        self.worker = Worker(self.queue, reads_arrivals=False)

    def submit(self, picture: Encoded, *widths: int) -> Task:
        uploads = [Upload(f"{width}.png", "image/png", io.BytesIO(picture(size=(width, 24)))) for width in widths]
        self.storage.put(_OWNER, uploads)
        return self.queue.submit(_OWNER)

    def deliver(self, seconds: float = 300) -> None:
        """Deliver what waits, once; a function that dies in it has its claim lapse, and its message come again."""
        event = self.queues.event()
        try:
            self.queues.answer(event, self.worker(event, Context(int(seconds * 1000))))
        except Died:
            self.database.write(lambda connection: table.renew(connection, self._workers(), time.time() - 1))
        self.queues.wait_no_longer(event)

    def _workers(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.scalars(select(tasks.c.worker)))

    def records(self) -> int:
        with self.database.read() as connection:
            return len(all_records(connection)) - 1

    def steps(self) -> int:
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(step)) or 0


@pytest.fixture
def plant(tmp_path: Path, database: Database) -> Iterator[Plant]:
    with ExitStack() as held:
        yield Plant(tmp_path / "uploads", database, held)


def test_batch_that_is_longer_than_a_function_lives_goes_on_where_it_stopped(plant: Plant, picture: Encoded) -> None:
    task = plant.submit(picture, 11, 12, 13)
    for number in (1, 2):
        # Less than a picture may take is left after the first: the next delivery goes on.
        plant.deliver(seconds=20)
        assert (plant.queue.task(task.id).state, plant.records()) == (State.WAITING, number)
    plant.deliver(seconds=20)
    done = plant.queue.task(task.id)
    assert (done.state, [detail["width"] for detail in done.details]) == (State.COMPLETED, [11, 12, 13])
    assert (plant.eyes.seen, plant.records(), plant.steps()) == ([11, 12, 13], 3, 0)
    assert plant.queues.texts() == plant.queues.texts(plant.queues.dead) == []
    assert [heard.id for heard in plant.heard] == [task.id]


def test_picture_that_ends_its_process_fails_alone(plant: Plant, picture: Encoded) -> None:
    task = plant.submit(picture, 11, 12, _POISON, 14, 15)
    for _ in range(3):
        plant.deliver()
    done = plant.queue.task(task.id)
    assert done.state is State.COMPLETED
    assert [detail["width"] for detail in done.details] == [11, 12, 0, 14, 15]
    assert done.details[2]["error"] == table.INTERRUPTED
    assert table.INTERRUPTED in done.text
    assert plant.eyes.seen == [11, 12, _POISON, _POISON, 14, 15]
    assert (plant.records(), plant.steps(), plant.queues.texts()) == (4, 0, [])


def test_picture_that_cannot_be_opened_fails_alone(plant: Plant, picture: Encoded) -> None:
    task = plant.submit(picture, 11, 12, 13)
    stored = plant.storage._path(task.pictures[1])
    stored.unlink()
    stored.mkdir()
    plant.deliver()
    assert (plant.queue.task(task.id).state, plant.records()) == (State.WAITING, 2)
    plant.deliver()
    plant.deliver()
    done = plant.queue.task(task.id)
    assert (done.state, plant.records(), plant.eyes.seen) == (State.COMPLETED, 2, [11, 13])
    assert "12.png could not be read" in done.details[1]["error"]


def test_batch_of_which_nothing_can_be_read_is_an_error(plant: Plant, picture: Encoded) -> None:
    task = plant.submit(picture, 11, 12)
    plant.storage.clear(_OWNER)
    plant.deliver()
    done = plant.queue.task(task.id)
    assert (done.state, done.text, plant.records()) == (State.ERROR, "11.png has been cleared.", 0)


def test_claim_that_lapsed_in_the_middle_keeps_what_it_had_and_no_more(plant: Plant, picture: Encoded) -> None:
    task = plant.submit(picture, 11, 12)
    runner = Runner(Settings(), plant.database, plant.storage, plant.eyes)
    now = time.time()
    slow = plant.database.write(lambda connection: table.claim(connection, "slow", now, now - 1, task.id))
    quick = plant.database.write(lambda connection: table.claim(connection, "quick", now, now + 60, task.id))
    assert slow and quick
    assert runner.run(slow).state is State.PROCESSING
    assert (plant.records(), plant.eyes.seen) == (0, [])
    assert runner.run(quick).state is State.COMPLETED
    assert plant.records() == 2


def test_server_that_waits_says_which_picture_failed_and_keeps_the_others(
    tmp_path: Path, database: Database, picture: Encoded
) -> None:
    storage = LocalStorage(tmp_path / "uploads")
    queue = LocalQueue(Settings(), database, storage, Reader())
    pictures = storage.put("a", [Upload(f"{n}.png", "image/png", io.BytesIO(picture())) for n in range(3)])
    os.truncate(tmp_path / "uploads" / "a" / pictures[1].key, 20)
    with pytest.raises(ReadingFailed, match=r"1\.png"):
        queue.read_now("a").result(60)
    with database.read() as connection:
        assert len(all_records(connection)) - 1 == 2
    queue.close()
