"""The book of tasks that both queues keep: what may be entered, and what became of it."""

import time
import uuid
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from handlers.errors import NotFound, QueueFull, TooManyPictures
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.intake import received


class Ledger:
    """Tasks of `database` about the pictures in `storage`, at most `settings.limits.queue` of them open."""

    def __init__(self, settings: Settings, database: Database, storage: Storage) -> None:
        self._limits = settings.limits
        self._database = database
        self._storage = storage

    def waiting(self, owner: str) -> Task:
        """A task of the owner's batch, not entered yet. Raises NotFound and UploadRefused."""
        return Task(uuid.uuid4().hex, owner, self._pictures(owner))

    def begun(self, owner: str) -> Task:
        """As `waiting`, but claimed at once, for somebody who waits. Raises TooManyPictures, too."""
        pictures = self._pictures(owner)
        if len(pictures) > self._limits.start_pictures:
            raise TooManyPictures(
                f"{len(pictures)} pictures are too many to wait for; at most {self._limits.start_pictures} "
                "are read while you wait. Give a uuid to have them read as a task."
            )
        return Task(uuid.uuid4().hex, owner, pictures, State.PROCESSING, worker=uuid.uuid4().hex)

    def enter(self, tasks: Sequence[Task], *, lease: float = 0.0, bounded: bool = True) -> list[Task]:
        """Those of `tasks` that are new, entered in one step; claims hold for `lease` seconds.

        Raises QueueFull, unless it is not `bounded`: what waits already, elsewhere, cannot be sent away.
        """

        def insert(connection: Connection) -> list[Task]:
            known = table.known(connection, [task.id for task in tasks])
            new = [task for task in tasks if task.id not in known]
            if new and bounded and table.open_count(connection) + len(new) > self._limits.queue:
                raise QueueFull("Too many pictures are waiting to be read; try again in a few seconds.")
            now = time.time()
            for task in new:
                table.insert(connection, task, now, now + lease if task.worker else 0.0)
            return new

        try:
            return self._database.write(insert)
        except IntegrityError:
            # Another process entered the same at this very moment: now they are known.
            return self._database.write(insert)

    def task(self, task_id: str) -> Task:
        """Raises NotFound."""
        with self._database.read() as connection:
            task = table.find(connection, task_id)
        if task is None:
            raise NotFound("There is no such task.")
        return task

    def tasks_of(self, owner: str) -> list[Task]:
        with self._database.read() as connection:
            return table.of_owner(connection, owner)

    def _pictures(self, owner: str) -> tuple[Picture, ...]:
        pictures = tuple(received(self._storage, owner, self._limits))
        if not pictures:
            raise NotFound("There is nothing to read; upload a picture first.")
        return pictures
