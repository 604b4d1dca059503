"""The gateway between HTTP and the functions' events, without a server."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import snapshot_restore_py
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from handlers.api import LOCAL_ONLY, MODULES, all_apis
from handlers.lambda_.gateway import Context, Function, Gateway, functions
from handlers.settings import read_settings
from tests.clouds import golden

Sent = list[tuple[dict[str, Any], Context]]
Client = Callable[..., TestClient]
_OK = {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "ok", "isBase64Encoded": False}
_MEGABYTE = {"type": "http.request", "body": b"a" * 1024 * 1024, "more_body": True}


@pytest.fixture
def client() -> Iterator[Client]:
    """Clients of gateways of one function, at /x."""
    gateways: list[Gateway] = []

    def made(handler: Callable[[Any, Any], Any], **options: Any) -> TestClient:
        gateways.append(Gateway([Function("castmark-x", "/x", handler)], **options))
        return TestClient(gateways[-1], client=("203.0.113.7", 1))

    yield made
    for gateway in gateways:
        gateway.close()


@pytest.fixture
def sent() -> Sent:
    return []


@pytest.fixture
def noting(client: Client, sent: Sent) -> TestClient:
    """A client whose requests are noted in `sent` as the function gets them."""

    def handler(event: Any, context: Any) -> Any:
        sent.append((event, context))
        return _OK

    return client(handler)


def test_event_is_shaped_as_the_golden_one(noting: TestClient, sent: Sent) -> None:
    noting.get("/x", headers={"Cookie": "a=1"})
    ((event, _),) = sent
    like = golden("http_api_v2")
    assert set(like) == set(event)
    assert set(like["requestContext"]) == set(event["requestContext"])
    assert set(like["requestContext"]["http"]) == set(event["requestContext"]["http"])
    assert (event["version"], event["routeKey"], event["requestContext"]["stage"]) == ("2.0", "ANY /x", "$default")
    assert (event["isBase64Encoded"], "body" in event) == (False, False)


def test_path_query_and_address(noting: TestClient, sent: Sent) -> None:
    noting.request("PUT", "/x?a=1&a=%2B2&b=", headers={"User-Agent": "probe"})
    ((event, _),) = sent
    assert (event["rawPath"], event["rawQueryString"]) == ("/x", "a=1&a=%2B2&b=")
    assert event["queryStringParameters"] == {"a": "1,+2", "b": ""}
    http = event["requestContext"]["http"]
    assert (http["method"], http["sourceIp"], http["userAgent"]) == ("PUT", "203.0.113.7", "probe")


def test_headers_are_joined_and_cookies_stand_apart(noting: TestClient, sent: Sent) -> None:
    headers = [(b"X-Many", b"1"), (b"x-many", b"2"), (b"Cookie", b"a=1; b=2"), (b"Cookie", b"c=3")]
    headers += [(b"X-Name", "轮毂".encode()), (b"X-Forwarded-For", b"198.51.100.1"), (b"X-Forwarded-Proto", b"gopher")]
    noting.get("/x", headers=headers)
    ((event, _),) = sent
    assert event["headers"]["x-many"] == "1,2"
    assert event["headers"]["x-name"] == "轮毂"
    assert event["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in event["headers"]
    assert event["headers"]["x-forwarded-for"] == "198.51.100.1, 203.0.113.7"
    assert (event["headers"]["x-forwarded-proto"], event["headers"]["x-forwarded-port"]) == ("http", "80")


@pytest.mark.parametrize(
    ("content_type", "is_text"),
    [
        ("text/plain; charset=utf-8", True),
        ("Application/JSON", True),
        ("application/xml", True),
        ("application/javascript", True),
        ("application/x-www-form-urlencoded", False),
        ("application/problem+json", False),
        ("multipart/form-data; boundary=text/plain", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_body_goes_in_base64_unless_it_is_text(
    noting: TestClient, sent: Sent, content_type: str, is_text: bool
) -> None:
    noting.post("/x", content="轮毂".encode(), headers={"Content-Type": content_type})
    ((event, _),) = sent
    assert event["isBase64Encoded"] is not is_text
    assert (event["body"].encode() if is_text else base64.b64decode(event["body"])) == "轮毂".encode()


def test_context_tells_who_asks_and_how_long_he_waits(noting: TestClient, sent: Sent) -> None:
    noting.get("/x")
    noting.get("/x")
    (event, context), (_, other) = sent
    assert context.aws_request_id == event["requestContext"]["requestId"] != other.aws_request_id
    assert context.function_name == "castmark-x"
    assert 20_000 < context.get_remaining_time_in_millis() <= 29_000


def test_answer_becomes_the_response(client: Client) -> None:
    every_byte = bytes(range(256))
    answer = {
        "statusCode": 201,
        "headers": {"content-type": "image/png", "Content-Length": "7", "x-kept": "1"},
        "cookies": ["a=1; Path=/", "b=2"],
        "body": base64.b64encode(every_byte).decode(),
        "isBase64Encoded": True,
    }
    response = client(lambda *_: answer).get("/x")
    assert (response.status_code, response.content) == (201, every_byte)
    assert response.headers.get_list("content-length") == ["256"]
    assert response.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2"]
    assert response.headers["x-kept"] == "1"


@pytest.mark.parametrize("answer", [None, {}, {"body": "ok"}, {**_OK, "body": {1, 2}}, {**_OK, "statusCode": "x"}])
def test_answer_that_is_none_is_a_500(client: Client, answer: Any) -> None:
    response = client(lambda *_: answer).get("/x")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize("error", [ValueError("secret"), TimeoutError("secret")])
def test_error_of_a_handler_is_logged_and_not_told(
    client: Client, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: Any) -> Any:
        raise error

    response = client(failing).get("/x")
    assert (response.status_code, response.json()) == (500, {"message": "Internal Server Error"})
    assert "castmark-x failed" in caplog.text


def test_function_that_takes_too_long_is_not_waited_for(client: Client) -> None:
    over = threading.Event()
    response = client(lambda *_: over.wait(60) and _OK, seconds=0.2).get("/x")
    over.set()
    assert (response.status_code, response.json()) == (503, {"message": "Service Unavailable"})


# Base64 makes four bytes of three; what surrounds the body is less than 1,500 bytes here.
@pytest.mark.parametrize(("size", "status"), [(4_717_000, 200), (4_718_593, 413), (30_000_000, 413)])
def test_request_is_limited_as_lambda_limits_events(noting: TestClient, size: int, status: int) -> None:
    response = noting.post("/x", content=b"\xff" * size)
    assert response.status_code == status
    if status == 413:
        assert response.json() == {"message": "Request Entity Too Large"}


@pytest.mark.parametrize(("size", "status"), [(6_291_000, 200), (6_291_556, 502)])
def test_answer_is_limited_as_lambda_limits_it(client: Client, size: int, status: int) -> None:
    assert client(lambda *_: _OK | {"body": "a" * size}).get("/x").status_code == status


@pytest.mark.parametrize("path", ["/", "/y", "/x/", "/xx", "/x/y"])
def test_what_is_no_route_is_the_gateways_404(noting: TestClient, sent: Sent, path: str) -> None:
    response = noting.get(path)
    assert (response.status_code, response.json()) == (404, {"message": "Not Found"})
    assert not sent


def test_host_that_no_domain_has_is_refused(noting: TestClient, sent: Sent) -> None:
    response = noting.get("/x", headers={"Host": "[::1]:5000"})
    assert (response.status_code, response.json()) == (400, {"message": "Bad Request"})
    assert not sent


def test_what_stands_beside_the_gateway_is_no_event(client: Client) -> None:
    storage = client(lambda *_: _OK, beside={"/incoming": PlainTextResponse("stored")})
    assert storage.post("/incoming", content=b"\xff" * 7_000_000).text == "stored"


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([_MEGABYTE, {"type": "http.disconnect"}], 408),
        ([_MEGABYTE] * 7, 413),
    ],
)
def test_body_that_never_ends_reaches_no_function(messages: list[dict[str, Any]], status: int) -> None:
    """One whose client goes away; one that is too large long before its end."""
    gateway = Gateway([Function("castmark-x", "/x", lambda *_: _OK)])
    left = list(messages)

    async def app(scope: Any, _: Any, send: Any) -> None:
        async def receive() -> Any:
            return left.pop(0)

        await gateway(scope, receive, send)

    with closing(gateway):
        assert TestClient(app).post("/x").status_code == status


@pytest.fixture
def _no_hooks() -> Iterator[None]:
    """Handlers leave hooks for a snapshot in their process."""
    yield
    for hooks in (snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore()):
        hooks.clear()


@pytest.mark.usefixtures("_no_hooks")
def test_every_api_of_the_cloud_is_routed_by_its_name_on_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_BASE_PATH", "/v1")
    monkeypatch.setenv("CASTMARK_ROUTES__START", "go")
    settings = read_settings()
    routed = list(functions(settings))
    assert {each.name for each in routed} == {f"castmark-{name}" for name in MODULES if name not in LOCAL_ONLY}
    local = {f"/v1/{name}" for name in ("incoming", "check", "teaching", "teach", "health", "ready", "metrics")}
    wanted = {f"/v1{route.path(settings)}" for api in all_apis() for route in api.routes} - local
    assert {each.path for each in routed} == wanted
    assert "/v1/go" in wanted
