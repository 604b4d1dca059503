"""Pictures of a folder as tasks of the queue: read and recorded as all others are, each content once.

A task's id is made from the folder and the picture's content. So the same picture is known again, whatever it is
called, after a restart and after years; what a killed process was reading, the queue reads again by itself.
"""

import hashlib
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from handlers.errors import DamagedPicture, NotAPicture, QueueFull, TooLarge
from handlers.records.tables import reading, said
from handlers.rooms import Rooms
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.intake import Received, inspected

_PAUSE = 0.05
_FULL_PAUSE = 1.0
_MOST_TRIES = 1000
REFUSALS = (NotAPicture, TooLarge, DamagedPicture)


@dataclass(frozen=True, slots=True)
class Work:
    """A picture on its way: its task's id, and its bytes' SHA-256. `known`: the same was read before."""

    id: str
    sha256: str
    known: bool


class Readings:
    def __init__(self, rooms: Rooms, owner: str) -> None:
        self._rooms = rooms
        self._owner = owner

    def begin(self, path: Path, name: str) -> Work:
        """Have the picture read. Raises what `inspected` raises where it is none, and StorageFull."""
        rooms = self._rooms
        with path.open("rb") as file:
            upload = inspected(Received(name, file), rooms.settings.limits, rooms.decoder)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            task_id, known = self._id(sha256)
            if not known:
                file.seek(0)
                (picture,) = rooms.storage.put(_batch(task_id), [upload])
                # Each a request of its own: whoever watches for a year does not do one thing.
                self._add(Task(task_id, self._owner, (picture,), request=uuid.uuid4().hex))
        return Work(task_id, sha256, known)

    def end(self, work: Work) -> dict[str, Any]:
        """The full reading, once it is there, with the number of its record; or an `error`."""
        while True:
            task = self._rooms.book.find(work.id)
            if task is None:
                return self._recorded(work)
            if task.over:
                # The evidence is kept with the record; the upload has done its work, unless another server is at it.
                self._rooms.storage.clear(_batch(work.id))
                return self._told(task, work)
            time.sleep(_PAUSE)

    def _told(self, task: Task, work: Work) -> dict[str, Any]:
        if task.failure:
            return {"sha256": work.sha256, "error": task.failure}
        (detail,) = task.details
        return {name: value for name, value in detail.items() if name != "name"}

    def _recorded(self, work: Work) -> dict[str, Any]:
        """Of a task that was forgotten, as tasks are in time, the record."""
        query = select(said.c.hub_id, said.c.reading).join(reading, reading.c.hub_id == said.c.hub_id)
        with self._rooms.database.read() as connection:
            row = connection.execute(query.where(reading.c.task_id == work.id)).first()
        if row is None:
            return {"sha256": work.sha256, "error": "Its task has expired; put the picture there once more."}
        found = {"id": row.hub_id, **json.loads(row.reading)}
        return {name: value for name, value in found.items() if name != "name"}

    def _id(self, sha256: str) -> tuple[str, bool]:
        """The id of the picture's task, and whether there is one. One that failed is followed by another."""
        for number in range(_MOST_TRIES):
            seed = f"castmark watch\n{self._owner}\n{sha256}\n{number}"
            task_id = hashlib.sha256(seed.encode()).hexdigest()[:32]
            task = self._rooms.book.find(task_id)
            if task is None:
                return task_id, self._was_recorded(task_id)
            if task.state is not State.ERROR and not task.failure:
                return task_id, True
        return uuid.uuid4().hex, False

    def _was_recorded(self, task_id: str) -> bool:
        with self._rooms.database.read() as connection:
            return table.was_recorded(connection, task_id)

    def _add(self, task: Task) -> None:
        while True:
            try:
                self._rooms.queue.add([task])
            except QueueFull:
                time.sleep(_FULL_PAUSE)
            else:
                return


def _batch(task_id: str) -> str:
    """The name of a batch of its own, which no other upload replaces."""
    return hashlib.sha256(f"castmark watch\n{task_id}".encode()).hexdigest()[:32]
