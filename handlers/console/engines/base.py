"""Running an accepted statement: what a guarded engine does, whichever it is, and how large its answer may be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from handlers.errors import CastmarkError

Value = str | int | float | None

_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?[/\\][\w.~-]+(?:[/\\][\w.~ -]+)*")


class SqlRefused(CastmarkError):
    """The engine did not run the statement, or stopped it: one sentence for a person."""


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """What one statement may take: seconds, rows, bytes of its answer as JSON, bytes of one value."""

    seconds: float = 2.0
    rows: int = 1000
    answer_bytes: int = 1_000_000
    value_bytes: int = 10_000


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer: its rows, or how many were `changed`. `cut` when there was more than the limits allow."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    changed: int
    cut: bool


class Guarded(Protocol):
    def run(self, statement: str, *, writes: bool) -> Rows:
        """Run one statement on the two tables. With `writes` it may change their rows, else nothing.

        Raises SqlRefused.
        """


def gathered(columns: tuple[str, ...], rows: Iterable[Iterable[object]], limits: SqlLimits) -> Rows:
    """As many of the rows as the limits allow, made safe for JSON."""
    kept: list[tuple[Value, ...]] = []
    size = _size(columns)
    for row in rows:
        safe = tuple(map(json_safe, row))
        size += _size(safe)
        if len(kept) >= limits.rows or size > limits.answer_bytes:
            return Rows(columns, tuple(kept), 0, cut=True)
        kept.append(safe)
    return Rows(columns, tuple(kept), 0, cut=False)


def json_safe(value: object) -> Value:
    """A value of either engine as every JSON reader takes it."""
    if value is None or (isinstance(value, (int, str)) and not isinstance(value, bool)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    return str(value).lower() if isinstance(value, bool) else str(value)


def sentence(message: str) -> str:
    """An engine's message as one line without paths of files, ending in a full stop."""
    line = " ".join(_PATH.sub("(a file)", message).split())
    return f"{line.rstrip('.')}." if line else "The database did not say why it refused the statement."


def too_slow(limits: SqlLimits) -> SqlRefused:
    return SqlRefused(f"The statement took longer than {limits.seconds:g} s and was stopped.")


def check_numbers(before: int, after: int, rows: int) -> None:
    """Raises SqlRefused where a write of so many `rows` gave itself a `hub_id` that leaves no room to count on.

    Both engines count on from the largest one, or may come to it. `before` and `after` are the largest ones; where the
    database counted itself it may have come beyond the bound long ago.
    """
    if after > MOST_WRITTEN and after > before + rows:
        raise SqlRefused(f"A hub_id may be {MOST_WRITTEN:,} at most; leave it out, and the database counts it itself.")


LARGEST_NUMBER = "SELECT coalesce(max(hub_id), 0) FROM recognition_record"
MOST_WRITTEN = 10**12
"""A thousand times less than what JSON's readers still count exactly."""
OUT_OF_SIGHT = "The console sees only the tables recognition_record and mold_info, and plain functions."


def _size(row: tuple[Value, ...]) -> int:
    return len(json.dumps(row, ensure_ascii=False).encode(errors="replace")) + 1
