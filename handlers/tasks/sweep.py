"""Removing what has expired: tasks that are over, uploads nobody came back for, old evidence, console sessions."""

from sqlalchemy import Connection, delete

from handlers.outbox import table as outbox
from handlers.outbox.courier import tend
from handlers.records.database import Database
from handlers.records.tables import session
from handlers.settings import Settings
from handlers.storage.base import Storage
from handlers.storage.evidence import Evidence
from handlers.tasks import table

_DAY = 86_400.0
_EVERY = 3600.0


class Sweep:
    """Runs by itself, at most once an hour; the records of readings are never swept."""

    def __init__(
        self, settings: Settings, database: Database, storage: Storage, evidence: Evidence | None = None
    ) -> None:
        self._expiry = settings.expiry
        self._outbox = settings.outbox
        self._database = database
        self._storage = storage
        self._evidence = evidence
        self._next = 0.0

    def is_due(self, now: float) -> bool:
        """Whether to sweep now; asking takes the turn."""
        due = now >= self._next
        self._next = now + _EVERY if due else self._next
        return due

    def sweep(self, now: float) -> None:
        def forget(connection: Connection) -> int:
            return table.forget(connection, now - self._expiry.tasks_days * _DAY)

        # Some at a time: Aurora DSQL changes 3,000 rows in one transaction and no more.
        while self._database.write(forget):
            pass
        # Here, too: of a target that was switched off no courier gives anything up.
        tend(self._database, self._outbox, now)
        events_before = now - self._outbox.kept_days * _DAY
        while self._database.write(lambda connection: outbox.forget(connection, events_before)):
            pass
        self._database.write(lambda connection: connection.execute(delete(session).where(session.c.expires_at < now)))
        self._storage.expire(now - self._expiry.uploads_days * _DAY)
        if self._evidence:
            self._evidence.expire(now - self._expiry.evidence_days * _DAY)
