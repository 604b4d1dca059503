"""What a browser may be made to ask for by a page that is not ours: nothing by another name, and no change."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from handlers.access.sites import Sites
from handlers.settings import Settings

_FRONT = "http://front.example"
_HERE = "127.0.0.1:5000"


def _asked(path: str = "/clear", address: str = "127.0.0.1", **headers: str) -> HTTPConnection:
    pairs = {"host": _HERE} | {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPConnection(
        {
            "type": "http",
            "scheme": "http",
            "path": path,
            "client": (address, 1),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in pairs.items() if value],
        }
    )


@pytest.mark.parametrize("path", ["/", "/test", "/info", "/getpicture", "/clear", "/docs", "/login", "/nowhere"])
def test_foreign_name_on_loopback_is_refused_on_every_route(path: str) -> None:
    said = Sites(Settings()).objection(_asked(path, host="evil.example:5000"))
    assert said is not None and "CASTMARK_HOSTS" in said
    assert Sites(Settings()).objection(_asked(path)) is None


@pytest.mark.parametrize(
    ("settings", "host", "address", "allowed"),
    [
        ({}, "localhost", "127.0.0.1", True),
        ({}, "castmark.localhost:5000", "127.0.0.1", True),
        ({}, "[::1]:5000", "::1", True),
        ({}, "", "127.0.0.1", False),
        ({}, "127.0.0.1.evil.example", "127.0.0.1", False),
        ({"hosts": "foundry.example"}, "foundry.example", "127.0.0.1", True),
        ({"hosts": "foundry.example"}, "FOUNDRY.example", "127.0.0.1", True),
        ({"hosts": "foundry.example"}, "foundry.example:81", "127.0.0.1", False),
        ({"hosts": "foundry.example"}, _HERE, "127.0.0.1", True),
        ({"hosts": "foundry.example", "host": "0.0.0.0"}, "evil.example", "10.0.0.9", False),
        ({"hosts": "foundry.example", "host": "0.0.0.0"}, "localhost", "10.0.0.9", False),
        ({"trusted_proxies": "127.0.0.1"}, "foundry.example", "127.0.0.1", True),
        ({"host": "0.0.0.0"}, "any.example", "10.0.0.9", True),
    ],
)
def test_names_that_are_answered(settings: dict[str, Any], host: str, address: str, allowed: bool) -> None:
    assert (Sites(Settings(**settings)).objection(_asked("/test", address, host=host)) is None) is allowed


_EVIL = {"sec_fetch_site": "cross-site", "referer": "http://evil.example/x"}


@pytest.mark.parametrize(
    ("headers", "settings", "allowed"),
    [
        ({}, {}, True),
        ({"sec_fetch_site": "same-origin", "sec_fetch_mode": "cors"}, {}, True),
        ({"sec_fetch_site": "none", "sec_fetch_mode": "navigate"}, {}, True),
        (_EVIL | {"sec_fetch_mode": "navigate"}, {}, False),
        (_EVIL | {"sec_fetch_mode": "no-cors"}, {}, False),
        (_EVIL | {"sec_fetch_mode": "navigate", "origin": "null"}, {}, False),
        (_EVIL | {"sec_fetch_mode": "cors", "origin": _FRONT}, {}, True),
        (_EVIL | {"sec_fetch_mode": "cors", "origin": _FRONT}, {"cors_origins": "http://other.example"}, False),
        (_EVIL | {"sec_fetch_mode": "cors", "origin": _FRONT}, {"cors_origins": _FRONT}, True),
        (_EVIL | {"sec_fetch_mode": "cors", "origin": _FRONT}, {"host": "0.0.0.0"}, False),
        (_EVIL | {"sec_fetch_mode": "navigate"}, {"access": "open"}, True),
        ({"referer": "http://evil.example/x"}, {}, False),
        ({"referer": f"http://{_HERE}/"}, {}, True),
        ({"origin": _FRONT, "referer": f"{_FRONT}/x"}, {"host": "0.0.0.0"}, False),
        ({"origin": f"http://{_HERE}"}, {"host": "0.0.0.0"}, True),
        ({"origin": _FRONT}, {"host": "0.0.0.0", "cors_origins": _FRONT}, True),
    ],
)
def test_other_sites_change_nothing_but_by_cors(
    headers: dict[str, str], settings: dict[str, Any], allowed: bool
) -> None:
    sites = Sites(Settings(**settings))
    for path in ("/clear", "/removeuuid", "/start", "/upload"):
        assert (sites.objection(_asked(path, **headers)) is None) is allowed
    assert sites.objection(_asked("/test", **headers)) is None


def test_link_on_another_site_does_not_delete(client: TestClient, picture: Callable[..., bytes]) -> None:
    client.post("/upload", files={"f": ("1.png", picture())}).raise_for_status()
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    for target in ("/clear", "//clear/", "/removeuuid?uuid=x"):
        answer = client.get(f"http://testserver{target}", headers=link)
        assert (answer.status_code, "CASTMARK_CORS_ORIGINS" in answer.json()["error"]) == (403, True)
    assert client.get("/info").json()["file_count"] == 1
    assert client.get("/clear").json() == "Delete"


@pytest.mark.parametrize(("path", "kept"), [("/info", "no-store"), ("/test", "no-store"), ("/", "private, no-cache")])
def test_private_answers_are_not_kept(client: TestClient, path: str, kept: str) -> None:
    assert client.get(path).headers["cache-control"] == kept
    assert client.get("/nowhere").headers["cache-control"] == "no-store"
