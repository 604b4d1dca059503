"""Every trap of the adapter between API Gateway and ASGI, closed."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from handlers.api import test as test_api
from handlers.errors import ConfigurationError
from handlers.function import build_app
from handlers.lambda_.handler import LambdaHandler, to_lambda
from handlers.settings import Settings
from tests.clouds import KINDS, Context, answer_of, event, event_loop, golden, invoke


@pytest.fixture(autouse=True)
def _loop() -> Iterator[None]:
    with event_loop():
        yield


def _answering(**response: Any) -> LambdaHandler:
    app = FastAPI()

    @app.get("/x")
    async def x() -> Response:
        return Response(**response)

    return to_lambda(app)


@pytest.mark.parametrize("kind", KINDS)
def test_start_up_and_shut_down_do_not_run_on_every_invocation(kind: str) -> None:
    runs = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        runs.append("up")
        yield
        runs.append("down")

    app = FastAPI(lifespan=lifespan)
    handler = to_lambda(app)
    for _ in range(2):
        invoke(handler, kind, "GET", "/x")
    assert runs == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "media_type",
    ["application/problem+json", "image/svg+xml", "application/x-ndjson", "application/json", "text/html"]
    + ["application/vnd.oai.openapi+json", "text/javascript; charset=utf-8"],
)
def test_text_goes_out_as_text(kind: str, media_type: str) -> None:
    result = _answering(content="{}", media_type=media_type)(event(kind, "GET", "/x"), Context())
    assert (result["body"], result["isBase64Encoded"]) == ("{}", False)


@pytest.mark.parametrize("kind", KINDS)
def test_binary_goes_out_byte_for_byte(kind: str) -> None:
    every_byte = bytes(range(256)) * 9
    answer = invoke(_answering(content=every_byte, media_type="image/png"), kind, "GET", "/x")
    assert answer.body == every_byte


@pytest.mark.parametrize("kind", KINDS)
def test_binary_comes_in_byte_for_byte(kind: str) -> None:
    app = FastAPI()

    @app.post("/x")
    async def x(request: Request) -> Response:
        return Response(await request.body(), media_type="application/octet-stream")

    every_byte = bytes(range(256)) * 9
    assert invoke(to_lambda(app), kind, "POST", "/x", body=every_byte).body == every_byte


@pytest.mark.parametrize("kind", KINDS)
def test_stage_is_stripped_at_a_slash_only(kind: str) -> None:
    handler = to_lambda(build_app(Settings(), [test_api.api]))
    assert invoke(handler, kind, "GET", "/test", stage="v1").status == 200
    if kind != "rest_v1":  # a REST API's path never holds the stage
        assert invoke(handler, kind, "GET", "beta/test", stage="v1").status == 404


@pytest.mark.parametrize("kind", KINDS)
def test_base_path_is_stripped_at_a_slash_only(kind: str) -> None:
    handler = to_lambda(build_app(Settings(base_path="/v1"), [test_api.api]))
    assert invoke(handler, kind, "GET", "/v1/test").status == 200
    assert invoke(handler, kind, "GET", "/v1beta/test").status == 404


@pytest.mark.parametrize("kind", KINDS)
def test_addresses_in_answers_hold_the_stage(kind: str) -> None:
    app = FastAPI()

    @app.get("/x")
    async def x(request: Request) -> JSONResponse:
        return JSONResponse(str(request.base_url))

    assert invoke(to_lambda(app), kind, "GET", "/x", stage="v1").json().endswith("/v1/")


@pytest.mark.parametrize("kind", KINDS)
def test_headers_that_are_nobodys_business_stay_inside(kind: str) -> None:
    hidden = {"Server": "x", "Connection": "close", "X-Powered-By": "y", "X-Kept": "z"}
    answer = invoke(_answering(content="", headers=hidden), kind, "GET", "/x")
    assert answer.headers["x-kept"] == "z"
    assert not {"server", "connection", "x-powered-by"} & answer.headers.keys()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "media_type"),
    [(b"\xff" * 4_718_560, "image/png"), (b"a" * 6_300_000, "text/plain"), (b'"' * 3_200_000, "text/plain")],
)
def test_answer_too_large_is_said_not_lost(kind: str, content: bytes, media_type: str) -> None:
    headers = {"Access-Control-Allow-Origin": "*"}
    answer = invoke(_answering(content=content, media_type=media_type, headers=headers), kind, "GET", "/x")
    assert answer.status == 500
    assert "larger than" in answer.json()["error"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("kind", KINDS)
def test_largest_answer_that_fits_is_sent(kind: str) -> None:
    content = b"\xff" * 4_700_000
    assert invoke(_answering(content=content, media_type="image/png"), kind, "GET", "/x").body == content


def test_event_that_is_no_request_says_what_it_was() -> None:
    handler = _answering(content="")
    with pytest.raises(ConfigurationError, match="an event from aws:sqs"):
        handler(golden("sqs"), Context())
    with pytest.raises(ConfigurationError, match=r"an event from aws\.events"):
        handler({"source": "aws.events"}, Context())
    with pytest.raises(ConfigurationError, match="an event of another kind"):
        handler({}, Context())


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (None, "no event, but nothing"),
        ("text", "no event, but a str"),
        ([], "no event, but a list"),
        ({"Records": [{"EventSource": "aws:sns"}]}, "an event from aws:sns"),
        ({"Records": "x"}, "an event of another kind"),
        ({"Records": [None]}, "an event of another kind"),
        ({"source": 7}, "an event of another kind"),
        ({"requestContext": None}, "an event of another kind"),
        ({"requestContext": {}}, "an event of another kind"),
        ({"requestContext": {"http": "GET"}}, "an event of another kind"),
    ],
)
def test_what_is_no_event_at_all_is_refused_by_what_it_was(sent: Any, said: str) -> None:
    with pytest.raises(ConfigurationError, match=f"This function answers HTTP requests; it was sent {said}"):
        _answering(content="")(sent, Context())


@pytest.mark.parametrize("kind", KINDS)
def test_cookies_go_both_ways(kind: str) -> None:
    app = FastAPI()

    @app.get("/x")
    async def x(request: Request) -> Response:
        response = JSONResponse(request.cookies)
        response.set_cookie("a", "1")
        response.set_cookie("b", "2")
        return response

    sent = event(kind, "GET", "/x", headers={"Cookie": "c=3; d=4"})
    if kind != "rest_v1":
        del sent["headers"]["cookie"]
        sent["cookies"] = ["c=3", "d=4"]
    answer = answer_of(to_lambda(app)(sent, Context()))
    assert answer.json() == {"c": "3", "d": "4"}
    assert "a=1" in answer.headers["set-cookie"]
    assert "b=2" in answer.headers["set-cookie"]


@pytest.mark.parametrize("kind", KINDS)
def test_request_id_is_lambdas_own(kind: str) -> None:
    handler = to_lambda(build_app(Settings(), [test_api.api]))
    assert invoke(handler, kind, "GET", "/test").headers["x-request-id"] == Context.aws_request_id


def test_golden_events_hold_base64_as_gateways_send_it() -> None:
    assert base64.b64decode(event("rest_v1", "POST", "/upload", body=b"\0\xff")["body"]) == b"\0\xff"
