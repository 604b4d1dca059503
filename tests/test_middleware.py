"""What every request passes: the log, CORS, the body limit."""

import asyncio
import itertools
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from handlers.api import all_apis
from handlers.errors import TooSlow
from handlers.log import JsonLines
from handlers.middleware import BodyLimit
from handlers.settings import Settings

_PATHS = [route.path(Settings()) for api in all_apis() for route in api.routes if "POST" in route.methods]
_FRONT = "http://front.example"


def _posted(client: TestClient, body: bytes | Iterator[bytes]) -> int:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return client.post("/upload", content=body, headers=headers).status_code


def _pieces(size: int) -> Iterator[bytes]:
    yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    for _ in range(size // 1024):
        yield b"x" * 1024
    yield b"\r\n--b--\r\n"


def test_body_is_limited_by_what_arrives_not_by_what_is_said(make_client: Callable[..., TestClient]) -> None:
    client = make_client(limits={"request_mb": 0.1})
    assert _posted(client, _pieces(64 * 1024)) == 415
    assert _posted(client, _pieces(200 * 1024)) == 413, "sent in chunks, without a Content-Length"
    assert _posted(client, b"".join(_pieces(200 * 1024))) == 413


@pytest.mark.parametrize(("every", "status"), [(0.1, 200), (20.0, 408)])
def test_body_that_drips_is_given_up(every: float, status: int) -> None:
    """A byte at a time, `every` so many seconds of a clock that goes on with each."""
    seconds = itertools.count(step=every)
    heard: list[int] = []

    async def app(_: Scope, receive: Receive, __: Send) -> None:
        try:
            while (await receive())["more_body"]:
                continue
        except TooSlow as error:
            heard.append(error.status)
        else:
            heard.append(200)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"x", "more_body": next(left) > 0}

    async def send(_: Message) -> None: ...

    left = iter(range(200, -1, -1))
    limit = BodyLimit(app, 1000, clock=lambda: next(seconds))
    asyncio.run(limit({"type": "http", "headers": []}, receive, send))
    assert heard == [status]


def test_request_log_says_who_did_what_and_nothing_private(
    client: TestClient, lines: Callable[..., list[dict[str, Any]]]
) -> None:
    answer = client.get("/getpicture?uuid=my-capability&name=secret.jpg", headers={"User-Agent": "spy"})
    (line,) = lines(event="request")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["route"], line["method"], line["status"]) == ("/getpicture", "GET", 404)
    assert line["ms"] >= 0
    assert line["time"].endswith("Z")
    assert len(line["caller"]) == 12
    assert "my-capability" not in json.dumps(lines())
    assert "secret.jpg" not in json.dumps(lines())


def test_log_line_of_a_failure_has_its_traceback_on_one_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        info = (type(error), error, error.__traceback__)
    record = logging.LogRecord("castmark", logging.ERROR, __file__, 1, "It failed", (), info)
    text = JsonLines().format(record)
    assert "\n" not in text
    assert "ValueError: broken" in json.loads(text)["exception"]


class TestCors:
    """As both public front ends need it."""

    @pytest.mark.parametrize("path", _PATHS)
    def test_every_route_answers_preflight(self, client: TestClient, path: str) -> None:
        asked = {"Origin": _FRONT, "Access-Control-Request-Method": "POST"}
        answer = client.options(path, headers=asked | {"Access-Control-Request-Headers": "x-anything"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-anything" in answer.headers["access-control-allow-headers"]

    def test_options_without_preflight_is_answered_too(self, client: TestClient) -> None:
        answer = client.options("/upload")
        assert (answer.status_code, answer.headers["allow"]) == (204, "GET, POST, OPTIONS")

    def test_on_loopback_any_origin_reads_without_credentials(self, client: TestClient) -> None:
        answer = client.get("/test", headers={"Origin": _FRONT})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers

    def test_elsewhere_no_origin_reads_unless_listed(self, make_client: Callable[..., TestClient]) -> None:
        client = make_client(host="0.0.0.0", token="t" * 16, cors_origins=(_FRONT,))
        listed = client.get("/test", headers={"Origin": _FRONT})
        assert listed.headers["access-control-allow-origin"] == _FRONT
        assert listed.headers["access-control-allow-credentials"] == "true"
        other = client.get("/test", headers={"Origin": "http://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in other.headers["vary"]

    def test_star_beside_a_list_opens_without_credentials_only(self, make_client: Callable[..., TestClient]) -> None:
        client = make_client(cors_origins=(_FRONT, "*"))
        assert client.get("/test", headers={"Origin": _FRONT}).headers["access-control-allow-credentials"] == "true"
        other = client.get("/test", headers={"Origin": "http://other.example"})
        assert other.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in other.headers

    @pytest.mark.parametrize(
        ("path", "status"), [("/test", 200), ("/start", 404), ("/nowhere", 404), ("/status", 400), ("/upload", 405)]
    )
    def test_open_access_echoes_any_origin_with_credentials_on_errors_too(
        self, make_client: Callable[..., TestClient], path: str, status: int
    ) -> None:
        answer = make_client(access="open").get(path, headers={"Origin": _FRONT})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == _FRONT
        assert answer.headers["access-control-allow-credentials"] == "true"

    @pytest.mark.parametrize(("shown", "status"), [({}, 401), ({"Authorization": "Bearer no"}, 403)])
    def test_refusals_of_operator_calls_can_be_read_by_listed_pages(
        self, make_client: Callable[..., TestClient], shown: dict[str, str], status: int
    ) -> None:
        client = make_client(host="0.0.0.0", token="t" * 16, cors_origins=(_FRONT,))
        answer = client.get("/getlogs", headers={"Origin": _FRONT} | shown)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == _FRONT
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "access-control-allow-origin" not in client.get("/getlogs", headers={"Origin": "null"} | shown).headers

    def test_page_on_a_public_network_may_call_a_laptop(self, client: TestClient) -> None:
        asked = {"Origin": _FRONT, "Access-Control-Request-Method": "GET"}
        answer = client.options("/test", headers=asked | {"Access-Control-Request-Private-Network": "true"})
        assert answer.headers["access-control-allow-private-network"] == "true"
