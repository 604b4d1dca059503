"""The documentation is correct: complete, unambiguous, and what the server really does."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance
from starlette.testclient import TestClient

from handlers.api import MODULES, all_apis
from handlers.function import build_app
from handlers.settings import Settings

# "One of these two parameters" cannot be said in OpenAPI: a request with neither is valid by it, and refused.
_NOT_EXPRESSIBLE: list[CheckFunction] = [positive_data_acceptance]


@pytest.fixture
def schema(make_settings: Callable[..., Settings]) -> BaseSchema:
    app = build_app(make_settings(), all_apis())
    return schemathesis.openapi.from_asgi("/openapi.json", app)


def test_every_api_is_documented_under_its_name(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {"/isHTTPS" if name == "ishttps" else f"/{name}" for name in MODULES if name != "page"}
    for path, methods in paths.items():
        assert set(methods) == ({"post"} if path == "/upload" else {"get", "post"})


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


@pytest.mark.parametrize("name", [name for name in MODULES if name != "page"])
def test_server_does_what_it_says(schema: BaseSchema, name: str) -> None:
    """Any request that the documentation allows, and many that it does not: no 5xx, no undocumented answer."""
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    mine = [operation for operation in operations if operation.path.lower() == f"/{name}"]
    assert mine
    for operation in mine:

        @trying(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def try_out(case: Case[Any]) -> None:
            case.call_and_validate(excluded_checks=_NOT_EXPRESSIBLE)

        try_out()
