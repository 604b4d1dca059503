"""Who the caller is, and who may call what."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from handlers.access.caller import SESSION_COOKIE, Caller, caller_of, caller_with, new_session
from handlers.access.roles import GUARDED
from handlers.function import Api, build_app
from handlers.settings import Routes, Settings

TOKEN = "a token of sixteen"


def _caller(query: str = "", cookie: str = "", address: str = "10.0.0.1", agent: str = "curl/8") -> Caller:
    headers = [(b"user-agent", agent.encode())] + ([(b"cookie", cookie.encode())] if cookie else [])
    scope = {"type": "http", "query_string": query.encode(), "headers": headers, "client": (address, 1)}
    return caller_of(HTTPConnection(scope))


def test_uuid_is_who_one_is_wherever_one_comes_from() -> None:
    assert _caller("uuid=7") == _caller("uuid=7", address="10.0.0.2", agent="x", cookie=f"{SESSION_COOKIE}=a")
    assert _caller("uuid=7") == caller_with("7")
    assert _caller("uuid=7").uuid == "7"


def test_cookie_comes_before_the_address() -> None:
    with_cookie = _caller(cookie=f"{SESSION_COOKIE}=a")
    assert with_cookie == _caller(cookie=f"{SESSION_COOKIE}=a", address="10.0.0.2")
    assert with_cookie != _caller()


def test_address_and_agent_together_are_the_last_resort() -> None:
    assert _caller() == _caller()
    assert len({_caller().owner, _caller(address="10.0.0.2").owner, _caller(agent="wget").owner}) == 3


def test_empty_uuid_is_none() -> None:
    assert _caller("uuid=") == _caller()


def test_same_word_as_uuid_and_cookie_is_two_callers() -> None:
    assert _caller("uuid=a") != _caller(cookie=f"{SESSION_COOKIE}=a")


def test_owner_is_safe_in_paths_and_tells_nothing() -> None:
    owner = caller_with("../../etc/\0passwd" * 99).owner
    assert len(owner) == 32
    assert set(owner) <= set("0123456789abcdef")
    assert "secret" not in caller_with("secret").owner


def test_sessions_are_unguessable_and_different() -> None:
    assert len({new_session() for _ in range(100)}) == 100
    assert len(new_session()) >= 32


def test_connection_without_an_address_is_a_caller_too() -> None:
    scope: dict[str, Any] = {"type": "http", "query_string": b"", "headers": [], "client": None}
    assert len(caller_of(HTTPConnection(scope)).owner) == 32


class TestTable:
    """Operators only, for what the table names and under any name; everyone, for the rest."""

    @pytest.fixture
    def client(self, make_settings: Callable[..., Settings]) -> TestClient:
        api = Api()
        for name in Routes.model_fields:
            api.route(name)(_answering(name))
        names = {name: f"x-{name}" for name in GUARDED & set(Routes.model_fields)}
        settings = make_settings(host="0.0.0.0", token=TOKEN, routes=names)
        return TestClient(build_app(settings, [api]))

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("name", sorted(GUARDED & set(Routes.model_fields)))
    def test_operators_only(self, client: TestClient, name: str, method: str) -> None:
        refused = client.request(method, f"/x-{name}")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.request(method, f"/x-{name}?number=1", headers=right).json() == name

    def test_door_opens_before_a_parameter_is_looked_at(self, client: TestClient) -> None:
        assert client.get("/x-command?number=none").status_code == 401
        wrong = client.get("/x-command?number=none", headers={"Authorization": f"Bearer {TOKEN}"})
        assert wrong.status_code == 400

    @pytest.mark.parametrize("name", sorted(set(Routes.model_fields) - GUARDED))
    def test_everyone(self, client: TestClient, name: str) -> None:
        assert client.get(f"/{getattr(Routes(), name)}").json() == name


def _answering(name: str) -> Callable[..., Any]:
    async def answer(number: int = 0) -> JSONResponse:  # noqa: ARG001  there to be wrong
        return JSONResponse(name)

    answer.__name__ = name
    return answer
