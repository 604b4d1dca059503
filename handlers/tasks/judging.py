"""Which readings are accepted: the one place where `needs_review` follows the promise."""

import logging
import time
from collections.abc import Callable, Mapping
from random import SystemRandom
from typing import Any

from handlers.log import tell
from handlers.promise.standing import Standing, least_of
from handlers.promise.verdict import judged, kind_of
from handlers.recognition.identity import identity
from handlers.records import promise
from handlers.records.database import Database
from handlers.records.promised import terms_of
from handlers.settings import Settings
from handlers.tasks.base import Detail

_log = logging.getLogger("castmark.tasks")
# Seconds for which a threshold is used before the checks are counted anew; and where counting takes long, so many times
# as long.
_LIFE, _TIMES = 60.0, 100.0
_LOT = SystemRandom().random


class Judge:
    """Asks the database once a minute at the most, however many readings. Without a promise it does nothing."""

    def __init__(self, settings: Settings, database: Database, lot: Callable[[], float] = _LOT) -> None:
        """`lot`: numbers in [0, 1) that nobody can foresee: which readings are checked must not be known before."""
        self._terms = terms_of(settings)
        self._share = settings.checked_share
        self._database = database
        self._lot = lot
        self._found: list[Standing] = []
        self._until = 0.0

    def judged(self, detail: Mapping[str, Any]) -> Detail:
        """The full reading, with its verdict."""
        if not self._terms.wrong or "error" in detail:
            return dict(detail)
        least = least_of(self._standing(), kind_of(detail), self._terms.cautious)
        return judged(detail, least, self._share, self._lot())

    def _standing(self) -> list[Standing]:
        began = time.monotonic()
        if began < self._until:
            return self._found
        try:
            with self._database.read() as connection:
                self._found = promise.standing(connection, identity(), self._terms)
        except Exception as error:  # noqa: BLE001  what was known, or the cautious threshold, serves until the database answers
            tell(_log, "What a promise rests on could not be counted", error)
        now = time.monotonic()
        self._until = now + max(_LIFE, _TIMES * (now - began))
        return self._found
