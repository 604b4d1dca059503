"""The one place where a task's pictures are read, and what was read is kept, whoever asked for it."""

import logging
import math
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from handlers.counts import Counts, Silent
from handlers.errors import ReadingFailed, StorageUnavailable, WireError
from handlers.log import following
from handlers.outbox.telling import Teller
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.recognition.identity import identity
from handlers.recognition.weigh.known import prefer_known
from handlers.records.database import Database
from handlers.records.joining import join
from handlers.records.readings import Clock, Origin, record
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.storage.evidence import key_of
from handlers.tasks import steps, table
from handlers.tasks.base import DELIVERIES, Detail, State, Task
from handlers.tasks.judging import Judge
from handlers.tasks.keeping import Keeper
from handlers.tasks.known import known_among
from handlers.tasks.measured import measure
from handlers.tasks.together import before, read_together

if TYPE_CHECKING:
    import PIL.Image
    from sqlalchemy import Connection

    from handlers.recognition.reading import Reading
    from handlers.recognition.together import Shot, Together

_log = logging.getLogger("castmark.tasks")
# Seconds that a picture may take at the least, storage and database included, before a function ends.
_ROOM = 30.0
# Seconds before the second and the third try; what fails a third time is given up.
_PAUSES = (0.2, 1.0)


class Reads(Protocol):
    """What reads a picture: `handlers.recognition.reader.Reader`."""

    def read(self, image: "PIL.Image.Image", colours: "PIL.Image.Image | None" = None, /) -> "Reading": ...

    def together(self, shots: "Sequence[Shot]", /) -> "Together": ...


@dataclass
class Effort:
    """What a run takes upon itself for one picture: a try more than there are `pauses`, each after so many seconds.

    None more for one with which `deaths` processes died. After a `final` run there is no other; `until` then it ends.
    """

    pauses: tuple[float, ...]
    deaths: int
    final: bool = True
    until: float = math.inf
    longest: float = 0.0

    def has_time(self) -> bool:
        """Whether there is time for one more, were it twice as slow as the slowest so far."""
        return time.time() + max(_ROOM, 2 * self.longest) < self.until

    @contextmanager
    def timed(self) -> Iterator[None]:
        began = time.time()
        yield
        self.longest = max(self.longest, time.time() - began)


class _NotOurs(Exception):
    """The claim is another's by now, or the task is over."""


class Runner:
    """Runs tasks that were claimed. A picture's reading and its record are one transaction: each is kept once.

    A picture that cannot be read is that, and costs the others of its task nothing.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: Storage,
        reader: Reads,
        decoder: Decoder = decoding,
        *,
        stack: str = "",
        keeper: Keeper | None = None,
        meters: Counts | None = None,
    ) -> None:
        """`stack` names the cloud whose metrics readings are counted among; empty where there is none.

        `keeper` keeps the pictures of readings; None keeps none. `meters` count what comes of pictures.
        """
        self._settings = settings
        self._stack = stack
        self._database = database
        self._storage = storage
        self._reader = reader
        self._decoder = decoder
        self._keeper = keeper
        self._meters = meters or Silent()
        self._clock = Clock(settings.timezone)
        self._teller = Teller(settings)
        self._judge = Judge(settings, database)

    def run(self, task: Task) -> Task:
        """The task as it ended: by this run, or by another one that was quicker."""
        with following(**task.trail):
            return self._through(task, Effort(_PAUSES, table.INTERRUPTIONS - 1))

    def attempt(self, task: Task, *, final: bool, until: float = math.inf) -> Task:
        """As `run`, but one try only, for whoever has a queue that delivers again.

        Raises what a further try might mend: the task waits again then, or that was the `final` one and it is an error.
        It waits again, too, and is returned so, where it would go on longer than `until` (seconds since 1970).
        """
        with following(**task.trail):
            try:
                return self._through(task, Effort((), DELIVERIES - 1, final, until))
            except (ReadingFailed, StorageUnavailable):
                # Nothing, where it was the final one.
                self._database.write(lambda connection: table.release(connection, task))
                raise

    def _through(self, task: Task, effort: "Effort") -> Task:
        try:
            details, failure = self._details(task, effort)
            over = self._finish(task, details) if len(details) == task.expected else None
        except _NotOurs:
            return self._as_it_is(task)
        if failure and (over is None or (over.state is State.ERROR and not effort.pauses)):
            raise failure
        if over:
            return over
        self._database.write(lambda connection: table.release(connection, task))
        return replace(task, state=State.WAITING, worker="")

    def _details(self, task: Task, effort: "Effort") -> tuple[dict[int, Detail], WireError | None]:
        """What the pictures are by their positions, as far as they were looked at, and what another try may mend.

        The last one is not kept yet: it ends the task.
        """
        details = self._ended(task)
        failure: WireError | None = None
        left = [position for position in range(task.expected) if position not in details]
        for position in left:
            if position != left[0] and not effort.has_time():
                break
            began = time.perf_counter()
            try:
                details[position] = self._step(task, position, effort)
            except (ReadingFailed, StorageUnavailable) as error:
                failure = error
                # Storage that fails fails those that come after it, too, and each would wait for it.
                ends = isinstance(error, StorageUnavailable)
                lost = [each for each in left if each >= position] if ends else [position]
                details |= {each: _unread(task.pictures[each], str(error)) for each in lost if effort.final}
                if ends:
                    break
            if position in details:
                seconds = time.perf_counter() - began
                measure(self._stack, position, details[position], seconds)
                self._meters.reading(details[position], seconds)
            if position in details and len(details) < task.expected:
                self._keep(task, position, details[position])
        return details, failure

    def _step(self, task: Task, position: int, effort: "Effort") -> Detail:
        """One picture's reading, or why there is none. Raises ReadingFailed and StorageUnavailable for another try."""
        picture = task.pictures[position]
        many = task.expected > 1
        if many and self._begin(task, position) >= effort.deaths:
            return _unread(picture, table.INTERRUPTED)
        try:
            with effort.timed():
                return self._detail(task, position, effort.pauses)
        except (ReadingFailed, StorageUnavailable):
            if many:
                self._database.write(lambda connection: steps.put_off(connection, task, position))
            raise
        except WireError as error:
            return _unread(picture, str(error))

    def _ended(self, task: Task) -> dict[int, Detail]:
        if task.expected == 1:
            return {}
        with self._database.read() as connection:
            return steps.ended(connection, task)

    def _begin(self, task: Task, position: int) -> int:
        died = self._database.write(lambda connection: steps.begin(connection, task, position))
        if died is None:
            raise _NotOurs
        return died

    def _keep(self, task: Task, position: int, detail: Detail) -> None:
        def keep(connection: "Connection") -> bool:
            held = table.hold(connection, task, progressed=True)
            if held and position not in steps.ended(connection, task):
                steps.end(connection, task, position, self._recorded(connection, task, position, detail))
            return held

        if not self._database.write(keep):
            raise _NotOurs

    def _recorded(self, connection: "Connection", task: Task, position: int, detail: Detail) -> Detail:
        """The reading as clients see it, with the number of its record; what could not be read has none."""
        if "error" in detail:
            return detail
        origin = Origin(task.id, task.owner, identity(detail.get("taught", "")))
        number = join(connection, before(task), origin, detail) if task.together else None
        if number is None:
            (number,) = record(connection, origin, [detail], self._clock, position)
        self._teller.reading(connection, number, origin, detail)
        return {"id": number} | {name: value for name, value in detail.items() if name != "evidence"}

    def _finish(self, task: Task, details: dict[int, Detail]) -> Task:
        """End the task, and keep with it what was read last; it is an error where no picture could be read."""
        errors = [details[position]["error"] for position in sorted(details) if "error" in details[position]]
        failed = bool(errors) and len(errors) == len(details)

        def finish(connection: "Connection") -> Task | None:
            if not table.hold(connection, task):
                return None
            kept = steps.ended(connection, task) if len(details) > 1 else {}
            for position in sorted(details.keys() - kept.keys()):
                kept[position] = self._recorded(connection, task, position, details[position])
            in_order = tuple(kept[position] for position in range(task.expected))
            over = replace(task, state=State.ERROR, error=errors[0]) if failed else replace(task, state=State.COMPLETED)
            over = over if failed else replace(over, details=in_order)
            table.finish(connection, task, over.state, over.details, over.error)
            steps.forget(connection, task.id)
            return over

        over = self._database.write(finish)
        if over is None:
            raise _NotOurs
        return over

    def _as_it_is(self, task: Task) -> Task:
        with self._database.read() as connection:
            return table.find(connection, task.id) or replace(task, state=State.ERROR, error="The task has expired.")

    def _known(self, reading: "Reading") -> frozenset[str]:
        """The molds among all that the reading may be."""
        if not self._settings.prefer_known_molds:
            return frozenset()
        return known_among(self._database, reading)

    def _detail(self, task: Task, position: int, pauses: tuple[float, ...]) -> Detail:
        """The picture's reading; a try more than there are `pauses`, each after so many seconds."""
        picture = task.pictures[position]
        for pause in (*pauses, None):
            try:
                return self._judge.judged(self._together(task) if task.together else self._alone(task, position))
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

    def _alone(self, task: Task, position: int) -> Detail:
        picture = task.pictures[position]
        plain, grey = self._read(picture)
        reading = self._preferred(plain)
        detail: Detail = {"name": picture.name, "sha256": picture.sha256, **reading.to_json()}
        evidence = self._kept(task, time.time(), position, picture, grey, reading)
        return detail | ({"evidence": evidence} if evidence else {})

    def _together(self, task: Task) -> Detail:
        keep = partial(self._kept, task, time.time())
        return read_together(task, self._read, keep, self._pooled)

    def _pooled(self, shots: "list[Shot]") -> "Together":
        found = self._reader.together(shots)
        return replace(found, reading=self._preferred(found.reading))

    def _preferred(self, reading: "Reading") -> "Reading":
        return prefer_known(reading, self._known(reading))

    def _kept(
        self, task: Task, now: float, position: int, picture: Picture, grey: "PIL.Image.Image", reading: "Reading"
    ) -> dict[str, Any]:
        if not self._keeper:
            return {}
        marks = [mark.to_json() for mark in reading.marks]
        return self._keeper.keep(key_of(task.id, position, now), picture, grey, marks)

    def _read(self, picture: Picture) -> "tuple[Reading, PIL.Image.Image]":
        """What the picture says, and what was looked at: upright, and grey."""
        with self._storage.open(picture) as file:
            opened = self._decoder.open_picture(file, picture.name, max_pixels=self._settings.limits.pixels)
        return self._reader.read(opened.grey, opened.colours), opened.grey


def _unread(picture: Picture, error: str) -> Detail:
    """What is told of a picture that could not be read, beside the readings of others."""
    nothing = {"text": "", "confidence": 0.0, "needs_review": True, "alternatives": [], "marks": []}
    return {"name": picture.name, "sha256": picture.sha256, **nothing, "width": 0, "height": 0, "error": error}
