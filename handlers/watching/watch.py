"""The loop of `castmark watch`: look, take, read, tell, put away; in that order, so that a kill at any point loses
nothing, and what is done again comes to the same.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from handlers.errors import ConfigurationError, DamagedPicture, WireError
from handlers.rooms import Rooms
from handlers.watching.arrivals import Arrivals
from handlers.watching.reading import REFUSALS, Readings, Work
from handlers.watching.results import Beside, Results
from handlers.watching.taking import Desk, Taken, free_name, give

# However quiet it is, a look every so many seconds: some file systems tell of nothing.
_QUIET_SECONDS = 30.0
_TROUBLED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Which folder is watched, and where its pictures go. Times in seconds.

    `settle`: a file that was the same for so long is complete. `patience`: one that breaks off in its middle is waited
    for so long. `poll`: look so often, for network drives, where no system tells of changes; 0: have it tell.
    """

    root: Path
    done: Path
    review: Path
    failed: Path
    settle: float = 2.0
    patience: float = 60.0
    poll: float = 0.0

    @property
    def own(self) -> tuple[Path, ...]:
        return self.done, self.review, self.failed


def plan_of(
    root: Path, places: Sequence[Path | None], *, settle: float = 2.0, patience: float = 60.0, poll: float = 0.0
) -> Plan:
    """A plan with the folders for what is read, to be checked and unreadable; for None, one in `root`."""
    done, review, failed = (
        (place or root / name).absolute() for place, name in zip(places, ("done", "review", "failed"), strict=True)
    )
    return Plan(root, done, review, failed, settle, patience, poll)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: `place` is where it lies now."""

    original: Path
    place: Path
    result: dict[str, Any]
    known: bool = False


class Watch:
    """`results` are told of each picture before it is put away; `clock` counts seconds."""

    def __init__(
        self,
        rooms: Rooms,
        plan: Plan,
        owner: str,
        results: Results | None = None,
        trouble: Callable[[Exception], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._plan = plan
        self._readings = Readings(rooms, owner)
        self._arrivals = Arrivals(plan.root, plan.own, plan.settle, clock, plan.patience)
        self._desk = Desk(plan.root)
        self._results: Results = results or Beside(self._desk.folder)
        self._rooms = rooms
        self._trouble = trouble
        self._together = max(2, 2 * rooms.settings.workers)
        self._waiting: list[Taken] = []

    def __enter__(self) -> Self:
        """Raises ConfigurationError where the folder cannot be worked in, or is watched already."""
        try:
            self._desk.prepare()
            for folder in self._plan.own:
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"{self._plan.root} cannot be watched ({error.strerror}): {error.filename}."
            ) from None
        self._results.recover()
        self._waiting = self._desk.left()
        # What a killed process was reading is taken up by it, too.
        self._rooms.queue.open()
        return self

    def __exit__(self, *_: object) -> None:
        self._desk.close()

    def run(self, stop: threading.Event) -> Iterator[Outcome]:
        """The outcomes as they come, until `stop` is set; what is being read then is finished.

        What fails for a while (a disk, a database) is told to `trouble`, and tried again.
        """
        from sqlalchemy.exc import SQLAlchemyError

        for _ in self._wakes(stop):
            try:
                yield from self.once(stop)
            except (WireError, SQLAlchemyError, OSError) as error:
                self._trouble(error)
                self._waiting = self._desk.left()
                stop.wait(_TROUBLED_SECONDS)

    def once(self, stop: threading.Event | None = None) -> Iterator[Outcome]:
        """One look, and all that it finds complete."""
        for path in self._arrivals.complete():
            if taken := self._desk.take(path):
                self._waiting.append(taken)
        while self._waiting and not (stop and stop.is_set()):
            few, self._waiting = self._waiting[: self._together], self._waiting[self._together :]
            yield from self._read(few)

    @property
    def busy(self) -> bool:
        return bool(self._waiting) or self._arrivals.growing

    def _read(self, few: list[Taken]) -> Iterator[Outcome]:
        begun: list[tuple[Taken, Work]] = []
        for taken in few:
            try:
                if work := self._begin(taken):
                    begun.append((taken, work))
            except REFUSALS as error:
                yield self._put_away(taken, self._plan.failed, {"sha256": "", "error": str(error)})
        for taken, work in begun:
            result = self._readings.end(work)
            yield self._put_away(taken, self._folder(result), result, known=work.known)

    def _begin(self, taken: Taken) -> Work | None:
        """None for what is left for later. Raises one of REFUSALS for what is no picture, and will be none."""
        try:
            facts = taken.facts()
            work = self._readings.begin(taken.path, taken.original.name)
            if taken.facts() == facts:
                return work
        except FileNotFoundError:
            # Somebody has removed it from the desk.
            return None
        except DamagedPicture:
            place = self._desk.put_back(taken)
            if place is None:
                raise
            if not self._arrivals.breaks_off(place):
                return None
            if again := self._desk.take(place):
                taken.path = again.path
            raise
        # Somebody wrote to it meanwhile: what it was is being read, and what it becomes will be.
        if self._desk.put_back(taken) is None:
            self._waiting.append(taken)
        return None

    def _folder(self, result: dict[str, Any]) -> Path:
        if "error" in result:
            return self._plan.failed
        return self._plan.review if result["needs_review"] else self._plan.done

    def _put_away(self, taken: Taken, folder: Path, result: dict[str, Any], *, known: bool = False) -> Outcome:
        place = free_name(folder, taken.original)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._results.tell(taken.original, place, result | ({"known": True} if known else {}))
        give(taken, place)
        self._results.close(place)
        self._desk.clear(taken)
        return Outcome(taken.original, place, result, known)

    def _wakes(self, stop: threading.Event) -> Iterator[None]:
        """Whenever there may be something to do."""
        told = None if self._plan.poll else _changes(self._plan.root, stop)
        while not stop.is_set():
            yield
            pause = self._plan.poll or (min(self._plan.settle, 1.0) if self.busy else _QUIET_SECONDS)
            if told is None or self.busy:
                stop.wait(max(pause, 0.05))
            else:
                next(told, None)


def _changes(root: Path, stop: threading.Event) -> Iterator[object]:
    """Raises ConfigurationError without the extra `watch`."""
    try:
        from watchfiles import watch
    except ImportError:
        raise ConfigurationError(
            "To be told of changes, castmark watch needs castmark[watch]: install it, or give --poll 2."
        ) from None
    return watch(
        root,
        stop_event=stop,
        rust_timeout=int(_QUIET_SECONDS * 1000),
        yield_on_timeout=True,
        raise_interrupt=False,
        watch_filter=None,
        step=50,
        debounce=200,
    )
