"""Events: what others hear of. `docs/events` has a schema of each; fields are added within a version, never changed."""

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from handlers.records.corrections import Step
    from handlers.records.readings import Origin

VERSION = 1
RECORDED, CORRECTED, CONFIRMED, ALARM = "reading.recorded", "reading.corrected", "reading.confirmed", "alarm.raised"
TYPES = (RECORDED, CORRECTED, CONFIRMED, ALARM)
_MARK = ("text", "confidence", "polygon", "angle", "answered")


@dataclass(frozen=True, slots=True)
class Event:
    """`reading` is the number of the record it tells of; `at` is in seconds since 1970 (UTC)."""

    id: str
    type: str
    at: float
    reading: int
    data: Mapping[str, Any]
    rule: str = ""

    def whole(self) -> dict[str, Any]:
        """As it leaves."""
        time_ = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"id": self.id, "type": self.type, "version": VERSION, "timestamp": time_, "data": dict(self.data)}

    def body(self) -> bytes:
        """As it leaves, in UTF-8: the same at every try."""
        return json.dumps(self.whole(), ensure_ascii=False, separators=(",", ":")).encode()


def new_event(type_: str, reading: int, data: Mapping[str, Any], rule: str = "") -> Event:
    now = time.time()
    return Event(_IDS.next(int(now * 1000)), type_, now, reading, data, rule)


def of_reading(number: int, origin: "Origin", detail: Mapping[str, Any]) -> Event:
    data = {
        "reading": number,
        "text": detail["text"],
        "confidence": detail["confidence"],
        "needs_review": detail["needs_review"],
        "alternatives": list(detail["alternatives"]),
        "marks": [{name: mark[name] for name in _MARK if name in mark} for mark in detail.get("marks", ())],
        "picture": {"name": detail["name"], "sha256": detail["sha256"]},
        "task": origin.task_id,
        "client": origin.owner,
        "model": origin.model,
    }
    return new_event(RECORDED, number, data)


def of_step(number: int, step: "Step") -> Event:
    """`kind` tells a correction from one that was taken back."""
    data = {"reading": number, "step": step.number, "kind": step.kind, "text": step.text, "before": step.before}
    data |= {"state": str(step.state), "who": step.who, "why": step.why}
    return new_event(CONFIRMED if step.kind == "confirm" else CORRECTED, number, data)


def of_alarm(number: int, rule: str, text: str, sentence: str) -> Event:
    return new_event(ALARM, number, {"reading": number, "rule": rule, "text": text, "sentence": sentence}, rule)


class _Ids:
    """UUIDs of version 7 (RFC 9562) that only grow in this process, however its clock is set."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self, milliseconds: int) -> str:
        """The moment in 48 bits, a count within it in 12 (RFC 9562, 6.2, method 1), the rest by chance."""
        with self._lock:
            self._last = max(milliseconds << 12, self._last + 1)
            moment, count = self._last >> 12, self._last & 0xFFF
        return str(UUID(int=moment << 80 | 7 << 76 | count << 64 | 2 << 62 | secrets.randbits(62)))


_IDS = _Ids()
