"""The front ends that foundries have, as they are: their requests, from this server's own address and from another.

Here a little page of the same making is served by `CASTMARK_FRONT_END`; what is sent is what CRS and CRSUI send.
"""

import io
import json
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.drawing import draw_hub
from tests.servers import Server, refusal, running

_ELSEWHERE = {"Origin": "http://front.example:3000", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
_NAMES = ("test", "upload", "start", "status", "clear", "info", "command", "getdatabase", "getlogs")
_RENAMED = {name: f"api-{name}" for name in _NAMES}


@pytest.fixture(scope="module", params=["default", "renamed"])
def plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server with a front end, and what stands before the names of its routes."""
    folder = tmp_path_factory.mktemp("plant")
    (folder / "build" / "static").mkdir(parents=True)
    (folder / "build" / "index.html").write_text("<title>CRS</title>")
    (folder / "build" / "static" / "main.8d1a2b3c.js").write_text("run()")
    renamed = {f"ROUTES__{name.upper()}": new for name, new in _RENAMED.items()} if request.param == "renamed" else {}
    with running(folder, FRONT_END="build", CORS_ORIGINS="http://front.example:3000", **renamed) as server:
        yield server, "api-" if renamed else ""


@pytest.fixture(params=["own", "elsewhere"])
def ask(request: pytest.FixtureRequest, plant: tuple[Server, str]) -> Iterator[Callable[..., httpx2.Response]]:
    """Sends what a page of that origin has its browser send, by a route's default name."""
    server, before = plant
    headers = _ELSEWHERE if request.param == "elsewhere" else {"Origin": server.url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:

        def send(method: str, route: str, **options: object) -> httpx2.Response:
            answer = client.request(method, f"/{before}{route}", **options)  # type: ignore[arg-type]
            if request.param == "elsewhere":
                assert answer.headers["access-control-allow-origin"] == _ELSEWHERE["Origin"]
                assert answer.headers["access-control-allow-credentials"] == "true"
            return answer

        yield send


def _hub() -> bytes:
    picture = io.BytesIO()
    draw_hub("11").save(picture, "JPEG", quality=92)
    return picture.getvalue()


def test_crs_reads_a_picture_as_it_always_did(ask: Callable[..., httpx2.Response]) -> None:
    """No cookie, no header; one part whose field name is the file's own; asked once a second."""
    client = str(uuid.uuid4())
    assert ask("GET", "test").status_code == 200
    sent = ask("POST", "upload", params={"uuid": client}, files={"hub.jpg": ("hub.jpg", _hub(), "image/jpeg")})
    assert sent.json() == {"message": "Done", "files": ["hub.jpg"]}
    task = ask("GET", "start", params={"uuid": client}).json()["task_uuid"]
    until = time.monotonic() + 60
    while isinstance(told := ask("GET", "status", params={"task": task}).json()["status"], str):
        assert told in ("waiting", "processing") and time.monotonic() < until
        time.sleep(0.2)
    assert told["status"] == "completed" and isinstance(told["text"], str) and told["text"]
    assert ask("GET", "clear", params={"filename": client}).json() == "Delete"


def test_crs_console_gets_strings_and_lists_only(ask: Callable[..., httpx2.Response]) -> None:
    for line in ("exit", "sql", "--query_all_recognition_record", "exit"):
        answer = ask("GET", f"command?command={line}")
        assert answer.status_code == 200
        told = answer.json()
        assert isinstance(told, str) or all(isinstance(row, list) for row in told)
    assert all(set(event) == {"timestamp", "event", "result", "remark"} for event in ask("GET", "getlogs").json())


def test_crsui_sends_credentials_and_shows_records(ask: Callable[..., httpx2.Response]) -> None:
    assert ask("POST", "upload", files={"file": ("hub.jpg", _hub(), "image/jpeg")}).status_code == 200
    assert ask("GET", "info").json()["file_count"] >= 1
    assert ask("GET", "getdatabase").json()["result"][0] == ["hub_id", "recognition_time", "mold_number"]
    wrong = ask("POST", "upload", files={"file": ("x.jpg", b"text", "image/jpeg")})
    assert (wrong.status_code, "error" in wrong.json()) == (415, True)


def test_preflights_are_answered(plant: tuple[Server, str]) -> None:
    server, before = plant
    asked = _ELSEWHERE | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    answer = httpx2.options(f"{server.url}/{before}upload", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == _ELSEWHERE["Origin"]


def test_pages_stand_where_they_should(plant: tuple[Server, str]) -> None:
    server, _ = plant
    assert httpx2.get(f"{server.url}/").text == "<title>CRS</title>"
    assert "immutable" in httpx2.get(f"{server.url}/static/main.8d1a2b3c.js").headers["cache-control"]
    assert "castmark-routes" in httpx2.get(f"{server.url}/castmark/").text


def test_socket_io_leaves_no_plain_line_in_the_log(plant: tuple[Server, str]) -> None:
    """Both front ends try it a few times, by polling and by WebSocket, and live without."""
    server, _ = plant
    place = urlsplit(server.url)
    polling = f"{server.url}/socket.io/?EIO=4&transport=polling&t=abc"
    for method in ("GET", "POST"):
        answer = httpx2.request(method, polling, headers=_ELSEWHERE)
        assert (answer.status_code, "error" in answer.json()) == (404, True)
    upgrade = (
        f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port or 80), timeout=10) as connection:
        connection.sendall(upgrade.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 404")
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert lines and {line["event"] for line in lines} <= {"request", "reading"}


def test_front_end_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    assert "no index.html" in refusal(tmp_path, FRONT_END="gone")
    assert "functions (--as-lambda) have no folder" in refusal(tmp_path, "--as-lambda", FRONT_END="gone")
