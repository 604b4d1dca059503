"""The queue of one process: order, bounds, and what becomes of a task."""

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from handlers.errors import QueueFull
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks.base import State, Task
from handlers.tasks.local import LocalQueue

Encoded = Callable[..., bytes]


class House:
    """A queue over a storage and a database, with the real reader."""

    def __init__(self, folder: Path, database_url: str, **limits: int) -> None:
        self.folder = folder
        self.storage = LocalStorage(folder)
        self.database = Database(database_url)
        settings = Settings.model_validate({"limits": limits, "expiry": {"lease_seconds": 1}})
        self.queue = LocalQueue(settings, self.database, self.storage, Reader())

    def close(self) -> None:
        self.queue.close()
        self.database.close()

    def records(self) -> list[str]:
        with self.database.read() as connection:
            return [row[2] for row in all_records(connection)[1:]]

    def upload(self, owner: str, *contents: bytes) -> None:
        self.storage.put(owner, [Upload(f"{n}.png", "image/png", io.BytesIO(c)) for n, c in enumerate(contents)])

    @contextmanager
    def held_up(self, owner: str) -> Iterator[None]:
        """Reading this owner's picture waits, as on a disk that does not answer, until this ends."""
        picture = self.folder / owner / self.storage.batch(owner)[-1].key
        content = picture.read_bytes()
        picture.unlink()
        os.mkfifo(picture)
        try:
            yield
        finally:
            # Whoever waits at the pipe goes on, fails because a pipe is no file, and finds the file at its next try.
            with picture.open("wb"):
                (self.folder / "back").write_bytes(content)
                (self.folder / "back").replace(picture)


@pytest.fixture
def make_house(tmp_path: Path, database_url: str) -> Iterator[Callable[..., House]]:
    houses: list[House] = []

    def make(**limits: int) -> House:
        houses.append(House(tmp_path / "uploads", database_url, **limits))
        return houses[-1]

    yield make
    for house in houses:
        house.close()


def _until_over(house: House, task_id: str) -> Task:
    while not (task := house.queue.task(task_id)).over:
        time.sleep(0.02)
    return task


def test_states_move_forwards_and_the_queue_is_bounded(make_house: Callable[..., House], picture: Encoded) -> None:
    house = make_house(queue=2)
    house.upload("a", picture())
    with house.held_up("a"):
        first = house.queue.submit("a")
        house.upload("b", picture())
        second = house.queue.submit("b")
        assert house.queue.submit("b").id == second.id, "the same batch takes no more room"
        house.upload("c", picture())
        with pytest.raises(QueueFull) as refusal:
            house.queue.submit("c")
        assert refusal.value.headers["Retry-After"] == "5"
        while house.queue.task(first.id).state is State.WAITING:
            time.sleep(0.01)
        assert house.queue.task(first.id).state is State.PROCESSING
        assert house.queue.task(second.id).state is State.WAITING


def test_what_waits_when_a_queue_closes_is_read_by_the_next(make_house: Callable[..., House], picture: Encoded) -> None:
    first = make_house()
    for owner in ("a", "b"):
        first.upload(owner, picture())
    with first.held_up("a"):
        first.queue.submit("a")
        task = first.queue.submit("b")
        closing = threading.Thread(target=first.queue.close)
        closing.start()
        time.sleep(0.1)
    closing.join()
    assert first.queue.task(task.id).state is State.WAITING
    second = make_house()
    second.queue.open()
    assert _until_over(second, task.id).state is State.COMPLETED
