"""Submitting pictures by the thousand: each a task of its own, and none of them twice.

A task's id is made from whose it is, which picture and which version of it. So what was submitted is known by the
database alone, and a submission that was broken off goes on where it stopped, however it ended.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from handlers.errors import BadRequest, DamagedPicture, NotAPicture, NotFound, QueueFull, TooLarge
from handlers.records.database import Database
from handlers.records.tables import reading, secret
from handlers.settings import Limits
from handlers.storage.base import Storage, Upload
from handlers.tasks import table
from handlers.tasks.base import Queue, Task
from handlers.tasks.intake import Received, check_weight, inspected
from handlers.tasks.sources import Source

_LOOKED_UP = 500
# Open files, and pictures from a bucket on disk, at one time.
_STORED = 25
_REFUSALS = (TooLarge, NotAPicture, DamagedPicture, NotFound, BadRequest)
_Item = TypeVar("_Item")


class Fate(StrEnum):
    SUBMITTED = "submitted"
    KNOWN = "already known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one picture, called `name`; why, where it was refused."""

    name: str
    fate: Fate
    reason: str = ""
    task_id: str = ""


class Submission:
    """Submits for `owner`; with `again`, whatever was submitted before, too.

    `wait` is called whenever there is no room in the queue, before the next try.
    """

    def __init__(
        self,
        queue: Queue,
        storage: Storage,
        database: Database,
        limits: Limits,
        owner: str,
        wait: Callable[[QueueFull], None],
        *,
        again: bool = False,
    ) -> None:
        self._queue = queue
        self._storage = storage
        self._database = database
        self._limits = limits
        self._wait = wait
        self._seed = f"castmark submit\n{owner}\n{uuid.uuid4().hex if again else ''}"
        self._owner = owner

    def run(self, sources: Iterable[Source]) -> Iterator[Outcome]:
        """The outcomes as they come. Raises StorageUnavailable, StorageFull, QueueUnavailable and DatabaseUnusable.

        Whatever ends it: what was submitted is, and the same again submits the rest.
        """
        # More than the queue holds would never find room.
        most = min(_STORED, self._limits.queue)
        for chunk in _chunks(sources, _LOOKED_UP):
            named = [(self._id(source), source) for source in chunk]
            known = self._known([task_id for task_id, _ in named])
            yield from (
                Outcome(source.name, Fate.KNOWN, task_id=task_id) for task_id, source in named if task_id in known
            )
            new = [(task_id, source) for task_id, source in named if task_id not in known]
            for few in _chunks(new, most):
                yield from self._submit(few)

    def _submit(self, few: Sequence[tuple[str, Source]]) -> Iterator[Outcome]:
        good: dict[str, Upload] = {}
        with ExitStack() as files:
            for task_id, source in few:
                try:
                    good[task_id] = self._upload(source, files)
                except _REFUSALS as error:
                    yield Outcome(source.name, Fate.REFUSED, str(error))
            new = self._add(good) if good else set()
        for task_id, source in few:
            if task_id in good:
                # Another process that submits the same may have been quicker.
                fate = Fate.SUBMITTED if task_id in new else Fate.KNOWN
                yield Outcome(source.name, fate, task_id=task_id)

    def _upload(self, source: Source, files: ExitStack) -> Upload:
        check_weight(source.size, source.name, self._limits)
        return inspected(Received(source.name, files.enter_context(source.open())), self._limits)

    def _add(self, good: dict[str, Upload]) -> set[str]:
        """Store the pictures and queue a task for each; the ids of those that were new."""
        # A batch of their own, which no other upload replaces: they stay as long as any upload that waits to be read.
        pictures = self._storage.put(uuid.uuid4().hex, list(good.values()))
        tasks = [Task(task_id, self._owner, (one,)) for task_id, one in zip(good, pictures, strict=True)]
        while True:
            try:
                return {task.id for task in self._queue.add(tasks)}
            except QueueFull as error:
                self._wait(error)

    def _id(self, source: Source) -> str:
        return hashlib.sha256(f"{self._seed}\n{source.uri}\n{source.version}".encode()).hexdigest()[:32]

    def _known(self, ids: Sequence[str]) -> frozenset[str]:
        with self._database.read() as connection:
            # A task is forgotten in time, what was read is not: run anew, it could not be recorded.
            read = connection.scalars(select(reading.c.task_id).where(reading.c.task_id.in_(ids)))
            return table.known(connection, ids).union(read)


def uuid_for(database: Database, uri: str) -> str:
    """The client's uuid for what is submitted from there: always the same in this database, and not to be guessed."""
    place = uri.rstrip("/").encode()
    return str(uuid.UUID(bytes=hmac.digest(_secret_in(database).encode(), place, "sha256")[:16], version=4))


def waiting(database: Database) -> int:
    """How many tasks are not over yet."""
    with database.read() as connection:
        return table.open_count(connection)


def _secret_in(database: Database) -> str:
    def find(connection: Connection) -> str | None:
        return connection.scalar(select(secret.c.value).where(secret.c.name == "submit"))

    with database.read() as connection:
        found = find(connection)
    if found is None:
        try:
            made = secrets.token_hex(32)
            database.write(lambda connection: connection.execute(secret.insert().values(name="submit", value=made)))
        except IntegrityError:
            # Another process was quicker.
            return _secret_in(database)
    return found or made


def _chunks(items: Iterable[_Item], size: int) -> Iterator[list[_Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
