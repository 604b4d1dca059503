"""Who is an operator: one decision about one request, with its reason.

An operator shows the token as `Authorization: Bearer`, or the cookie that `login` gave for it, or asks from the very
machine on which a server listens for nobody else. The cookie holds when it ends, signed with the token: no server has
to remember it, every function of a cloud can check it, and a new token ends all logins.

Tokens that have a name are kept by `records.tokens`: whoever asks `judge` looks the shown one up, and says whose it is.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from handlers.access.origin import is_local, is_own_page, names_this_machine, shows_own_page
from handlers.access.roles import PREFIX, Holder, Role
from handlers.settings import Settings

OPERATOR_COOKIE = "castmark_operator"
LOGIN_SECONDS = 12 * 3600
_COOKIE = re.compile(r"([0-9]{1,12})\.[0-9a-f]{64}")
# A login by a named token: its secret is kept, as a hash, in the database.
_NAMED = re.compile(r"named\.([\w-]{20,100})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shown:
    """A named token that a request shows, or the secret of a login by one: what the database is asked for."""

    text: str
    is_login: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """`status` is 200, 401 (show that you are one) or 403 (what you showed is wrong, or you must not ask like this).

    `guess` says that the token decided: whoever could try many such requests at once could guess it.
    """

    status: int
    reason: str
    guess: bool = False
    role: Role = Role.OPERATOR
    # The name of the token that was shown; empty for the operator's own, and for this machine.
    who: str = ""

    @property
    def allowed(self) -> bool:
        return self.status == 200


_OPEN = Admission(200, "Access is open to everyone.")
_HERE = Admission(200, "The server and the caller are this machine.")
_TOKEN = Admission(200, "The token is right.", guess=True)
_LOGIN = Admission(200, "The login is valid.", guess=True)
_MISSING = Admission(401, "This is for operators: log in, or send the operator token as Authorization: Bearer <token>.")
_UNSET = Admission(
    401,
    "This is for operators: the server answers it only on the machine where it runs; "
    "to ask from elsewhere, set CASTMARK_TOKEN there and send that token.",
)
_EXPIRED = Admission(401, "This is for operators: the login has expired; log in again.")
_WRONG_TOKEN = Admission(403, "This is for operators: the token is wrong.", guess=True)
_NO_SUCH_TOKEN = Admission(
    403, "This is for operators: the server has no operator token (CASTMARK_TOKEN), so none is right."
)
_WRONG_LOGIN = Admission(403, "This is for operators: the login is not valid; log in again.", guess=True)
_MALFORMED_LOGIN = Admission(403, "This is for operators: the login is not valid; log in again.")
_OTHER_HOST = Admission(
    403,
    "This is for operators: without a token, ask for it by the server's own address, such as http://127.0.0.1:5000.",
)
OTHER_PAGE = Admission(
    403,
    "This is for operators: the page that asks is not this server's own; "
    "an operator can list its origin in CASTMARK_CORS_ORIGINS.",
)


def judge(connection: HTTPConnection, settings: Settings, now: float, holder: Holder | None = None) -> Admission:
    """What the caller may do at the time `now` (seconds since 1970); `holder` has what `shown` found."""
    if settings.access == "open":
        return _OPEN
    shown = _by_token(connection, settings, holder) or _by_login(connection, settings, now, holder)
    if shown:
        return shown
    here = _by_place(connection, settings)
    # A proxy on this machine can look exactly like a caller on it. Whoever sets a token has it asked of everyone.
    return _MISSING if here.allowed and settings.token else here


def shown(connection: HTTPConnection, settings: Settings) -> Shown | None:
    """What is to be looked up before `judge` can say who asks; None where nothing is."""
    if settings.access == "open":
        return None
    text = _bearer(connection)
    if text and text.startswith(PREFIX) and not is_token(text, settings):
        return Shown(text, is_login=False)
    secret = login_secret(connection)
    if secret and not text and shows_own_page(connection, settings.cors_origins):
        return Shown(secret, is_login=True)
    return None


def login_secret(connection: HTTPConnection) -> str | None:
    """The secret of a login by a named token, where the request has one."""
    found = _NAMED.fullmatch(connection.cookies.get(OPERATOR_COOKIE, ""))
    return found[1] if found else None


def named_login(secret: str) -> str:
    """The value of the cookie of a login by a named token."""
    return f"named.{secret}"


def is_token(text: str, settings: Settings) -> bool:
    return settings.token is not None and hmac.compare_digest(text.encode(errors="replace"), _key(settings))


def login_until(expiry: int, settings: Settings) -> str:
    """The value of a login's cookie that ends at `expiry` (seconds since 1970)."""
    return f"{expiry}.{hmac.new(_key(settings), str(expiry).encode(), hashlib.sha256).hexdigest()}"


def _by_place(connection: HTTPConnection, settings: Settings) -> Admission:
    # In Lambda a host of 127.0.0.1 is merely the default, and nobody is there.
    served_here = settings.on_loopback and "aws.event" not in connection.scope
    if not served_here or not is_local(connection, trusts_proxies=bool(settings.trusted_proxies)):
        return _MISSING if settings.token else _UNSET
    if not names_this_machine(connection):
        return _OTHER_HOST
    return _HERE if is_own_page(connection, settings.cors_origins) else OTHER_PAGE


def _bearer(connection: HTTPConnection) -> str:
    """The token that the request shows; empty for none."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    # Starlette reads headers as Latin-1; a token may be written in any language.
    return text.strip().encode("latin-1").decode("utf-8", "replace") if scheme.lower() == "bearer" else ""


def _by_token(connection: HTTPConnection, settings: Settings, holder: Holder | None) -> Admission | None:
    text = _bearer(connection)
    if not text:
        return None
    if is_token(text, settings):
        return _TOKEN
    if holder:
        return _held("The token is right.", holder)
    return _WRONG_TOKEN if settings.token or text.startswith(PREFIX) else _NO_SUCH_TOKEN


def _held(reason: str, holder: Holder) -> Admission:
    return Admission(200, reason, guess=True, role=holder.role, who=holder.name)


def _by_login(connection: HTTPConnection, settings: Settings, now: float, holder: Holder | None) -> Admission | None:
    value = connection.cookies.get(OPERATOR_COOKIE)
    if not value:
        return None
    if login_secret(connection):
        if not shows_own_page(connection, settings.cors_origins):
            return OTHER_PAGE
        return _held("The login is valid.", holder) if holder else _EXPIRED
    if settings.token is None:
        return None
    found = _COOKIE.fullmatch(value)
    if not found:
        return _MALFORMED_LOGIN
    if int(found[1]) <= now:
        return _EXPIRED
    if not shows_own_page(connection, settings.cors_origins):
        return OTHER_PAGE
    right = hmac.compare_digest(value.encode(), login_until(int(found[1]), settings).encode())
    return _LOGIN if right else _WRONG_LOGIN


def _key(settings: Settings) -> bytes:
    return settings.token.get_secret_value().encode() if settings.token else b""
