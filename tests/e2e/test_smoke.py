"""`infra/smoke.py` against real servers: one that is well, one with renamed routes, and such as are broken."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx2
import pytest

from tests.servers import running

TOKEN = "a token of sixteen"
_SMOKE = Path(__file__).parents[2] / "infra" / "smoke.py"
_PICTURE = _SMOKE.parents[1] / "docs" / "hub.jpg"
_STEPS = [
    *("info", "test", "upload", "start, now", "start, as a task", "presigned upload", "start, after that"),
    *("console", "console, to strangers", "getdatabase", "getlogs", "clear"),
]


def _smoke(url: str, *flags: str, token: str = TOKEN) -> tuple[int, dict[str, str]]:
    """The exit code, and what was said of each step."""
    names = [name for name in os.environ if not name.lower().endswith("_proxy")]
    environment = {name: os.environ[name] for name in names} | {"CASTMARK_TOKEN": token}
    # Without site-packages: it needs the standard library only.
    command = [sys.executable, "-I", "-S", "-W", "error", str(_SMOKE), url, *flags]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert not done.stderr, done.stderr
    lines = done.stdout.splitlines()
    return done.returncode, {line[:22].strip(): line[23:] for line in lines}


def _failed(said: dict[str, str]) -> list[str]:
    return [name for name, line in said.items() if not line.startswith("ok")]


def _pictures(folder: Path) -> list[Path]:
    """Where the picture still is among the uploads."""
    sent = _PICTURE.read_bytes()
    return [file for file in (folder / "data" / "uploads").rglob("*") if file.is_file() and file.read_bytes() == sent]


def test_server_that_is_well(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN=TOKEN) as server:
        code, said = _smoke(server.url)
        assert (code, _failed(said)) == (0, [])
        assert list(said) == _STEPS
        assert [said[name].split()[-1] for name in said if name.startswith("start")] == ["A27"] * 3
        assert _pictures(tmp_path) == []
        events = httpx2.get(f"{server.url}/getlogs", headers={"Authorization": f"Bearer {TOKEN}"}).json()
        assert [event["event"] for event in events].count("reading") >= 3


def test_server_with_renamed_routes_below_a_path(tmp_path: Path) -> None:
    names = {f"ROUTES__{api.upper()}": f"my-{api}" for api in ("test", "upload", "start", "status", "clear", "presign")}
    names |= {f"ROUTES__{api.upper()}": f"my-{api}" for api in ("info", "command", "getdatabase", "getlogs")}
    with running(tmp_path, TOKEN=TOKEN, BASE_PATH="/v1", **names) as server:
        assert server.url.endswith("/v1")
        code, said = _smoke(f"{server.url}/", "--info", "my-info")
        assert (code, _failed(said)) == (0, [])
        assert _smoke(server.url)[0] == 1


def test_wrong_token_fails_what_operators_do_and_nothing_else(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN=TOKEN) as server:
        code, said = _smoke(server.url, token="another token of sixteen")
    assert (code, _failed(said)) == (1, ["console", "getdatabase", "getlogs"])
    assert "the status is 403: This is for operators: the token is wrong" in said["console"]
    assert "another token" not in str(said)
    assert _pictures(tmp_path) == []


def test_server_that_takes_no_picture_fails_and_is_still_tidied_up(tmp_path: Path) -> None:
    with running(tmp_path, TOKEN=TOKEN, LIMITS__FILE_MB="0.05") as server:
        code, said = _smoke(server.url)
    assert (code, _failed(said)) == (
        1,
        ["upload", "start, now", "start, as a task", "presigned upload", "start, after that", "getdatabase"],
    )
    assert "the status is 413: " in said["upload"] and "the status is 404" in said["start, now"]
    assert said["getdatabase"].endswith("there is no reading in it")


def test_server_that_is_open_to_strangers_fails(tmp_path: Path) -> None:
    with running(tmp_path, ACCESS="open") as server:
        code, said = _smoke(server.url)
    assert (code, _failed(said)) == (1, ["console, to strangers"])


def test_picture_in_which_nothing_is_read_fails(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    (tmp_path / '轮毂 "1".png').write_bytes(picture())
    with running(tmp_path, TOKEN=TOKEN) as server:
        code, said = _smoke(server.url, str(tmp_path / '轮毂 "1".png'))
    assert (code, _failed(said)) == (1, ["start, now", "start, as a task", "start, after that"])
    assert said["start, now"].endswith("nothing was read in the picture")


class _Elsewhere(BaseHTTPRequestHandler):
    """Sends everybody to /stolen, where it keeps what was shown to it."""

    shown: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        if self.path.startswith("/stolen"):
            self.shown.append(str(self.headers))
        self.send_response(302)
        self.send_header("Location", "/stolen")
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None: ...


def test_token_does_not_follow_a_redirect() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        threading.Thread(target=server.serve_forever).start()
        code, said = _smoke(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
    assert (code, _failed(said)) == (1, _STEPS)
    assert "the status is 302" in said["console"]
    assert _Elsewhere.shown == []


def test_nobody_there_is_said_of_every_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, said = _smoke(f"http://127.0.0.1:{port}")
    assert (code, _failed(said)) == (1, _STEPS)
    assert "no answer" in said["test"]


@pytest.mark.parametrize("url", ["castmark.example", "file:///etc/passwd"])
def test_address_of_no_server_is_said(url: str) -> None:
    code, said = _smoke(url)
    assert code == 1
    assert _failed(said) == _STEPS


def test_without_a_token_nothing_is_begun() -> None:
    code, said = _smoke("http://127.0.0.1:1", token="")
    assert code == 2
    assert "Set CASTMARK_TOKEN" in str(said)
