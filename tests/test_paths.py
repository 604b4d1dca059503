"""Targets as clients write them."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from handlers.api import test
from handlers.function import build_app
from handlers.lambda_.handler import to_lambda
from handlers.paths import plain
from handlers.settings import Settings
from tests.clouds import KINDS, event_loop, invoke
from tests.servers import running

_GREETING = "You already connect the server now!"


@pytest.mark.parametrize(
    ("path", "root", "expected"),
    [
        ("/test", "", "/test"),
        ("/test/", "", "/test"),
        ("//test", "", "/test"),
        ("///test//", "", "/test"),
        ("/", "", "/"),
        ("//", "", "/"),
        ("/v1/", "/v1", "/v1/"),
        ("//v1//test/", "/v1", "/v1/test"),
        ("http://elsewhere.example/test", "", "/test"),
        ("HTTPS://elsewhere.example", "", "/"),
        ("http://elsewhere.example//test/", "", "/test"),
        ("*", "", "*"),
        ("", "", "/"),
    ],
)
def test_path_is_brought_to_the_one_that_routes_know(path: str, root: str, expected: str) -> None:
    assert plain(path, root) == expected


@pytest.mark.parametrize("path", ["/test/", "//test", "/test?x=1", "//test//?x=1"])
def test_route_is_reached_however_its_slashes_are_written(client: TestClient, path: str) -> None:
    assert client.get(f"http://testserver{path}").json() == _GREETING


def test_page_and_routes_below_a_base_path(make_client: Callable[..., TestClient]) -> None:
    client = make_client(base_path="/v1")
    assert [client.get(path).status_code for path in ("/v1/", "/v1/test/", "//v1/test", "/v1beta/test")] == [
        200,
        200,
        200,
        404,
    ]


@pytest.mark.parametrize(
    "path", ["/test", "/", "/info", "/isHTTPS", "/status", "/web/page.js", "/nowhere", "/getpicture"]
)
def test_head_is_get_without_its_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers["content-length"] == get.headers["content-length"]
    assert head.headers["content-type"] == get.headers["content-type"]


def test_head_of_what_only_post_reaches_is_refused(client: TestClient) -> None:
    assert client.head("/upload").status_code == 405


@pytest.mark.parametrize("kind", KINDS)
def test_head_in_the_cloud(kind: str, tmp_path: Path) -> None:
    with event_loop():
        handler = to_lambda(build_app(Settings(data=tmp_path), [test.api]))
        answer = invoke(handler, kind, "HEAD", "/test")
    assert (answer.status, answer.body) == (200, b"")


def test_whole_url_as_a_target_on_a_real_server(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        address = urlsplit(server.url)
        with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
            request = "GET http://elsewhere.example/test HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200") and _GREETING.encode() in answer
