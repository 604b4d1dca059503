"""What an event is, as clients see it, and what a place for events promises."""

import json
import re
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from handlers.errors import BadRequest

_FIELDS = ("timestamp", "event", "result", "remark")
_SHOWN = "%Y-%m-%d %H:%M:%S"
_LONGEST = 500
# A uuid is a capability: whoever reads the log would have it.
_UUID = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b", re.IGNORECASE)


def now(timezone: str = "") -> str:
    """The time as clients show it, in that zone or in the system's own."""
    return datetime.now(ZoneInfo(timezone) if timezone else None).strftime(_SHOWN)


def moment(shown: str, timezone: str = "") -> datetime:
    """The time that is shown so, in that zone or in the system's own. Raises BadRequest."""
    try:
        found = datetime.strptime(shown, _SHOWN)
    except ValueError:
        raise BadRequest("The parameter after must be an event's timestamp, such as 2026-03-01 08:15:00.") from None
    return found.replace(tzinfo=ZoneInfo(timezone) if timezone else None).astimezone()


class Events(Protocol):
    """Where events are kept."""

    def prepare(self) -> None:
        """Make ready what the first look would wait for."""

    def note(self, event: str, result: str, remark: str = "") -> None:
        """Keep an event, as far as that is possible: nothing is raised."""

    def latest(self, limit: int = 1000, until: str = "") -> list[dict[str, str]]:
        """The latest `limit` events, the oldest first: `timestamp`, `event`, `result` and `remark` of each.

        With `until`, a time as their own: those of that second and before.
        """


def noted(timezone: str, *texts: str) -> dict[str, str]:
    """An event that happens now, of its name, result and remark: short, printable and without uuids."""
    return dict(zip(_FIELDS, (now(timezone), *map(_clean, texts)), strict=True))


def event_of(line: str | bytes) -> dict[str, str] | None:
    """The event that a line of JSON holds, without what else it holds; None where it holds none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and all(isinstance(found.get(name), str) for name in _FIELDS):
        return {name: found[name] for name in _FIELDS}
    return None


def _clean(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
    return _UUID.sub("(uuid)", printable)[:_LONGEST]
