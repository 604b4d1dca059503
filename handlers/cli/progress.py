"""How far a submission is: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import typer

from handlers.tasks.bulk import Fate, Outcome

if TYPE_CHECKING:
    import rich.progress

_EVERY = 5.0
_NAMED = 20


class Tally:
    """What became of the pictures so far; the first that were refused, by name."""

    def __init__(self) -> None:
        self._counts: Counter[Fate] = Counter()
        self._refused: list[Outcome] = []
        # The names of the pictures by their tasks.
        self.tasks: dict[str, str] = {}

    def add(self, outcome: Outcome) -> None:
        self._counts[outcome.fate] += 1
        if outcome.task_id:
            self.tasks[outcome.task_id] = outcome.name
        if outcome.fate is Fate.REFUSED and len(self._refused) < _NAMED:
            self._refused.append(outcome)

    @property
    def done(self) -> int:
        return self._counts.total()

    @property
    def refused(self) -> int:
        return self._counts[Fate.REFUSED]

    def refusals(self) -> Iterator[str]:
        """A line for each of the first, and how many more there are."""
        for each in self._refused:
            yield f"  {each.reason}" if each.reason.startswith(each.name) else f"  {each.name}: {each.reason}"
        if more := self.refused - len(self._refused):
            yield f"  and {more:,} more"

    def __str__(self) -> str:
        return ", ".join(f"{self._counts[fate]:,} {fate}" for fate in Fate)


class Watched(Protocol):
    def show(self, done: int, said: str) -> None: ...


@contextmanager
def watched(total: int) -> Iterator[Watched]:
    """How far it is, at what rate, and how long it still takes: on standard error, where a person looks at it."""
    if total < 2 or not sys.stderr.isatty():
        yield _Nobody()
        return
    from rich import console, progress

    rate = progress.TaskProgressColumn(show_speed=True)
    columns = (progress.BarColumn(), progress.MofNCompleteColumn(), rate, progress.TimeRemainingColumn())
    said = progress.TextColumn("{task.description}", markup=False)
    there = console.Console(stderr=True)
    # Lines for a person go above the bar; a file's or a program's stay what they are.
    with progress.Progress(*columns, said, console=there, redirect_stdout=sys.stdout.isatty()) as bars:
        yield _Rate(bars, total)


class _Nobody:
    def show(self, done: int, said: str) -> None:
        pass


class _Rate:
    def __init__(self, bars: "rich.progress.Progress", total: int) -> None:
        self._bars = bars
        self._bar = bars.add_task("", total=total)

    def show(self, done: int, said: str) -> None:
        self._bars.update(self._bar, completed=done, description=said)


class Progress(Protocol):
    def show(self, tally: Tally, note: str = "") -> None: ...


@contextmanager
def progress_of(total: int) -> Iterator[Progress]:
    """On standard output, until the block ends."""
    if not sys.stdout.isatty():
        yield _Lines(total)
        return
    from rich import progress

    columns = (progress.BarColumn(), progress.MofNCompleteColumn(), progress.TimeRemainingColumn())
    with progress.Progress(*columns, progress.TextColumn("{task.description}", markup=False)) as bars:
        yield _Bar(bars, total)


class _Bar:
    def __init__(self, bars: "rich.progress.Progress", total: int) -> None:
        self._bars = bars
        self._bar = bars.add_task("", total=total)

    def show(self, tally: Tally, note: str = "") -> None:
        self._bars.update(self._bar, completed=tally.done, description=f"{tally}{note}")


class _Lines:
    def __init__(self, total: int) -> None:
        self._total = total
        self._next = time.monotonic() + _EVERY
        self._noted = False

    def show(self, tally: Tally, note: str = "") -> None:
        """The first note at once: whoever watches wants to know why nothing goes on."""
        if time.monotonic() >= self._next or (note and not self._noted):
            typer.echo(f"{tally.done:,} of {self._total:,}: {tally}{note}")
            self._next = time.monotonic() + _EVERY
            self._noted = self._noted or bool(note)
