"""Named tokens and their logins, of which only hashes are kept: whoever reads the database can use none.

A token is 256 random bits, so a plain SHA-256 is enough: there is nothing to guess that a slow hash would slow down.
"""

import secrets
import time
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select

from handlers.access.roles import PREFIX, Holder, Role
from handlers.errors import BadRequest, NotFound
from handlers.records import audit
from handlers.records.database import Database
from handlers.records.tables import login, token

LONGEST_NAME = 64


class Tokens:
    """Those of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def issue(self, name: str, role: Role, who: str) -> str:
        """A new token for `name`, which is shown once and never again. Raises BadRequest for a name that cannot be."""
        text = PREFIX + secrets.token_urlsafe(32)
        facts = {"name": _plain(name), "role": role.value, "hash": _hash(text), "made_at": time.time(), "made_by": who}

        def keep(connection: Connection) -> None:
            if connection.scalar(select(token.c.name).where(token.c.name == facts["name"])):
                raise BadRequest(f"There is a token called {facts['name']} already: revoke it, or choose another name.")
            connection.execute(token.insert().values(facts))
            audit.note(connection, who, "token", f"issued: {facts['name']}, {role}")

        self._database.write(keep)
        return text

    def revoke(self, name: str, who: str) -> None:
        """From now on the token of that name opens nothing, nor does a login by it. Raises NotFound."""

        def forget(connection: Connection) -> None:
            if not connection.execute(delete(token).where(token.c.name == name)).rowcount:
                raise NotFound(f"There is no token called {name}.")
            connection.execute(delete(login).where(login.c.name == name))
            audit.note(connection, who, "token", f"revoked: {name}")

        self._database.write(forget)

    def all(self) -> list[dict[str, Any]]:
        """All of them by name, without what they are; `made_at` is in seconds since 1970 (UTC)."""
        with self._database.read() as connection:
            rows = connection.execute(select(token).order_by(token.c.name)).all()
        return [{"name": row.name, "role": row.role, "made_at": row.made_at, "made_by": row.made_by} for row in rows]

    def holder_of(self, text: str) -> Holder | None:
        """Who has this token; None where nobody has."""
        with self._database.read() as connection:
            return _holder(connection, token.c.hash == _hash(text))

    def log_in(self, text: str, seconds: int) -> str | None:
        """A secret by which whoever has this token is known for `seconds`; None where nobody has it."""
        secret, now = secrets.token_urlsafe(32), time.time()

        def keep(connection: Connection) -> Holder | None:
            holder = _holder(connection, token.c.hash == _hash(text))
            connection.execute(delete(login).where(login.c.expires_at <= now))
            if holder:
                values = {"id": _hash(secret), "name": holder.name, "expires_at": now + seconds}
                connection.execute(login.insert().values(values))
            return holder

        return secret if self._database.write(keep) else None

    def logged_in(self, secret: str) -> Holder | None:
        """Who logged in so; None where the login has ended."""
        valid = (login.c.id == _hash(secret)) & (login.c.expires_at > time.time())
        with self._database.read() as connection:
            return _holder(connection, valid & (login.c.name == token.c.name))

    def log_out(self, secret: str) -> None:
        self._database.write(lambda connection: connection.execute(delete(login).where(login.c.id == _hash(secret))))


def _holder(connection: Connection, condition: Any) -> Holder | None:
    found = connection.execute(select(token.c.name, token.c.role).where(condition)).first()
    return Holder(found.name, Role(found.role)) if found else None


def _hash(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _plain(name: str) -> str:
    name = name.strip()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        raise BadRequest(f"A token's name is 1 to {LONGEST_NAME} letters, digits and signs, such as Line 3.")
    return name
