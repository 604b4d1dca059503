"""`castmark read`: pictures by name, folders and patterns, each read here and now, and a table of them."""

import csv
import glob
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from handlers.errors import WireError
from handlers.pictures import decoding
from handlers.records.exporting import defused
from handlers.tasks.intake import check_weight

if TYPE_CHECKING:
    from handlers.rooms import Rooms

Shape = Literal["plain", "json", "csv"]
COLUMNS = ("name", "text", "confidence", "needs_review", "error")


@dataclass(slots=True)
class Count:
    """How many pictures were read, how many of them a person should look at, and how many could not be read."""

    read: int = 0
    doubtful: int = 0
    failed: int = 0

    @property
    def all(self) -> int:
        return self.read + self.failed

    def __str__(self) -> str:
        return f"{self.read:,} read, {self.doubtful:,} of them to check; {self.failed:,} could not be read."


class Say(Protocol):
    def __call__(self, *lines: str, error: bool = False) -> None: ...


def pictures_of(places: Sequence[str]) -> Iterator[Path]:
    """The files that are named, and the pictures in folders that are; a pattern is for shells that know none."""
    for place in places:
        path = Path(place)
        matched = [path] if path.exists() or not glob.has_magic(place) else map(Path, sorted(glob.glob(place)))
        for one in matched:
            yield from _pictures_in(one) if one.is_dir() else [one]


def read_all(rooms: "Rooms", pictures: Iterable[Path], shape: Shape, say: Say) -> Count:
    """Read all of them, however many fail, and print a line for each."""
    count = Count()
    table = csv.writer(sys.stdout) if shape == "csv" else None
    if table:
        table.writerow(COLUMNS)
    for path in pictures:
        detail = _read(rooms, path)
        count.failed += "error" in detail
        count.read += "error" not in detail
        count.doubtful += "error" not in detail and detail["needs_review"]
        if table:
            table.writerow([defused(detail.get(column)) for column in COLUMNS])
        elif "error" in detail:
            say(detail["error"], error=True)
        else:
            say(json.dumps(detail, ensure_ascii=False) if shape == "json" else f"{path}\t{detail['text']}")
    return count


def _pictures_in(folder: Path) -> Iterator[Path]:
    """What begins as a picture, the folders below included: what systems and cameras leave beside it is nobody's."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and _begins_as_a_picture(path):
            yield path


def _begins_as_a_picture(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return decoding.looks_like_a_picture(file.read(decoding.SIGNATURE_BYTES))
    except OSError:
        # Tried with the others, and said then.
        return True


def _read(rooms: "Rooms", path: Path) -> dict[str, Any]:
    """A full reading, or an `error` instead."""
    limits = rooms.settings.limits
    try:
        check_weight(path.stat().st_size, str(path), limits)
        with path.open("rb") as file:
            opened = decoding.open_picture(file, str(path), max_pixels=limits.pixels)
    except WireError as error:
        return {"name": str(path), "error": str(error)}
    except OSError as error:
        return {"name": str(path), "error": f"{path} cannot be read ({error.strerror})."}
    return {"name": str(path), **rooms.reader.read(opened.grey, opened.colours).to_json()}
