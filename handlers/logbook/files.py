"""Events in files.

    <data>/events.jsonl       one JSON object a line; when full it becomes events.1.jsonl, that one events.2.jsonl
    <data>/events.jsonl.lock  one writer at a time, across processes
    <data>/callers.jsonl      likewise, what strangers can cause in any number (`TwoLogs`)

A line that was torn by a crash, or that somebody else wrote, is passed over. No event is worth a request: where nothing
can be written, the request goes on, and the process log says so once.
"""

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from handlers.log import trail
from handlers.logbook.base import Events, event_of, noted

if TYPE_CHECKING:
    from filelock import BaseFileLock

_log = logging.getLogger("castmark.events")
_OF_STRANGERS = frozenset({"upload", "reading"})
_LOCK_SECONDS = 2.0


class TwoLogs:
    """What operators and the server do in one log, what strangers can cause in another: no number of uploads and
    refusals pushes a login out. At most half of what is shown is strangers', but for what was before a given time."""

    def __init__(self, operators: Events, strangers: Events) -> None:
        self._operators = operators
        self._strangers = strangers

    def prepare(self) -> None:
        self._operators.prepare()
        self._strangers.prepare()

    def note(self, event: str, result: str, remark: str = "") -> None:
        of_strangers = event in _OF_STRANGERS or result == "refused"
        (self._strangers if of_strangers else self._operators).note(event, result, remark)

    def latest(self, limit: int = 1000, until: str = "") -> list[dict[str, str]]:
        ours = self._operators.latest(limit, until)
        # Whoever leafs back through them wants each one.
        most = limit if until else limit - min(len(ours), limit // 2)
        both = [*ours, *self._strangers.latest(most, until)]
        return sorted(both, key=lambda event: event["timestamp"])[-limit:]


class EventLog:
    """Events in `files` files of at most `max_bytes` each, of which `path` is the latest."""

    def __init__(self, path: Path, *, max_bytes: int = 1_000_000, files: int = 3, timezone: str = "") -> None:
        older = [path.with_name(f"{path.stem}.{number}{path.suffix}") for number in range(1, files)]
        self._files = [path, *older]
        self._max_bytes = max_bytes
        self._timezone = timezone
        self._failing = False

    def prepare(self) -> None:
        """Nothing: a file is ready."""

    def note(self, event: str, result: str, remark: str = "") -> None:
        kept = {**noted(self._timezone, event, result, remark), **trail()}
        line = json.dumps(kept, ensure_ascii=False).encode() + b"\n"
        try:
            self._files[0].parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                self._rotate(len(line))
                _append(self._files[0], line)
            self._failing = False
        except Exception as error:  # noqa: BLE001  whatever it was, what is told of has happened and goes on
            self._complain(error)

    def latest(self, limit: int = 1000, until: str = "") -> list[dict[str, str]]:
        """The latest `limit` events, the oldest first."""
        found: list[dict[str, str]] = []
        with self._lock_if_possible():
            for file in self._files:
                if len(found) < limit:
                    events = _events(file, self._max_bytes)
                    found = [*(one for one in events if not until or one["timestamp"] <= until), *found]
        return found[-limit:] if limit > 0 else []

    def _lock(self) -> "BaseFileLock":
        from filelock import FileLock

        return FileLock(f"{self._files[0]}.lock", timeout=_LOCK_SECONDS)

    @contextmanager
    def _lock_if_possible(self) -> Iterator[None]:
        """Without the lock, a reader could at worst see a few events twice."""
        try:
            lock = self._lock().acquire() if self._files[0].exists() else None
        except Exception:  # noqa: BLE001  as for `note`: a folder that is only readable, no filelock installed, ...
            lock = None
        try:
            yield
        finally:
            if lock:
                lock.lock.release()

    def _rotate(self, coming: int) -> None:
        latest = self._files[0]
        if not latest.exists() or latest.stat().st_size + coming <= self._max_bytes:
            return
        for newer, older in reversed(list(pairwise(self._files))):
            if newer.exists():
                newer.replace(older)
        latest.unlink(missing_ok=True)

    def _complain(self, error: Exception) -> None:
        if not self._failing:
            _log.warning("Events cannot be noted in %s: %s", self._files[0], error)
        self._failing = True


def _append(file: Path, line: bytes) -> None:
    with file.open("ab+") as log:
        if log.tell():
            log.seek(-1, os.SEEK_END)
            # A crash or a full disk may have torn the line before; this one must not be lost with it.
            line = line if log.read(1) == b"\n" else b"\n" + line
        log.write(line)


def _events(file: Path, max_bytes: int) -> list[dict[str, str]]:
    try:
        with file.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 2 * max_bytes))
            lines = log.read().split(b"\n")
    except OSError:
        return []
    return [event for event in map(event_of, lines) if event]
