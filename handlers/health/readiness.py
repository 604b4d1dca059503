"""Whether a server can do its work now: database, storage, models and queue, and which of them cannot."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from handlers.errors import ConfigurationError
from handlers.health.parts import (
    Finding,
    ask_the_database,
    count_messages,
    load_the_models,
    reason_of,
    tried,
    write_in_the_folder,
)

if TYPE_CHECKING:
    from handlers.rooms import Rooms

# Seconds for which an answer holds: however many ask, the parts are tried no more often.
_HOLDS = 2.0
# What is said before the first answer is there.
_UNKNOWN = (Finding("server", "", "It is starting: its parts are being tried out."),)


class Readiness:
    """One look at a time. While it lasts, others hear what the last one came to: a database that stays silent holds
    up one thread, and not all.
    """

    def __init__(self, rooms: "Rooms", clock: Callable[[], float] = time.monotonic) -> None:
        self._rooms = rooms
        self._clock = clock
        self._looking = threading.Lock()
        self._known: tuple[Finding, ...] = _UNKNOWN
        self._until = float("-inf")

    def findings(self) -> tuple[Finding, ...]:
        """Each part, as it was found at most two seconds ago, or at the last look where one is going on."""
        if self._clock() >= self._until and self._looking.acquire(blocking=False):
            try:
                self._known = tuple(look(self._rooms))
                self._until = self._clock() + _HOLDS
            finally:
                self._looking.release()
        return self._known


def look(rooms: "Rooms") -> list[Finding]:
    return [
        tried("database", "", "", lambda: ask_the_database(rooms)),
        _storage(rooms),
        tried("models", "", "install castmark[recognition]", lambda: load_the_models(rooms)),
        _queue(rooms),
        *_outbox(rooms),
    ]


def _storage(rooms: "Rooms") -> Finding:
    if rooms.settings.bucket:
        return tried("storage", "", "see CASTMARK_BUCKET", lambda: rooms.storage.arrivals("ready"))
    return tried("storage", "", "see CASTMARK_DATA", lambda: write_in_the_folder(rooms))


def _queue(rooms: "Rooms") -> Finding:
    if rooms.settings.queue_url:
        return tried("queue", "", "see CASTMARK_QUEUE_URL", lambda: count_messages(rooms))
    return tried("queue", "", "", lambda: _tended(rooms))


def _outbox(rooms: "Rooms") -> list[Finding]:
    """What is wrong with a target is told, and no reason to send pictures elsewhere: its events wait."""
    if not rooms.settings.outbox.targets:
        return []
    try:
        states = rooms.outbox.state()
    except Exception as error:  # noqa: BLE001  the database's own finding says so too
        return [Finding("outbox", reason_of(error))]
    broken = [f"{each.target}: {each.error} ({each.waiting} waiting)" for each in states if each.error]
    return [Finding("outbox", "; ".join(broken))]


def _tended(rooms: "Rooms") -> None:
    from handlers.tasks.local import LocalQueue

    queue = rooms.queue
    if isinstance(queue, LocalQueue) and queue.ended:
        raise ConfigurationError("The queue is closed, or what looks after it has ended; start the server again.")
