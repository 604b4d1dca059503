"""The operators' and the clients' rows of the contract through each function's own handler, by every kind of event."""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from handlers.api import MODULES
from handlers.errors import ConfigurationError
from handlers.lambda_ import functions
from handlers.lambda_.functions import handler_of
from handlers.lambda_.handler import LambdaHandler
from tests.clouds import KINDS, event_loop, invoke

TOKEN = "a token of sixteen"
_OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
_FRONT = "https://front.example"
Build = Callable[[str], LambdaHandler]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Build]:
    """Handlers of API modules, built from an environment with a token."""
    settings = {"DATA": str(tmp_path / "data"), "TOKEN": TOKEN, "CORS_ORIGINS": _FRONT}
    for name, value in settings.items():
        monkeypatch.setenv(f"CASTMARK_{name}", value)
    with event_loop():
        yield lambda name: handler_of(importlib.import_module(f"handlers.api.{name}").api)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_getlogs_is_for_operators(build: Build, kind: str, method: str) -> None:
    logs = build("logs")
    refused = invoke(logs, kind, method, "/getlogs", headers={"Origin": _FRONT})
    assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["error"].startswith("This is for operators")
    assert refused.headers["access-control-allow-origin"] == _FRONT
    answer = invoke(logs, kind, method, "/getlogs", headers=_OPERATOR)
    (event,) = answer.json()
    assert answer.status == 200
    assert list(event) == ["timestamp", "event", "result", "remark"]
    assert (event["event"], event["result"]) == ("getlogs", "refused")


def test_loopback_is_nobody_in_the_cloud(build: Build, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASTMARK_TOKEN")
    answer = invoke(
        build("logs"), kind, "GET", "/getlogs", headers={"Host": "127.0.0.1", "X-Forwarded-For": "127.0.0.1"}
    )
    assert answer.status == 401


def test_login_of_one_function_opens_another(build: Build, kind: str) -> None:
    body, headers = b"token=a+token+of+sixteen", {"Content-Type": "application/x-www-form-urlencoded"}
    answer = invoke(build("login"), kind, "POST", "/login", body=body, headers=headers)
    assert answer.status == 200
    cookie = answer.headers["set-cookie"]
    assert "Secure" in cookie
    logs = build("logs")
    own = {"Cookie": cookie.split(";")[0], "Sec-Fetch-Site": "same-origin"}
    assert invoke(logs, kind, "GET", "/getlogs", headers=own).status == 200
    foreign = {"Cookie": cookie.split(";")[0], "Origin": "https://evil.example"}
    assert invoke(logs, kind, "GET", "/getlogs", headers=foreign).status == 403


@pytest.mark.parametrize("path", ["/", "/web/page.js", "/web/icon.svg"])
def test_page_is_only_confirmed_where_the_browser_has_it(build: Build, kind: str, path: str) -> None:
    page = build("page")
    first = invoke(page, kind, "GET", path)
    assert first.status == 200
    again = invoke(page, kind, "GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("route", ["adduuid", "removeuuid"])
def test_clients_may_register(build: Build, kind: str, method: str, route: str) -> None:
    clients = build("clients")
    answer = invoke(clients, kind, method, f"/{route}", "uuid=c-1")
    assert (answer.status, list(answer.json())) == (200, ["result"])
    assert invoke(clients, kind, method, f"/{route}").status == 400


@pytest.mark.parametrize("name", MODULES)
def test_each_api_has_a_handler_that_is_built_once(name: str, build: Build) -> None:  # noqa: ARG001  its environment
    functions._built.cache_clear()
    assert getattr(functions, name) is getattr(functions, name)
    functions._built.cache_clear()


def test_what_is_no_function_is_not_there() -> None:
    assert not hasattr(functions, "other") and not hasattr(functions, "handler")


def test_handler_reads_its_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch, build: Build) -> None:
    monkeypatch.setenv("CASTMARK_PORT", "no number")
    with pytest.raises(ConfigurationError, match="CASTMARK_PORT"):
        build("test")
