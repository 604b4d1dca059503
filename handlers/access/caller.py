"""Who the caller is, and who may call what.

A stranger may call every API but those in FOR_OPERATORS. A client is a stranger with a name: a uuid,
else the session cookie, else the caller's address and user agent; it reaches what is its own.
An operator may call everything; `operator` decides who that is.

A uuid is a capability: whoever knows it may use it. The address and user agent make the documented
`curl` sequence upload -> start -> clear work without any identity.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection

from handlers.errors import BadRequest

SESSION_COOKIE = "castmark_session"
# Where a request's scope keeps a uuid that came in its body, for the log and the events.
_NAMED_IN_BODY = "castmark.uuid"
# The one table: keys of the route settings. An API module says nothing about it.
FOR_OPERATORS = frozenset(
    {"command", "getdatabase", "getlogs"}
    | {"readings", "reading", "evidence", "correct", "confirm", "export", "molds"}
    | {"outbox", "resend"}
)


@dataclass(frozen=True, slots=True)
class Caller:
    """`owner` names the caller's namespace: 32 hexadecimal digits, safe in paths, keys and logs."""

    owner: str
    uuid: str | None = None

    @property
    def short(self) -> str:
        """Enough to tell callers apart in a log, too little to be used as one."""
        return self.owner[:12]


def caller_of(connection: HTTPConnection) -> Caller:
    uuid = connection.scope.get(_NAMED_IN_BODY) or _uuid(connection.query_params)
    if uuid:
        return caller_with(uuid)
    session = connection.cookies.get(SESSION_COOKIE)
    if session:
        return Caller(_owner("session", session))
    return Caller(_owner("address", f"{address_of(connection)} {connection.headers.get('user-agent', '')}"))


def address_of(connection: HTTPConnection) -> str:
    """Where the request comes from, as far as is known: what limits for one caller go by, who can have any uuid."""
    return connection.client.host if connection.client else ""


def caller_named(connection: HTTPConnection, uuids: Iterable[str]) -> Caller:
    """The caller by the uuids in the fields of a form, which `caller_of` answers from then on; or as before.

    Raises BadRequest where they are not one and the same, or not that of the query.
    """
    named = {uuid for uuid in uuids if uuid} | {_uuid(connection.query_params)} - {None}
    if len(named) > 1:
        raise BadRequest("The request names two different uuids; send one, in the query or as a field.")
    if named:
        connection.scope[_NAMED_IN_BODY] = next(iter(named))
    return caller_of(connection)


def caller_with(uuid: str) -> Caller:
    """The caller that a client's uuid stands for."""
    return Caller(_owner("uuid", uuid), uuid)


def new_session() -> str:
    return secrets.token_urlsafe(24)


def _uuid(query: QueryParams) -> str | None:
    return query.get("uuid") or None


def _owner(kind: str, value: str) -> str:
    # 128 bits of SHA-256: a name cannot be turned back into the uuid or cookie it was made from.
    return hashlib.sha256(f"{kind}:{value}".encode(errors="surrogatepass")).hexdigest()[:32]
