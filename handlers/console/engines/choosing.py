"""The guarded engine of this database: SQLite's file, or a PostgreSQL role made for the console alone."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from handlers.console.engines.base import Guarded, Rows, SqlLimits, SqlRefused
from handlers.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.records.database import Database

_SECRET = "console password"  # noqa: S105  the name that the password is kept under


def guarded(database: Database, limits: SqlLimits | None = None) -> Guarded:
    """The engine that the console's statements run on. Raises ConfigurationError where none can be made."""
    limits = limits or SqlLimits()
    if database.file is not None:
        from handlers.console.engines.sqlite_guard import SqliteGuard

        return SqliteGuard(database.file, limits)
    if database.url.get_backend_name() == "auroradsql":
        return NoGuard()
    from handlers.console.engines.postgresql_guard import PostgresqlGuard

    return PostgresqlGuard(_restricted(database), limits)


class NoGuard:
    """Aurora DSQL signs in by IAM, so that no role with a password of its own can be made for the console."""

    def run(self, statement: str, *, writes: bool) -> Rows:  # noqa: ARG002  nothing is run
        raise SqlRefused("Statements cannot be guarded on Aurora DSQL yet; the shortcuts of --help work.")


def _restricted(database: Database) -> str:
    import psycopg

    from handlers.console.engines.postgresql_role import restrict_role

    admin = database.url.render_as_string(hide_password=False)
    # Roles belong to the whole server, so each database has one of its own.
    place = hashlib.sha256(str(database.url.database).encode()).hexdigest()[:12]
    try:
        return restrict_role(admin, f"castmark_console_{place}", database.write(_password))
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigurationError(
            "The SQL terminal needs a database role of its own, which this database user may not make; "
            "allow it to with CREATEROLE, and let it own the tables."
        ) from None


def _password(connection: Connection) -> str:
    """The role's password, made once: every process of this database logs in with it."""
    from sqlalchemy import select

    from handlers.records.tables import secret

    wanted = select(secret.c.value).where(secret.c.name == _SECRET)
    known = connection.scalar(wanted)
    if known is None:
        known = secrets.token_urlsafe(32)
        connection.execute(secret.insert().values(name=_SECRET, value=known))
    return known
