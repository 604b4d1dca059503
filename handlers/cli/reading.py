"""`castmark read`: pictures by name, folders and patterns, each read here and now, and a table of them."""

import csv
import glob
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TextIO

from handlers.cli.one import Detail
from handlers.pictures import decoding
from handlers.records.exporting import defused
from handlers.tasks.sources import is_junk

if TYPE_CHECKING:
    from handlers.cli.progress import Watched

Shape = Literal["plain", "json", "csv"]
COLUMNS = ("name", "text", "confidence", "needs_review", "error")
_OWN = ("evidence", "task", "sha256")


@dataclass(slots=True)
class Count:
    """How many pictures were read, how many of them a person should look at, and how many could not be read."""

    read: int = 0
    doubtful: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        return self.read + self.failed

    def add(self, detail: Detail) -> None:
        self.failed += "error" in detail
        self.read += "error" not in detail
        self.doubtful += "error" not in detail and bool(detail["needs_review"])

    def __str__(self) -> str:
        return f"{self.read:,} read, {self.doubtful:,} of them to check; {self.failed:,} could not be read."


class Say(Protocol):
    def __call__(self, *lines: str, error: bool = False) -> None: ...


class Table:
    """A line for each picture, on standard output or at the end of a file that is gone on with."""

    def __init__(self, shape: Shape, say: Say, file: TextIO | None = None) -> None:
        self._shape, self._say, self._file = shape, say, file
        self._rows = csv.writer(file or sys.stdout) if shape == "csv" else None
        if self._rows and not (file and file.tell()):
            self._rows.writerow(COLUMNS)

    def add(self, detail: Detail) -> None:
        told = {name: value for name, value in detail.items() if name not in _OWN}
        if self._rows:
            self._rows.writerow([defused(told.get(column)) for column in COLUMNS])
        elif self._file:
            self._file.write(json.dumps(told, ensure_ascii=False) + "\n")
        elif "error" in told:
            self._say(told["error"], error=True)
        else:
            self._say(json.dumps(told, ensure_ascii=False) if self._shape == "json" else _line(told))
        if self._file:
            # Whatever ends this, what was read is there.
            self._file.flush()


def read_all(details: Iterable[Detail], table: Table, watched: "Watched") -> Count:
    """Write a line for each, however many fail."""
    count = Count()
    for detail in details:
        count.add(detail)
        table.add(detail)
        watched.show(count.all, str(count))
    return count


def pictures_of(places: Sequence[str]) -> Iterator[Path]:
    """The files that are named, and the pictures in folders that are; a pattern is for shells that know none."""
    for place in places:
        path = Path(place)
        matched = [path] if path.exists() or not glob.has_magic(place) else map(Path, sorted(glob.glob(place)))
        for one in matched:
            yield from _pictures_in(one) if one.is_dir() else [one]


def names_in(file: Path, shape: Shape) -> frozenset[str]:
    """The pictures that a table has a line for already; a line that was torn when it was stopped is cut off."""
    if not file.exists():
        return frozenset()
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        file.write_bytes(whole)
    lines = whole.decode("utf-8").splitlines()
    if shape == "csv":
        return frozenset(row["name"].removeprefix("'") for row in csv.DictReader(lines))
    return frozenset(json.loads(line)["name"] for line in lines)


def _line(told: Detail) -> str:
    """Name and text for programs; a person at a terminal sees what is to be checked, too."""
    line = f"{told['name']}\t{told['text']}"
    if not sys.stdout.isatty():
        return line
    why = next((f": {cause['text']}" for cause in told.get("why", ())), "")
    return f"{line}\t{told['confidence']:.0%}{f'  check{why}' if told['needs_review'] else ''}"


def _pictures_in(folder: Path) -> Iterator[Path]:
    """What begins as a picture, the folders below included: what systems and cameras leave beside it is nobody's."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not any(map(is_junk, parts)) and path.is_file() and _begins_as_a_picture(path):
            yield path


def _begins_as_a_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return decoding.looks_like_a_picture(file.read(decoding.SIGNATURE_BYTES))
    except OSError:
        # Tried with the others, and said then.
        return True
