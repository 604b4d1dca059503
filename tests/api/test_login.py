"""Logging in and out, and what a login opens; the waits are skipped, `tests/test_patience.py` has them."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.access.patience import Patience
from handlers.access.roles import Role

TOKEN = "a token of sixteen"
_OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
_EVIL = {"Origin": "https://evil.example"}
_FRONT = "https://front.example"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def guarded(make_client: Callable[..., TestClient], waits: list[float]) -> TestClient:
    return _with_quick_waits(make_client(host="0.0.0.0", token=TOKEN), waits)


def _with_quick_waits(client: TestClient, waits: list[float]) -> TestClient:
    """Waits are written down, and over at once."""
    clock = [1000.0]

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    client.app.state.patience = Patience(lambda: clock[0], sleep)  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"token": TOKEN}},
        {"data": {"token": TOKEN}},
        {"content": b'{"token": "a token of sixteen"}', "headers": {"Content-Type": "application/json; charset=utf-8"}},
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\na token of sixteen\r\n--b--\r\n',
            "headers": {"Content-Type": "multipart/form-data; boundary=b"},
        },
    ],
)
def test_login_opens_what_is_for_operators_until_logout(
    guarded: TestClient, waits: list[float], sent: dict[str, Any]
) -> None:
    assert guarded.get("/getlogs").status_code == 401
    answer = guarded.post("/login", **sent)
    assert (answer.status_code, answer.json()["expires_in"]) == (200, 12 * 3600)
    assert answer.headers["cache-control"] == "no-store"
    assert guarded.get("/getlogs", headers=_OWN_PAGE).status_code == 200
    assert guarded.post("/logout").status_code == 200
    assert guarded.get("/getlogs").status_code == 401
    assert waits == []


def test_cookie_is_guarded_and_does_not_hold_the_token(guarded: TestClient) -> None:
    cookie = guarded.post("/login", json={"token": TOKEN}).headers["set-cookie"]
    assert all(
        part in cookie for part in ("castmark_operator=", "HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/")
    )
    assert "Secure" not in cookie
    assert "token" not in cookie


def test_cookie_is_secure_over_https(make_client: Callable[..., TestClient]) -> None:
    client = TestClient(make_client(host="0.0.0.0", token=TOKEN).app, base_url="https://castmark.example")
    assert "Secure" in client.post("/login", json={"token": TOKEN}).headers["set-cookie"]
    assert client.get("/getlogs", headers=_OWN_PAGE).status_code == 200


def test_wrong_token_is_refused_slowed_down_and_noted(guarded: TestClient, waits: list[float]) -> None:
    for _ in range(2):
        answer = guarded.post("/login", json={"token": "another token 16"})
        assert (answer.status_code, answer.json()["error"]) == (403, "This is not the operator token.")
        assert "set-cookie" not in answer.headers
    assert guarded.get("/getlogs", headers={"Authorization": "Bearer no"}).status_code == 403
    assert waits == [0.5, 1, 2]
    events = guarded.get("/getlogs", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert [(event["event"], event["result"]) for event in events] == [("login", "refused")] * 2 + [
        ("getlogs", "refused")
    ]
    assert "another token" not in str(events)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 400),
        ({"json": {}}, 400),
        ({"json": {"token": ""}}, 400),
        ({"json": {"token": None}}, 400),
        ({"json": {"token": ["x"]}}, 400),
        ({"json": [TOKEN]}, 400),
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"[" * 10_000, "headers": {"Content-Type": "application/json"}}, 400),
        ({"content": b"\xff", "headers": {"Content-Type": "application/json"}}, 400),
        ({"data": {"other": "x"}}, 400),
        ({"files": {"token": ("token", TOKEN)}}, 400),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400),
        ({"content": b"x" * 20_000}, 413),
        ({"content": iter([b"x" * 20_000])}, 413),
        ({"content": b'{"token": "\\ud800"}', "headers": {"Content-Type": "application/json"}}, 403),
    ],
)
def test_what_is_no_login(guarded: TestClient, sent: dict[str, Any], status: int) -> None:
    answer = guarded.post("/login", **sent)
    assert answer.status_code == status, answer.text
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("path", ["/login", "/logout"])
def test_foreign_pages_log_nobody_in_or_out(guarded: TestClient, waits: list[float], path: str) -> None:
    for headers in (_EVIL, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = guarded.post(path, json={"token": TOKEN}, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert waits == []


def test_listed_page_may_log_in(make_client: Callable[..., TestClient]) -> None:
    client = make_client(host="0.0.0.0", token=TOKEN, cors_origins=(_FRONT,))
    listed = {"Origin": _FRONT}
    answer = client.post("/login", json={"token": TOKEN}, headers=listed)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, _FRONT)
    assert client.get("/getlogs", headers=listed).status_code == 200
    assert client.get("/getlogs", headers=_EVIL).status_code == 403


def test_login_where_no_token_is_set(client: TestClient) -> None:
    answer = client.post("/login", json={"token": TOKEN})
    assert answer.status_code == 404
    assert "No operator token is set" in answer.json()["error"]


def _issued(client: TestClient, name: str, role: str) -> str:
    token: str = client.app.state.rooms.tokens.issue(name, Role(role), "operator")  # type: ignore[attr-defined]
    return token


def test_named_token_logs_in_by_its_role_until_it_is_logged_out(guarded: TestClient, waits: list[float]) -> None:
    token = _issued(guarded, "Line 3", "reviewer")
    cookie = guarded.post("/login", json={"token": token}).headers["set-cookie"]
    assert token not in cookie and all(part in cookie for part in ("HttpOnly", "SameSite=strict"))
    assert guarded.get("/readings", headers=_OWN_PAGE).status_code == 200
    refused = guarded.get("/getlogs", headers=_OWN_PAGE)
    assert (refused.status_code, "the token of Line 3 is a reviewer's" in refused.json()["error"]) == (403, True)
    old = guarded.cookies["castmark_operator"]
    assert guarded.post("/logout", headers=_OWN_PAGE).status_code == 200
    assert guarded.get("/readings", headers=_OWN_PAGE | {"Cookie": f"castmark_operator={old}"}).status_code == 401
    assert waits == []


def test_revoked_token_ends_its_logins(guarded: TestClient) -> None:
    token = _issued(guarded, "Line 3", "operator")
    guarded.post("/login", json={"token": token})
    operator = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.post("/revoke?name=Line 3", headers=operator).status_code == 200
    assert guarded.get("/getlogs", headers=_OWN_PAGE).status_code == 401
    assert guarded.post("/login", json={"token": token}).status_code == 403


def test_whoever_asks_is_told_what_he_may_do(guarded: TestClient) -> None:
    nobody = {"role": "", "name": "", "logged_in": False}
    assert guarded.get("/whoami").json() == nobody
    own = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/whoami", headers=own).json() == nobody | {"role": "operator"}
    guarded.post("/login", json={"token": _issued(guarded, "Line 3", "reader")})
    told = guarded.get("/whoami", headers=_OWN_PAGE).json()
    assert told == {"role": "reader", "name": "Line 3", "logged_in": True}
    assert guarded.get("/whoami").json() == nobody, "a cookie alone, over plain HTTP, shows nobody"


def test_named_token_logs_in_where_no_operator_token_is_set(client: TestClient) -> None:
    assert client.post("/login", json={"token": _issued(client, "A", "reader")}).status_code == 200


def test_login_is_asked_with_post_only(guarded: TestClient) -> None:
    assert guarded.get(f"/login?token={TOKEN}").status_code == 405


def test_tampered_cookie_opens_nothing_and_is_a_guess(guarded: TestClient, waits: list[float]) -> None:
    guarded.post("/login", json={"token": TOKEN})
    expiry, signature = guarded.cookies["castmark_operator"].split(".")
    guarded.cookies.clear()
    cookie = _OWN_PAGE | {"Cookie": f"castmark_operator={int(expiry) + 60}.{signature}"}
    assert guarded.get("/getlogs", headers=cookie).status_code == 403
    assert waits == [0.5]
