"""From declarations to apps: names, errors, and one handler a module."""

from collections.abc import Callable

import pytest
from fastapi.responses import JSONResponse
from starlette.testclient import TestClient

from handlers.api import all_apis
from handlers.errors import QueueFull
from handlers.function import Api, build_app
from handlers.settings import Routes, Settings

_failing = Api()


@_failing.route("test")
async def unforeseen() -> JSONResponse:
    raise RuntimeError("the password is 1234")


@_failing.route("start")
async def foreseen() -> JSONResponse:
    raise QueueFull("Too much is waiting.", position=7)


@pytest.fixture
def failing() -> TestClient:
    return TestClient(build_app(Settings(), [_failing]), raise_server_exceptions=False)


def test_foreseen_error_is_a_sentence_with_its_status_headers_and_facts(failing: TestClient) -> None:
    answer = failing.get("/start")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"
    assert answer.json() == {"error": "Too much is waiting.", "info": "Too much is waiting.", "position": 7}


def test_unforeseen_error_is_an_id_and_never_its_text(failing: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = failing.get("/test", headers={"Origin": "http://front.example"})
    assert answer.status_code == 500
    assert "1234" not in answer.text
    incident = answer.json()["error"].split()[-1].rstrip(".")
    assert incident in caplog.text
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-request-id"]


def test_unknown_address_and_method_are_json_too(client: TestClient) -> None:
    assert "error" in client.get("/nowhere").json()
    answer = client.get("/upload")
    assert answer.status_code == 405
    assert "error" in answer.json()


def test_wrong_parameter_is_a_sentence_that_names_it(client: TestClient) -> None:
    answer = client.get("/start?detail=perhaps")
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The parameter detail is wrong:")
    assert answer.json()["info"] == answer.json()["error"]


def test_every_api_can_be_renamed(make_client: Callable[..., TestClient]) -> None:
    keys = [route.name for api in all_apis() for route in api.routes if not route.name.startswith("/")]
    client = make_client(routes={key: f"x-{key}" for key in keys})
    for key in keys:
        assert client.post(f"/x-{key}").status_code not in (404, 405) or key == "start", key
        assert client.post(f"/{key}").status_code == 404, key
    assert client.post("/x-start").json()["info"].startswith("There is nothing to read")


def test_every_key_of_the_route_settings_is_declared_once() -> None:
    keys = [route.name for api in all_apis() for route in api.routes]
    assert len(keys) == len(set(keys))
    assert set(Routes.model_fields) >= {key for key in keys if not key.startswith("/")}


def test_base_path_ends_at_a_slash(make_client: Callable[..., TestClient]) -> None:
    client = make_client(base_path="/v1")
    assert client.get("/v1/test").status_code == 200
    assert client.get("/v1beta/test").status_code == 404
    assert client.get("/test").status_code == 200, "a proxy may have stripped it already"


def test_two_apps_share_nothing(make_settings: Callable[..., Settings]) -> None:
    one, other = (build_app(make_settings(), all_apis()) for _ in range(2))
    assert one.state.rooms is not other.state.rooms
