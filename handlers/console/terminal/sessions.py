"""Console sessions: which terminal a caller is in. A caller's own, never the process's; they expire."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.records.database import Database

Mode = Literal["default", "sql"]


def session_id(name: str | None, owner: str) -> str:
    """The id of the session that the caller named, or else of the caller."""
    return hashlib.sha256(f"session:{name}".encode(errors="surrogatepass")).hexdigest()[:32] if name else owner


class Sessions:
    """Modes by session id, in the database: the next request may reach another process or function."""

    def __init__(self, database: Database, minutes: float) -> None:
        self._database = database
        self._seconds = minutes * 60

    def mode(self, session: str, now: float) -> Mode:
        from sqlalchemy import select

        from handlers.records.tables import session as table

        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == session)).one_or_none()
        return "sql" if row is not None and row.expires_at > now and row.mode == "sql" else "default"

    def enter(self, session: str, mode: Mode, now: float) -> None:
        """Enter a mode, or stay in it for longer. The default mode needs no row."""
        from sqlalchemy.exc import IntegrityError

        from handlers.records.tables import session as table

        def replace(connection: Connection) -> None:
            connection.execute(table.delete().where(table.c.id == session))
            if mode != "default":
                connection.execute(table.insert().values(id=session, mode=mode, expires_at=now + self._seconds))

        # Two requests of one session at the same moment: either may be the one that counts.
        with suppress(IntegrityError):
            self._database.write(replace)
