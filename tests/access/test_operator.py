"""Who is an operator: requests that are let in and requests that are not, each with its reason."""

import hmac
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from handlers.access.operator import OPERATOR_COOKIE, Admission, is_token, judge, login_until
from handlers.settings import Settings

TOKEN = "a token of sixteen"
NOW = 1_800_000_000
FRONT = "https://front.example"
_HERE = "127.0.0.1:5000"


@dataclass(frozen=True)
class Ask:
    """A request; by default one of a program on this machine."""

    headers: tuple[tuple[str, str], ...] = ()
    peer: str | None = "127.0.0.1"
    host: str | None = _HERE
    scheme: str = "http"
    version: str = "1.1"
    extra: dict[str, Any] = field(default_factory=dict)

    def connection(self) -> HTTPConnection:
        named = ((("Host", self.host),) if self.host is not None else ()) + self.headers
        raw = [(name.lower().encode(), value.encode()) for name, value in named]
        scope = {"type": "http", "scheme": self.scheme, "http_version": self.version, "headers": raw}
        return HTTPConnection(scope | {"client": (self.peer, 1) if self.peer else None} | self.extra)


def _ask(peer: str | None = "127.0.0.1", host: str | None = _HERE, **headers: str) -> Ask:
    """A request; one with a cookie comes from the server's own page, unless it says otherwise."""
    silent = "Cookie" in headers and not {"Origin", "Sec_Fetch_Site"} & headers.keys()
    return _silent(peer, host, **headers, **({"Sec_Fetch_Site": "same-origin"} if silent else {}))


def _silent(peer: str | None = "127.0.0.1", host: str | None = _HERE, **headers: str) -> Ask:
    return Ask(tuple((name.replace("_", "-"), value) for name, value in headers.items()), peer, host)


def _login(expiry: int = NOW + 60, token: str = TOKEN) -> str:
    return f"{OPERATOR_COOKIE}={login_until(expiry, Settings(token=token))}"


def _settings(**values: Any) -> Settings:
    return Settings(**values)


LOOPBACK = _settings()
LISTED = _settings(cors_origins=(FRONT, "http://localhost:3000", "*"))
BEHIND_PROXY = _settings(trusted_proxies=("127.0.0.1",))
PUBLIC = _settings(host="0.0.0.0", token=TOKEN)
PUBLIC_LISTED = _settings(host="0.0.0.0", token=TOKEN, cors_origins=(FRONT,))
OPEN = _settings(host="0.0.0.0", access="open")
LAMBDA: dict[str, Any] = {"aws.event": {"requestContext": {}}}
BEARER = f"Bearer {TOKEN}"

ACCEPTED = {
    "curl on this machine": (LOOPBACK, _ask()),
    "over IPv6": (_settings(host="::1"), _ask("::1", "[::1]:5000")),
    "an IPv4 caller of an IPv6 socket": (LOOPBACK, _ask("::ffff:127.0.0.1")),
    "another loopback address": (LOOPBACK, _ask("127.9.9.9", "127.9.9.9")),
    "by the name localhost": (LOOPBACK, _ask(host="localhost:8080")),
    "the name in capitals": (LOOPBACK, _ask(host="LocalHost:5000")),
    "a name below localhost, which is this machine by RFC 6761": (LOOPBACK, _ask(host="castmark.localhost")),
    "a server that was told localhost": (_settings(host="localhost"), _ask()),
    "typed into the address bar": (LOOPBACK, _ask(Sec_Fetch_Site="none")),
    "its own page": (LOOPBACK, _ask(Sec_Fetch_Site="same-origin", Origin="http://127.0.0.1:5000")),
    "its own page on the default port": (LOOPBACK, _ask(host="localhost", Origin="http://localhost")),
    "its own page, one with the port written out": (LOOPBACK, _ask(host="localhost:80", Origin="http://localhost")),
    "its own page over HTTPS": (
        LOOPBACK,
        Ask((("Origin", "https://localhost"),), host="localhost:443", scheme="https"),
    ),
    "its own page in capitals": (LOOPBACK, _ask(host="LOCALHOST:1", Origin="http://localhost:1")),
    "a listed front end": (LISTED, _ask(Origin=FRONT, Sec_Fetch_Site="cross-site")),
    "a listed front end on this machine": (LISTED, _ask(Origin="http://localhost:3000", Sec_Fetch_Site="same-site")),
    "a person here, through a trusted proxy here": (BEHIND_PROXY, _ask(X_Forwarded_For="127.0.0.1", X_Real_IP="::1")),
    "through two trusted proxies here": (BEHIND_PROXY, _ask("::1", X_Forwarded_For="::1, 127.0.0.1", Via="1.1 x")),
    "trusted proxies, but asked directly": (BEHIND_PROXY, _ask()),
    "the token": (PUBLIC, _ask("203.0.113.9", "castmark.example", Authorization=BEARER)),
    "the token, its scheme in small letters": (PUBLIC, _ask("203.0.113.9", Authorization=f"bearer  {TOKEN} ")),
    "the token from a foreign page": (PUBLIC, _ask("203.0.113.9", Authorization=BEARER, Origin="https://x.example")),
    "the token through any proxy": (PUBLIC, _ask("10.0.0.1", Authorization=BEARER, X_Forwarded_For="1.2.3.4")),
    "the token, caller unknown": (PUBLIC, _ask(None, None, Authorization=BEARER)),
    "the token in Lambda": (_settings(token=TOKEN), Ask((("Authorization", BEARER),), extra=LAMBDA)),
    "the token to a loopback server behind a proxy": (
        _settings(token=TOKEN),
        _ask(Authorization=BEARER, X_Forwarded_For="203.0.113.9"),
    ),
    "a login": (PUBLIC, _ask("203.0.113.9", "castmark.example", Cookie=_login())),
    "a login among other cookies": (PUBLIC, _ask("203.0.113.9", Cookie=f"a=b; {_login()}; c=d")),
    "a login on its own page, over plain HTTP": (PUBLIC, _silent(Cookie=_login(), Referer="http://127.0.0.1:5000/x")),
    "a login on its own page": (PUBLIC, _ask("203.0.113.9", "c.example", Cookie=_login(), Origin="http://c.example")),
    "a login on a listed front end": (PUBLIC_LISTED, _ask("203.0.113.9", Cookie=_login(), Origin=FRONT)),
    "a login beside Basic, which a proxy wanted": (
        PUBLIC,
        _ask("10.0.0.1", Cookie=_login(), Authorization="Basic eA=="),
    ),
    "a login in Lambda": (
        _settings(token=TOKEN),
        Ask((("Cookie", _login()), ("Sec-Fetch-Site", "same-origin")), "203.0.113.9", extra=LAMBDA),
    ),
    "open to everyone": (OPEN, _ask("203.0.113.9", "castmark.example", Origin="https://x.example")),
    "open, whatever is shown": (OPEN, _ask("203.0.113.9", Authorization="Bearer no")),
}

_MISSING, _UNSET = "send the operator token", "only on the machine where it runs"
_HOST, _PAGE = "by the server's own address", "not this server's own"
_WRONG, _INVALID, _EXPIRED = "the token is wrong", "login is not valid", "login has expired"


def _host(host: str | None) -> tuple[Settings, Ask, int, str]:
    return LOOPBACK, _ask(host=host), 403, _HOST


def _page(**headers: str) -> tuple[Settings, Ask, int, str]:
    return LOOPBACK, _ask(**headers), 403, _PAGE


def _proxied(**headers: str) -> tuple[Settings, Ask, int, str]:
    return LOOPBACK, _ask(**headers), 401, _UNSET


def _cookie(value: str, status: int = 403, reason: str = _INVALID) -> tuple[Settings, Ask, int, str]:
    return PUBLIC, _ask("203.0.113.9", Cookie=f"{OPERATOR_COOKIE}={value}"), status, reason


_GOOD = login_until(NOW + 60, PUBLIC)
_SIGNATURE = _GOOD.partition(".")[2]

REFUSED = {
    # The address.
    "this machine, where a token is set": (_settings(token=TOKEN), _ask(), 401, _MISSING),
    "a wrong token on this machine": (_settings(token=TOKEN), _ask(Authorization="Bearer no"), 403, _WRONG),
    "a login, and nothing that shows whose page asks": (PUBLIC, _silent(Cookie=_login()), 403, _PAGE),
    "a login, asked for by a foreign link": (
        PUBLIC,
        _silent(Cookie=_login(), Referer="http://evil.example/x"),
        403,
        _PAGE,
    ),
    "a stranger": (PUBLIC, _ask("203.0.113.9", "castmark.example"), 401, _MISSING),
    "this machine, where all may ask": (PUBLIC, _ask(), 401, _MISSING),
    "another machine, though it listens here": (LOOPBACK, _ask("10.0.0.7"), 401, _UNSET),
    "an address that is none": (LOOPBACK, _ask("testclient"), 401, _UNSET),
    "an address that begins alike": (LOOPBACK, _ask("127.0.0.1.evil.example"), 401, _UNSET),
    "another machine over an IPv6 socket": (LOOPBACK, _ask("::ffff:10.0.0.7"), 401, _UNSET),
    "no address": (LOOPBACK, _ask(None), 401, _UNSET),
    "every address": (LOOPBACK, _ask("0.0.0.0"), 401, _UNSET),
    "loopback in Lambda": (LOOPBACK, Ask(extra=LAMBDA), 401, _UNSET),
    # A proxy that stands for strangers.
    "Forwarded": _proxied(Forwarded="for=203.0.113.9"),
    "X-Forwarded-For": _proxied(X_Forwarded_For="203.0.113.9"),
    "X-Forwarded-For, lying": _proxied(X_Forwarded_For="127.0.0.1"),
    "X-Forwarded-For, empty": _proxied(X_Forwarded_For=""),
    "X-Forwarded-Host": _proxied(X_Forwarded_Host="127.0.0.1"),
    "X-Forwarded-Proto": _proxied(X_Forwarded_Proto="https"),
    "X-Forwarded-Server, of the same family": _proxied(X_Forwarded_Server="x"),
    "X-Real-IP": _proxied(X_Real_IP="203.0.113.9"),
    "Via": _proxied(Via="1.1 proxy"),
    "a tunnel's CF-Connecting-IP": _proxied(CF_Connecting_IP="203.0.113.9"),
    "nginx as it comes, in HTTP/1.0": (LOOPBACK, Ask(version="1.0"), 401, _UNSET),
    "a stranger through a trusted proxy": (
        BEHIND_PROXY,
        _ask("203.0.113.9", X_Forwarded_For="203.0.113.9"),
        401,
        _UNSET,
    ),
    "a stranger who wrote the list's beginning": (
        _settings(trusted_proxies=("0.0.0.0/0",)),
        _ask("127.0.0.1", X_Forwarded_For="127.0.0.1, 203.0.113.9"),
        401,
        _UNSET,
    ),
    "a second list with a stranger": (
        BEHIND_PROXY,
        Ask((("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "203.0.113.9"))),
        401,
        _UNSET,
    ),
    "a trusted proxy that names its caller otherwise": (BEHIND_PROXY, _ask(X_Real_IP="203.0.113.9"), 401, _UNSET),
    "a trusted proxy that says nothing of its caller": (BEHIND_PROXY, Ask(version="1.0"), 401, _UNSET),
    "a trusted proxy asked by a foreign name": (
        BEHIND_PROXY,
        _ask(X_Forwarded_For="127.0.0.1", X_Forwarded_Host="evil.example"),
        403,
        _HOST,
    ),
    # A foreign name that resolves to this machine.
    "a foreign name": _host("evil.example"),
    "a foreign name with our port": _host("evil.example:5000"),
    "our address as the beginning of a name": _host("127.0.0.1.evil.example"),
    "localhost as the beginning of a name": _host("localhost.evil.example"),
    "localhost as the end of another word": _host("evillocalhost"),
    "localhost with the root's dot": _host("localhost."),
    "nip.io": _host("127.0.0.1.nip.io"),
    "somebody before our address": _host("user:pass@127.0.0.1"),
    "our address as somebody": _host("127.0.0.1:5000@evil.example"),
    "every address as a name": _host("0.0.0.0:5000"),
    "a short form": _host("127.1"),
    "a number": _host("2130706433"),
    "too large a number": _host("127.0.0.256"),
    "a mapped address": _host("[::ffff:127.0.0.1]"),
    "the other IPv6 address": _host("[::]"),
    "an address without its brackets": _host("::1"),
    "a port that is none": _host("localhost:5000x"),
    "a path": _host("localhost/evil.example"),
    "two names": _host("localhost, evil.example"),
    "no name": _host(""),
    "no Host": _host(None),
    "a second Host": (LOOPBACK, Ask((("Host", "evil.example"),)), 403, _HOST),
    "letters that only look alike": _host("ⅼocalhost"),
    # Another page.
    "another page": _page(Origin="https://evil.example", Sec_Fetch_Site="cross-site"),
    "another page, in an old browser": _page(Origin="https://evil.example"),
    "a picture on another page": _page(Sec_Fetch_Site="cross-site"),
    "another server of this machine": _page(Sec_Fetch_Site="same-site"),
    "another port": _page(Origin="http://127.0.0.1:3000"),
    "another scheme": _page(Origin="https://127.0.0.1:5000"),
    "another name of this machine": _page(Origin="http://localhost:5000"),
    "a sandboxed page": _page(Origin="null"),
    "an empty origin": _page(Origin=""),
    "an origin with a path": _page(Origin="http://127.0.0.1:5000/"),
    "an origin with a user": _page(Origin="http://x@127.0.0.1:5000"),
    "an origin that begins alike": _page(Origin="http://127.0.0.1:5000.evil.example"),
    "a page of a file": _page(Origin="file://"),
    "an unknown word": _page(Sec_Fetch_Site="SAME-ORIGIN"),
    "a second origin": (
        LOOPBACK,
        Ask((("Origin", f"http://{_HERE}"), ("Origin", "https://evil.example"))),
        403,
        _PAGE,
    ),
    "a star lists nobody by name": (LISTED, _ask(Origin="https://evil.example"), 403, _PAGE),
    "a star as an origin": (LISTED, _ask(Origin="*"), 403, _PAGE),
    "a listed name as the beginning of another": (LISTED, _ask(Origin=f"{FRONT}.evil.example"), 403, _PAGE),
    "a listed page by a foreign name": (LISTED, _ask(host="evil.example", Origin=FRONT), 403, _HOST),
    # The token.
    "a wrong token": (PUBLIC, _ask("203.0.113.9", Authorization="Bearer a token of sixteem"), 403, _WRONG),
    "a token's beginning": (PUBLIC, _ask("203.0.113.9", Authorization="Bearer a token"), 403, _WRONG),
    "a token and more": (PUBLIC, _ask("203.0.113.9", Authorization=f"{BEARER}!"), 403, _WRONG),
    "a token in capitals": (PUBLIC, _ask("203.0.113.9", Authorization=BEARER.upper()), 403, _WRONG),
    "a token that is not ASCII": (PUBLIC, _ask("203.0.113.9", Authorization="Bearer 口令口令"), 403, _WRONG),
    "a wrong token here, through a proxy": (
        _settings(token=TOKEN),
        _ask(Via="1.1 x", Authorization="Bearer no"),
        403,
        _WRONG,
    ),
    "a wrong token beside a login": (PUBLIC, _ask(Authorization="Bearer no", Cookie=_login()), 403, _WRONG),
    "an empty token": (PUBLIC, _ask("203.0.113.9", Authorization="Bearer "), 401, _MISSING),
    "the token under another scheme": (PUBLIC, _ask("203.0.113.9", Authorization=f"Basic {TOKEN}"), 401, _MISSING),
    "the token alone": (PUBLIC, _ask("203.0.113.9", Authorization=TOKEN), 401, _MISSING),
    "a token where none is set": (LOOPBACK, _ask("10.0.0.7", Authorization=BEARER), 403, "has no operator token"),
    # The login.
    "the token as a cookie": _cookie(TOKEN),
    "an expired login": _cookie(login_until(NOW - 1, PUBLIC), 401, _EXPIRED),
    "a login that expires now": _cookie(login_until(NOW, PUBLIC), 401, _EXPIRED),
    "a login made longer": _cookie(f"{NOW + 999_999}.{_SIGNATURE}"),
    "a login made longer by a zero": _cookie(f"0{_GOOD}"),
    "a login of another token": _cookie(login_until(NOW + 60, _settings(token="another token 16"))),
    "a login without a signature": _cookie(f"{NOW + 60}."),
    "a login without a time": _cookie(f".{_SIGNATURE}"),
    "a login signed with nothing": _cookie(login_until(NOW + 60, LOOPBACK)),
    "a login with one digit changed": _cookie(_GOOD[:-1] + ("0" if _GOOD[-1] != "0" else "1")),
    "a login in capitals": _cookie(_GOOD.upper()),
    "a login with a time that is no number": _cookie(f"1e9.{_SIGNATURE}"),
    "a login with an endless time": _cookie(f"{'9' * 5000}.{_SIGNATURE}"),
    "a login with other digits": _cookie(f"١٢.{_SIGNATURE}"),
    "an empty login": _cookie("", 401, _MISSING),
    "a login where no token is set": (LOOPBACK, _ask("10.0.0.7", Cookie=_login()), 401, _UNSET),
    "a login on another page": (
        PUBLIC,
        _ask("203.0.113.9", "c.example", Cookie=_login(), Origin="https://evil.example"),
        403,
        _PAGE,
    ),
    "a login on another server of the host": (
        PUBLIC,
        _ask("203.0.113.9", "c.example", Cookie=_login(), Sec_Fetch_Site="same-site"),
        403,
        _PAGE,
    ),
    "a login in a sandboxed page": (PUBLIC, _ask("203.0.113.9", Cookie=_login(), Origin="null"), 403, _PAGE),
}


@pytest.mark.parametrize("why", ACCEPTED)
def test_operator(why: str) -> None:
    settings, ask = ACCEPTED[why]
    admission = judge(ask.connection(), settings, NOW)
    assert admission.allowed, admission.reason


@pytest.mark.parametrize("why", REFUSED)
def test_no_operator(why: str) -> None:
    settings, ask, status, reason = REFUSED[why]
    admission = judge(ask.connection(), settings, NOW)
    assert (admission.status, admission.allowed) == (status, False)
    assert admission.reason.startswith("This is for operators: ")
    assert reason in admission.reason
    assert admission.reason.endswith(".")


@pytest.mark.parametrize(
    ("settings", "ask", "guess"),
    [
        (PUBLIC, _ask(Authorization=BEARER), True),
        (PUBLIC, _ask(Authorization="Bearer no"), True),
        (PUBLIC, _ask(Cookie=_login()), True),
        (PUBLIC, _ask(Cookie=_login(token="another token 16")), True),
        (PUBLIC, _ask(Cookie=_login(NOW - 1, "another token 16")), False),
        (PUBLIC, _ask(Cookie=_login(), Origin="null"), False),
        (PUBLIC, _ask(Cookie=f"{OPERATOR_COOKIE}=x"), False),
        (PUBLIC, _ask(), False),
        (LOOPBACK, _ask(), False),
        (LOOPBACK, _ask("10.0.0.7", Authorization="Bearer no"), False),
        (OPEN, _ask(Authorization="Bearer no"), False),
    ],
)
def test_what_lets_the_token_be_guessed_is_a_guess(settings: Settings, ask: Ask, guess: bool) -> None:
    """A cookie is one too: whoever guesses a token can sign a cookie with it."""
    assert judge(ask.connection(), settings, NOW).guess is guess


def test_token_in_any_language() -> None:
    settings = _settings(host="0.0.0.0", token="口令" * 8)
    assert judge(_ask(Authorization=f"Bearer {'口令' * 8}").connection(), settings, NOW).allowed
    assert is_token("口令" * 8, settings)
    assert not is_token("口令" * 7 + "\ud800", settings)


def test_token_is_never_in_the_cookie() -> None:
    assert TOKEN not in login_until(NOW, PUBLIC)
    assert login_until(NOW, PUBLIC).startswith(f"{NOW}.")


def test_no_token_is_right_where_none_is_set() -> None:
    assert not any(is_token(text, LOOPBACK) for text in ("", "None", TOKEN))


def test_secrets_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []
    original = hmac.compare_digest

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return original(one, other)

    monkeypatch.setattr(hmac, "compare_digest", compare)
    judge(_ask(Authorization="Bearer no").connection(), PUBLIC, NOW)
    judge(_ask(Cookie=_login()).connection(), PUBLIC, NOW)
    is_token("no", PUBLIC)
    assert [one for one, _ in compared] == [b"no", _GOOD.encode(), b"no"]
    assert all(isinstance(other, bytes) for _, other in compared)


def test_verdict_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Admission(401, "").status = 200  # type: ignore[misc]
