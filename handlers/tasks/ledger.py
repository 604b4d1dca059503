"""The book of tasks that both queues keep: what may be entered, and what became of it."""

import hashlib
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from handlers.errors import NotFound, QueueFull, TooManyPictures
from handlers.log import request_id
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.tasks import shares, table
from handlers.tasks.base import MOST_TOGETHER, State, Task
from handlers.tasks.book import Book
from handlers.tasks.intake import received


class Ledger:
    """Tasks of `database` about the pictures in `storage`: at most `settings.limits.queue` of them open, and of one
    address at most `settings.limits.tasks`.
    """

    def __init__(self, settings: Settings, database: Database, storage: Storage, decoder: Decoder = decoding) -> None:
        self._limits = settings.limits
        self.book = Book(database)
        self._database = database
        self._storage = storage
        self._decoder = decoder

    def of_batch(self, owner: str, key: str = "", *, awaited: bool = False, together: bool = False) -> Task:
        """The task of the owner's batch, or of the client's `key`: as it is, or one that waits and is not entered yet.

        One that failed waits again, unless a key asks for the same answer. A single picture is read as ever, also
        where it is to be read `together`. Raises NotFound and UploadRefused, and TooManyPictures where it is to be
        `awaited`, or read together.
        """
        if key and (known := self.book.find(_id(owner, f"key {key}"))):
            return known
        pictures = self._pictures(owner)
        if awaited:
            self._check_number(pictures)
        together = together and len(pictures) > 1
        if together and len(pictures) > MOST_TOGETHER:
            raise TooManyPictures(
                f"{len(pictures)} photos are too many of one mark; {MOST_TOGETHER} are read together."
            )
        task_id = _id(owner, f"key {key}") if key else of_pictures(owner, pictures, together=together)
        known = self.book.find(task_id)
        if known and known.over and known.failure:
            return self._again(known)
        return known or self._new(Task(task_id, owner, pictures, together=together))

    def claim(self, task_id: str, lease: float, tries: int) -> Task | None:
        """The task, claimed for so many seconds; None where it is over or another process runs it."""
        worker, now = uuid.uuid4().hex, time.time()
        return self._database.write(
            lambda connection: table.claim(connection, worker, now, now + lease, task_id, tries)
        )

    def enter(
        self, tasks: Sequence[Task], address: str = "", *, lease: float = 0.0, bounded: bool = True
    ) -> list[Task]:
        """Those of `tasks` that are new, entered in one step; claims hold for `lease` seconds.

        They count against the share of `address`, where one is named. Raises QueueFull, unless it is not `bounded`:
        what waits already, elsewhere, cannot be sent away.
        """

        def insert(connection: Connection) -> list[Task]:
            known = table.known(connection, [task.id for task in tasks])
            new = [task for task in tasks if task.id not in known]
            if new and bounded and table.open_count(connection) + len(new) > self._limits.queue:
                raise QueueFull("Too many pictures are waiting to be read; try again in a few seconds.")
            if new and address:
                shares.check(connection, address, len(new), self._limits.tasks)
                shares.note(connection, address, [task.id for task in new])
            now = time.time()
            for task in new:
                table.insert(connection, task, now, now + lease if task.worker else 0.0)
            return new

        try:
            return self._database.write(insert)
        except IntegrityError:
            # Another process entered the same at this very moment: now they are known.
            return self._database.write(insert)

    def _new(self, task: Task) -> Task:
        """The task; under another id where one of its id was forgotten, whose readings are recorded under it."""
        with self._database.read() as connection:
            recorded = table.was_recorded(connection, task.id)
        if not recorded:
            return task
        # Another call may have entered it, and had it read, since nobody knew it.
        return self.book.find(task.id) or replace(task, id=uuid.uuid4().hex)

    def _again(self, task: Task) -> Task:
        """The task, waiting again, with what was read of it."""
        waits = replace(task, state=State.WAITING, worker="", request=request_id() or task.request)
        self._database.write(lambda connection: table.again(connection, waits))
        return replace(waits, details=(), error="")

    def _check_number(self, pictures: Sequence[Picture]) -> None:
        if len(pictures) > self._limits.start_pictures:
            raise TooManyPictures(
                f"{len(pictures)} pictures are too many to wait for; at most {self._limits.start_pictures} "
                "are read while you wait. Give a uuid to have them read as a task."
            )

    def _pictures(self, owner: str) -> tuple[Picture, ...]:
        pictures = tuple(received(self._storage, owner, self._limits, self._decoder))
        if not pictures:
            raise NotFound("There is nothing to read; upload a picture first.")
        return pictures


def _id(owner: str, what: str) -> str:
    """The same for the same, so that whoever asks twice asks for one task."""
    return hashlib.sha256(f"castmark start\n{owner}\n{what}".encode()).hexdigest()[:32]


def of_pictures(owner: str, pictures: Sequence[Picture], *, together: bool) -> str:
    """The id of the task that reads these."""
    keys = "\n".join(picture.key for picture in pictures)
    return _id(owner, f"together\n{keys}" if together else keys)


def begun(task: Task) -> Task:
    """The task as it is entered by who runs it at once."""
    return replace(task, state=State.PROCESSING, worker=uuid.uuid4().hex)
