"""The documentation is correct: complete, unambiguous, and what the server really does."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from docs.write_openapi import FILE, document
from handlers.access.roles import GUARDED
from handlers.api import all_apis
from handlers.settings import Settings
from tests.hard.lasting import TIMES

# "One of these two parameters" cannot be said in OpenAPI: a request with neither is valid by it, and refused.
_NOT_EXPRESSIBLE: list[CheckFunction] = [positive_data_acceptance]
_ROUTES = [route for api in all_apis() for route in api.routes if route.docs.get("include_in_schema", True)]
_PATHS = [route.path(Settings()) for route in _ROUTES]
_TOKEN = "a token of sixteen"


@pytest.fixture
def schema(make_app: Callable[..., FastAPI]) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/openapi.json", make_app())


def test_every_api_is_documented_under_its_name(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert {path: set(methods) for path, methods in paths.items()} == {
        route.path(Settings()): {method.lower() for method in route.methods} for route in _ROUTES
    }


def test_operators_routes_say_what_to_show(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert (schemes["login"]["type"], schemes["login"]["name"]) == ("apiKey", "castmark_operator")
    for route in _ROUTES:
        for operation in document["paths"][route.path(Settings())].values():
            for_operators = route.name in GUARDED
            assert (operation.get("security") == [{"token": []}, {"login": []}]) is for_operators
            assert ({"401", "403"} <= set(operation["responses"])) is for_operators


def test_operations_say_what_they_do_and_what_they_answer(client: TestClient) -> None:
    ids = []
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation["summary"]
            assert operation["responses"]["200"]["content"]
            assert operation.get("deprecated", False) is (path in ("/getpicture", "/info", "/isHTTPS"))
            assert all(parameter.get("description") for parameter in operation.get("parameters", []))
    assert len(ids) == len(set(ids))


def test_upload_takes_files_under_any_name(client: TestClient) -> None:
    upload = client.get("/openapi.json").json()["paths"]["/upload"]["post"]
    assert (
        upload["requestBody"]["content"]["multipart/form-data"]["schema"]["additionalProperties"]["format"] == "binary"
    )


@pytest.mark.parametrize("path", _PATHS)
def test_server_does_what_it_says(schema: BaseSchema, path: str) -> None:
    """Any request that the documentation allows, and many that it does not: no 5xx, no undocumented answer."""
    _try_out(schema, path)


@pytest.mark.parametrize("path", ["/login", *(r.path(Settings()) for r in _ROUTES if r.name in GUARDED)])
def test_guarded_server_does_what_it_says(make_app: Callable[..., FastAPI], path: str) -> None:
    """To strangers, to whoever guesses, and to operators."""
    app = make_app(host="0.0.0.0", token=_TOKEN)
    app.state.patience.settle = _settle_at_once
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    _try_out(schema, path)
    _try_out(schema, path, headers={"Authorization": f"Bearer {_TOKEN}"})


async def _settle_at_once(_: str, *, right: bool) -> None:
    """Nobody waits here."""


def _try_out(schema: BaseSchema, path: str, **options: Any) -> None:
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    mine = [operation for operation in operations if operation.path == path]
    assert mine
    for operation in mine:

        @trying(max_examples=8 * TIMES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def try_out(case: Case[Any]) -> None:
            case.call_and_validate(excluded_checks=_NOT_EXPRESSIBLE, **options)

        try_out()


def test_document_in_the_repository_is_what_the_server_says() -> None:
    """A change of it is a change for callers: `python -m docs.write_openapi` takes it over, the diff shows which."""
    assert FILE.read_text("utf-8") == document()
