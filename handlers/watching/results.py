"""What a picture came to, told where it lies: JSON beside it, or a line of one CSV file."""

import csv
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from handlers.errors import ConfigurationError
from handlers.records.exporting import defused

COLUMNS = ("time", "file", "kept", "id", "text", "confidence", "needs_review", "error", "sha256")
Result = Mapping[str, Any]


class Results(Protocol):
    def tell(self, original: Path, place: Path, result: Result) -> None:
        """Say what the file `original` came to, before it is moved to `place`. Told again, it says it once."""

    def close(self, place: Path) -> None:
        """The file is at `place` now."""

    def recover(self) -> None:
        """Bring to an end what a process that was killed has begun."""


class Beside:
    """`hub.jpg.json` beside `hub.jpg`: the full reading, or its `error`.

    It waits in `desk` until its picture is there: nobody finds the one without the other.
    """

    def __init__(self, desk: Path) -> None:
        self._desk = desk

    def tell(self, original: Path, place: Path, result: Result) -> None:
        told = {"file": original.as_posix(), "kept": str(place), "time": _now(), **result}
        unfinished = self._desk / f".{uuid.uuid4().hex}.part"
        unfinished.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
        unfinished.replace(self._of(place))

    def close(self, place: Path) -> None:
        shutil.move(self._of(place), f"{place}.json")

    def recover(self) -> None:
        for waiting in self._desk.glob(".*.result"):
            place = Path(json.loads(waiting.read_text("utf-8"))["kept"])
            if place.exists():
                shutil.move(waiting, f"{place}.json")
            else:
                # Its picture is on the desk still, and will be told of again.
                waiting.unlink()
        for broken in self._desk.glob(".*.part"):
            broken.unlink()

    def _of(self, place: Path) -> Path:
        name = hashlib.sha256(str(place).encode(errors="surrogateescape")).hexdigest()[:32]
        return self._desk / f".{name}.result"


class Table:
    """A line for each picture, added to `file`. A line that a crash left half is ended, and told again."""

    def __init__(self, file: Path) -> None:
        """Raises ConfigurationError where `file` is another table, or cannot be read."""
        self._file = file
        try:
            self._told = self._lines()
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise ConfigurationError(f"{file} cannot be used as the table of results ({error}).") from None

    def tell(self, original: Path, place: Path, result: Result) -> None:
        key = (str(defused(str(place))), str(result["sha256"]))
        if key in self._told:
            return
        facts = {"time": _now(), "file": original.as_posix(), "kept": str(place), **result}
        with self._file.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([defused(facts.get(column)) for column in COLUMNS])
            file.flush()
            os.fsync(file.fileno())
        self._told.add(key)

    def close(self, place: Path) -> None:
        """Nothing: its line is there."""

    def recover(self) -> None:
        """Nothing: what was told of already is known by its line."""

    def _lines(self) -> set[tuple[str, str]]:
        if not self._file.exists() or not self._file.stat().st_size:
            # With the mark by which spreadsheets know UTF-8.
            self._file.write_text("\ufeff" + ",".join(COLUMNS) + "\r\n", "utf-8", newline="")
            return set()
        self._end_the_last_line()
        with self._file.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        if tuple(header) != COLUMNS:
            raise ConfigurationError(f"{self._file} is another table; name a new file for the results.")
        return {(row[2], row[8]) for row in rows if len(row) == len(COLUMNS)}

    def _end_the_last_line(self) -> None:
        with self._file.open("rb+") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\r\n")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
