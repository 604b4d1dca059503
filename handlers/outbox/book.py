"""The outbox as others ask for it: how it stands, what is in it, send it again."""

import time
from typing import Any

from handlers.outbox import listing, table
from handlers.outbox.listing import Asked, TargetState
from handlers.records import audit
from handlers.records.database import Database
from handlers.settings import Settings


class OutboxBook:
    """Light: it sends nothing, and needs no target's parts."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def state(self) -> list[TargetState]:
        """That of each target: waiting, oldest age in seconds, delivered, given up, last error."""
        with self._database.read() as connection:
            return listing.state(connection, self._settings.outbox.targets, time.time())

    def rules(self) -> list[str]:
        """Names of the rules that are switched on."""
        return list(self._settings.rules.on)

    def events(self, asked: Asked, limit: int) -> list[dict[str, Any]]:
        with self._database.read() as connection:
            return listing.events(connection, asked, limit)

    def resend(self, who: str, event_id: str = "", target: str = "") -> int:
        """Have an event sent again, or all that were given up; to all targets that had it, or one. How many there were.

        What waits already is none of them.
        """
        now, number = time.time(), 0
        while some := self._database.write(
            lambda connection: table.resend(connection, now, event_id=event_id, name=target)
        ):
            number += some
            if event_id:
                break
        if number:
            remark = f"{event_id or 'all that was given up'} to {target or 'all targets'}: {number} sent again"
            self._database.write(lambda connection: audit.note(connection, who, "resend", remark))
        return number
