"""One table: every route, for everyone who may ask for it, from everywhere."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from handlers.access.operator import OPERATOR_COOKIE, named_login
from handlers.access.roles import Role
from handlers.api import all_apis
from handlers.function import build_app
from handlers.settings import Settings

_TOKEN = "a token of sixteen"
_ROUTES = [
    (method, route.path(Settings()).replace("{name}", "page.js"), route.name)
    for api in all_apis()
    for route in api.routes
    for method in route.methods
]
_FOR_READERS = {"readings", "reading", "evidence", "export", "getdatabase"}
_FOR_REVIEWERS = {"correct", "confirm", "promise"}
_FOR_OPERATORS = {"command", "getlogs", "molds", "tokens", "issue", "revoke", "check", "/metrics", "outbox", "resend"}
_FOR_OPERATORS |= {"teaching", "teach"}
_GUARDED = _FOR_READERS | _FOR_REVIEWERS | _FOR_OPERATORS
_OWN_PAGES = {"/login", "/logout"}
_CHANGING = {"upload", "start", "clear", "command", "adduuid", "removeuuid", "presign"}
_CHANGING |= {"correct", "confirm", "molds", "issue", "revoke", "resend", "teach"}
_LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
_FETCH = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": "http://evil.example"}
_BEARER = {"Authorization": f"Bearer {_TOKEN}"}

# Who asks: the server's settings, his address, the Host he asks for, his headers.
_LAPTOP: dict[str, str] = {}
_SHARED, _OPEN = {"host": "0.0.0.0", "token": _TOKEN}, {"host": "0.0.0.0", "access": "open"}
_WHO: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {
    "a program of this machine": (_LAPTOP, "127.0.0.1", {}),
    "a link to a laptop": (_LAPTOP, "127.0.0.1", _LINK),
    "a fetch of a laptop": (_LAPTOP, "127.0.0.1", _FETCH),
    "a foreign name of a laptop": (_LAPTOP, "127.0.0.1", {"Host": "evil.example"}),
    "a stranger": (_SHARED, "10.0.0.9", {}),
    "a stranger on this machine": (_SHARED, "127.0.0.1", {}),
    "a wrong token": (_SHARED, "10.0.0.9", {"Authorization": "Bearer wrong"}),
    "a forged login": (
        _SHARED,
        "10.0.0.9",
        {"Cookie": f"{OPERATOR_COOKIE}=9999999999.{'0' * 64}", "Sec-Fetch-Site": "none"},
    ),
    "the token": (_SHARED, "10.0.0.9", _BEARER),
    **{f"a {role}'s token": (_SHARED, "10.0.0.9", {"Authorization": role}) for role in Role},
    **{f"a {role}'s login": (_SHARED, "10.0.0.9", {"Cookie": role, "Sec-Fetch-Site": "same-origin"}) for role in Role},
    "a link with a named login": (_SHARED, "10.0.0.9", {"Cookie": "operator", **_LINK}),
    "a token that was revoked": (_SHARED, "10.0.0.9", {"Authorization": "revoked"}),
    "a login of a token that was revoked": (_SHARED, "10.0.0.9", {"Cookie": "revoked", "Sec-Fetch-Site": "none"}),
    "a token that nobody has": (_SHARED, "10.0.0.9", {"Authorization": "Bearer castmark_wrong"}),
    "a link with the token's cookie": (_SHARED, "10.0.0.9", _LINK),
    "a fetch from a page that is not listed": (_SHARED, "10.0.0.9", _FETCH),
    "anyone where access is open": (_OPEN, "10.0.0.9", _FETCH),
}


def _expected(who: str, name: str) -> bool:
    """Whether he gets beyond the door."""
    if who == "a foreign name of a laptop":
        return False
    if who == "anyone where access is open":
        return name not in _OWN_PAGES
    if who.startswith("a link ") or who == "a fetch from a page that is not listed":
        return name not in _CHANGING | _GUARDED | _OWN_PAGES
    if who == "a fetch of a laptop":
        return name not in _GUARDED | _OWN_PAGES
    if who in ("a reader's token", "a reader's login"):
        return name not in _FOR_REVIEWERS | _FOR_OPERATORS
    if who in ("a reviewer's token", "a reviewer's login"):
        return name not in _FOR_OPERATORS
    everything = ("a program of this machine", "the token", "a operator's token", "a operator's login")
    return name not in _GUARDED or who in everything


@pytest.fixture(scope="module", params=_WHO)
def asking(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, TestClient]]:
    settings, address, headers = _WHO[request.param]
    app = build_app(Settings.model_validate({"data": tmp_path_factory.mktemp("data"), **settings}), all_apis())
    app.state.patience._sleep = _at_once
    headers = {name: _issued(app, name, value) for name, value in headers.items()}
    with TestClient(app, "http://127.0.0.1:5000", client=(address, 1), headers=headers) as client:
        yield request.param, client
    app.state.rooms.close()


def _issued(app: FastAPI, header: str, value: str) -> str:
    """A token of the role that a header names in its place, or a login by it."""
    if value not in (*Role, "revoked"):
        return value
    tokens = app.state.rooms.tokens
    text = tokens.issue(value, Role.OPERATOR if value == "revoked" else Role(value), "operator")
    secret = tokens.log_in(text, 60)
    if value == "revoked":
        tokens.revoke(value, "operator")
    return f"Bearer {text}" if header == "Authorization" else f"{OPERATOR_COOKIE}={named_login(secret)}"


async def _at_once(_: float) -> None: ...


def test_who_may_ask_for_what(asking: tuple[str, TestClient]) -> None:
    who, client = asking
    params = {"command": "help", "id": "1", "text": "11", "name": "x"}
    wrong = []
    for method, path, name in _ROUTES:
        # Whoever logs out would be a stranger in what comes after.
        headers = {"Cookie": ""} if path == "/logout" else {}
        status = client.request(method, path, headers=headers, params=params).status_code
        if (status not in (401, 403)) is not _expected(who, name):
            wrong.append(f"{method} {path}: {status}")
    assert wrong == []
