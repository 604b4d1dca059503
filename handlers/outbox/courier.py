"""Sends what is due: a thread for each target, so that a slow one keeps no other waiting.

The order of a target's events holds because one process sends to it at a time, by a lease, and goes on to the next
event only when the one before has arrived or was given up.
"""

import logging
import random
import threading
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from handlers.errors import NotDelivered
from handlers.log import following
from handlers.outbox import table
from handlers.outbox.targets.base import Target
from handlers.plant import Outbox
from handlers.records.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

_log = logging.getLogger("castmark.outbox")
_IDLE_SECONDS = 0.5
_TEND_SECONDS = 60.0
_FIRST_WAIT_SECONDS = 1.0
# An event that the target refuses while it takes others is tried so often, for some ten minutes, and then given up.
_REFUSALS = 10
# What is not connected is tried as often as if it had failed so many times: every few seconds.
_RECONNECT = 3
_AT_ONCE = 20
# How long a stop waits for what is being sent; it is sent again with the same id where that is not enough.
_PATIENCE_SECONDS = 5.0


class Round:
    """One target's deliveries, as far as this process makes them."""

    def __init__(self, database: Database, target: Target, settings: Outbox) -> None:
        self._database = database
        self._target = target
        self._settings = settings
        self._worker = uuid.uuid4().hex
        self._renew_at = 0.0
        self._tend_at = 0.0
        self._introduced = False

    def step(self) -> bool:
        """Send some of what is due; whether there may be more right away."""
        now = time.time()
        if not self._holds(now):
            self._target.close()
            return False
        self._tend(now)
        with self._database.read() as connection:
            waits = now < table.retry_at(connection, self._target.name)
            due = [] if waits else table.due(connection, self._target.name, _AT_ONCE)
        if waits or not self._opens(now):
            return False
        return all(self._sends(each) for each in due) and len(due) == _AT_ONCE

    def end(self) -> None:
        """Let another process go on at once."""
        self._target.close()
        if self._introduced:
            self._renew_at = 0.0
            self._database.write(lambda connection: table.let_go(connection, self._target.name, self._worker))

    def _holds(self, now: float) -> bool:
        if not self._introduced:
            table.introduce(self._database, self._target.name)
            self._introduced = True
        if now < self._renew_at:
            return True
        # Longer than one try takes: nobody else may begin while this process waits for an answer.
        lease = 3 * self._settings.timeout_seconds
        held = self._database.write(
            lambda connection: table.hold(connection, self._target.name, self._worker, now, now + lease)
        )
        self._renew_at = now + lease / 3 if held else 0.0
        return held

    def _opens(self, now: float) -> bool:
        """Whether the target is connected, where it stays so even while nothing is due."""
        try:
            opened = self._target.open()
        except NotDelivered as error:
            self._complain(str(error), now)
            return False
        if opened:
            self._database.write(lambda connection: table.mend(connection, self._target.name))
        return True

    def _complain(self, why: str, now: float) -> None:
        again = now + self._wait(_RECONNECT)
        self._database.write(lambda connection: table.complain(connection, self._target.name, why, again))
        _log.warning("The target %s cannot be reached: %s", self._target.name, why)

    def _sends(self, due: table.Due) -> bool:
        if not self._holds(time.time()):
            return False
        with following(task=str(due.event.data.get("task", ""))):
            return self._delivers(due)

    def _delivers(self, due: table.Due) -> bool:
        try:
            self._target.deliver(due.event)
        except NotDelivered as error:
            return self._failed(due, error)
        except Exception:  # noqa: BLE001  whatever it was, the others are not to wait for it for ever
            incident = uuid.uuid4().hex[:12]
            _log.exception("An event could not be sent, incident %s", incident)
            return self._failed(due, NotDelivered(f"It could not be sent; the log names the cause as {incident}."))
        name, now = self._target.name, time.time()
        self._database.write(lambda connection: table.arrived(connection, name, due.event.id, now))
        return True

    def _failed(self, due: table.Due, error: NotDelivered) -> bool:
        """Whether the next event may be sent all the same."""
        name, now = self._target.name, time.time()
        given_up = error.refused and due.attempts + 1 >= _REFUSALS
        again = now + self._wait(due.attempts)

        def keep(connection: "Connection") -> None:
            if given_up:
                table.refused(connection, name, due.event.id, now, str(error))
            else:
                table.failed(connection, name, due.event.id, now, str(error), again)

        self._database.write(keep)
        _log.warning("The target %s did not take the event %s: %s", name, due.event.id, error)
        return given_up

    def _wait(self, attempts: int) -> float:
        """Seconds: twice as long each time, and not for all servers at the same moment."""
        longest = min(self._settings.longest_wait_seconds, _FIRST_WAIT_SECONDS * 2.0 ** min(attempts, 30))
        return longest * random.uniform(0.5, 1)  # noqa: S311 (nothing secret)

    def _tend(self, now: float) -> None:
        """Give up what has been due for too long, or is too much."""
        if now < self._tend_at:
            return
        self._tend_at = now + _TEND_SECONDS
        tend(self._database, self._settings, now)
        while self._database.write(
            lambda connection: table.shorten(connection, self._target.name, self._settings.most)
        ):
            pass


def tend(database: Database, settings: Outbox, now: float) -> None:
    """Give up what has been due for too long, at whichever target."""
    since = now - settings.days * 86_400
    while given_up := database.write(lambda connection: table.give_up(connection, since)):
        _log.error("%d events were given up after %s days", given_up, settings.days)


class Courier:
    """Sends to all targets, by threads of its own between `open` and `close`, or as long as `run` is told."""

    def __init__(self, database: Database, targets: Sequence[Target], settings: Outbox) -> None:
        self._rounds = [Round(database, target, settings) for target in targets]
        self._closed = threading.Event()
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        for each in self._rounds:
            thread = threading.Thread(target=self._keep, args=(each,), name="outbox", daemon=True)
            self._threads.append(thread)
            thread.start()

    def run(self, seconds: float) -> None:
        """Send what is due, for so long at the most: for functions that are called now and then."""
        end = time.monotonic() + seconds
        for each in self._rounds:
            try:
                while each.step() and time.monotonic() < end:
                    pass
            finally:
                each.end()

    def close(self) -> None:
        self._closed.set()
        end = time.monotonic() + _PATIENCE_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _keep(self, round_: Round) -> None:
        while not self._closed.is_set():
            try:
                more = round_.step()
            except Exception:  # noqa: BLE001  a database that does not answer now may answer the next time
                _log.exception("The outbox could not be looked at")
                more = False
            if not more:
                self._closed.wait(_IDLE_SECONDS)
        try:
            round_.end()
        except Exception:  # noqa: BLE001  the lease ends by itself
            _log.warning("The lease of a target could not be given back")
