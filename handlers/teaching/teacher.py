"""Teaching in the background of a server: started, looked at, and then used or left by an operator."""

import logging
import threading
import uuid
from contextvars import copy_context
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from handlers.errors import CastmarkError, ChangedMeanwhile, ConfigurationError
from handlers.teaching.use import put_to_use

if TYPE_CHECKING:
    from handlers.rooms import Rooms
    from handlers.teaching.teaching import Outcome

_log = logging.getLogger("castmark.teaching")


class Teacher:
    """One for a server; at most one teaching is learned at a time, and the last one is kept until it is used."""

    def __init__(self, rooms: "Rooms") -> None:
        self._rooms = rooms
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._progress = (0, 0)
        self._outcome: Outcome | None = None
        self._error = ""

    def told(self) -> dict[str, Any]:
        """How far it is, what came of it, and which teachings are used, the newest first."""
        with self._lock:
            outcome, running = self._outcome, self._thread is not None
            facts = {"running": running, "done": self._progress[0], "pictures": self._progress[1], "error": self._error}
        shelf, used = self._rooms.shelf, []
        try:
            used = [shelf.teaching(name).told() for name in reversed(shelf.names())]
        except ConfigurationError as error:
            facts["error"] = str(error)
        return facts | {"learned": _told(outcome) if outcome else None, "used": used}

    def start(self) -> None:
        """Learn, in a thread. Raises ChangedMeanwhile where it is at it already."""
        with self._lock:
            if self._thread is not None:
                raise ChangedMeanwhile("It is learning already; look at how far it is.")
            self._outcome, self._error, self._progress = None, "", (0, 0)
            self._thread = threading.Thread(
                target=copy_context().run, args=(self._learn,), name="teaching", daemon=True
            )
            self._thread.start()

    def use(self, name: str, who: str) -> None:
        """Put to use what was learned and looked at. Raises ChangedMeanwhile where it is another one, or refused."""
        with self._lock:
            outcome = self._outcome
        if outcome is None or outcome.teaching.name != name:
            raise ChangedMeanwhile("That is not what was learned last; look at it again.")
        if outcome.refusal:
            raise ChangedMeanwhile(f"It may not be used. {outcome.refusal}")
        put_to_use(self._rooms, outcome.teaching, who)
        with self._lock:
            self._outcome = None

    def _learn(self) -> None:
        from handlers.teaching.teaching import teach

        try:
            outcome = teach(self._rooms, self._show)
            with self._lock:
                self._outcome = outcome
        except CastmarkError as error:
            self._error = str(error)
        except Exception:  # noqa: BLE001  a thread of a server ends with a sentence, whatever it was
            incident = uuid.uuid4().hex[:12]
            _log.exception("Teaching failed, incident %s", incident)
            self._error = f"It failed; the log names the cause as {incident}."
        finally:
            with self._lock:
                self._thread = None

    def _show(self, done: int, count: int) -> None:
        with self._lock:
            self._progress = (done, count)


def _told(outcome: "Outcome") -> dict[str, Any]:
    """Before and after, as the page shows it."""
    judgement = outcome.judgement
    compared = {"own": judgement.own, "new": judgement.new, "standard": judgement.standard}
    facts = {name: asdict(comparison) for name, comparison in compared.items()}
    return {"name": outcome.teaching.name, "texts": len(outcome.teaching.texts), "refusal": outcome.refusal, **facts}
