"""`castmark export`: the history as a file, or on standard output."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from handlers.errors import ConfigurationError
from handlers.records.database import Database
from handlers.records.exporting import MEDIA_TYPES, written
from handlers.records.history import Row, every
from handlers.records.wanted import Wanted


def write(database: Database, wanted: Wanted, kind: str, file: Path | None) -> int:
    """How many readings were written. Raises ConfigurationError for no such kind, and for a file that is there."""
    if kind not in MEDIA_TYPES:
        raise ConfigurationError(f"{kind} is no format; there are {', '.join(MEDIA_TYPES)}.")
    rows = _Counted(every(database, wanted))
    if file is None:
        _into(sys.stdout.buffer, written(rows, kind))
        return rows.number
    if file.exists():
        raise ConfigurationError(f"{file} exists already; name a new file.")
    unfinished = file.with_name(file.name + ".part")
    try:
        with unfinished.open("wb") as target:
            _into(target, written(rows, kind))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows.number


class _Counted:
    """The rows, which it counts while they go by."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.number += 1
            yield row


def _into(target: BinaryIO, pieces: Iterator[bytes]) -> None:
    for piece in pieces:
        target.write(piece)
    target.flush()
