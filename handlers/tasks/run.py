"""The one place where a task's pictures are read, and what was read is kept, whoever asked for it."""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from handlers.errors import ReadingFailed, StorageUnavailable, WireError
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.recognition.known import prefer_known
from handlers.records.database import Database
from handlers.records.readings import Clock, known_molds, record
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.tasks import table
from handlers.tasks.base import Detail, State, Task

if TYPE_CHECKING:
    import PIL.Image
    from sqlalchemy import Connection

    from handlers.recognition.reading import Reading

_log = logging.getLogger("castmark.tasks")
# Seconds before the second and the third try; what fails a third time is given up.
_PAUSES = (0.2, 1.0)


class Reads(Protocol):
    """What reads a picture: `handlers.recognition.pipeline.Reader`."""

    def read(self, image: "PIL.Image.Image") -> "Reading": ...


class Runner:
    """Runs tasks that were claimed. A task and its records are one transaction: each reading is kept once."""

    def __init__(
        self, settings: Settings, database: Database, storage: Storage, reader: Reads, decoder: Decoder = decoding
    ) -> None:
        self._settings = settings
        self._database = database
        self._storage = storage
        self._reader = reader
        self._decoder = decoder
        self._clock = Clock(settings.timezone)

    def run(self, task: Task) -> Task:
        """The task as it ended: by this run, or by another one that was quicker."""
        try:
            details = self._details(task, _PAUSES)
        except WireError as error:
            return self._keep(task, State.ERROR, error=str(error))
        return self._keep(task, State.COMPLETED, details)

    def attempt(self, task: Task, *, final: bool) -> Task:
        """As `run`, but one try only, for whoever has a queue that delivers again.

        Raises what a further try might mend: the task waits again then, or was the `final` one and is an error.
        """
        try:
            details = self._details(task, ())
        except (ReadingFailed, StorageUnavailable) as error:
            if final:
                self._keep(task, State.ERROR, error=str(error))
            else:
                self._database.write(lambda connection: table.release(connection, task))
            raise
        except WireError as error:
            return self._keep(task, State.ERROR, error=str(error))
        return self._keep(task, State.COMPLETED, details)

    def _keep(self, task: Task, state: State, details: Sequence[Detail] = (), error: str = "") -> Task:
        def keep(connection: "Connection") -> bool:
            finished = table.finish(connection, task, state, details, error)
            if finished:
                record(connection, task.id, details, self._clock)
            return finished

        if self._database.write(keep):
            return replace(task, state=state, details=tuple(details), error=error)
        with self._database.read() as connection:
            return table.find(connection, task.id) or replace(task, state=State.ERROR, error="The task has expired.")

    def _details(self, task: Task, pauses: tuple[float, ...]) -> list[Detail]:
        molds = self._molds()
        return [self._detail(picture, molds, pauses) for picture in task.pictures]

    def _molds(self) -> frozenset[str]:
        if not self._settings.prefer_known_molds:
            return frozenset()
        try:
            with self._database.read() as connection:
                return known_molds(connection)
        except Exception:  # noqa: BLE001  they only help: without them a picture is read as it stands
            _log.exception("The known molds could not be looked up")
            return frozenset()

    def _detail(self, picture: Picture, molds: frozenset[str], pauses: tuple[float, ...]) -> Detail:
        """The picture's reading; a try more than there are `pauses`, each after so many seconds."""
        for pause in (*pauses, None):
            try:
                reading = prefer_known(self._read(picture), molds)
                return {"name": picture.name, "sha256": picture.sha256, **reading.to_json()}
            except StorageUnavailable:
                if pause is None:
                    raise
            except WireError:
                raise
            except Exception:  # noqa: BLE001  whatever it was, the task must end; the log says what it was
                incident = uuid.uuid4().hex[:12]
                _log.exception("Reading failed, incident %s", incident)
                if pause is None:
                    tries = f"{len(pauses) + 1} tries" if pauses else "any try"
                    raise ReadingFailed(
                        f"{picture.name} could not be read in {tries}; the log names the cause as {incident}."
                    ) from None
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _read(self, picture: Picture) -> "Reading":
        with self._storage.open(picture) as file:
            grey = self._decoder.open_grey(file, picture.name, max_pixels=self._settings.limits.pixels)
        return self._reader.read(grey)
