"""Requests that come slowly, in halves, or not at all, while others are answered as ever."""

import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx2

from tests.hard.lasting import TIMES
from tests.servers import Server, running

_HEAD = (
    b"POST /upload?uuid=one-of-the-halves HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: multipart/form-data; boundary=b\r\n"
)
_PART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="1.png"\r\n\r\n'
_WHOLE = _HEAD + b"Content-Length: 1000\r\n\r\n" + _PART


def _open(server: Server) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def _descriptors(server: Server) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def test_halves_hold_up_nobody_and_leave_nothing(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    chance = random.Random(3)
    with running(tmp_path) as server, httpx2.Client(base_url=server.url, timeout=60) as client:
        client.post("/upload?uuid=somebody-else-here", files={"f": ("1.png", picture())}).raise_for_status()
        before = _descriptors(server)
        for _ in range(TIMES):
            with ExitStack() as opened:
                for _ in range(90):
                    half = opened.enter_context(_open(server))
                    half.sendall(_WHOLE[: chance.randrange(len(_WHOLE))])
                assert client.get("/test").status_code == 200
                uploaded = client.post("/upload?uuid=somebody-else-here", files={"f": ("1.png", picture())})
                assert uploaded.status_code == 200
            _until(lambda: _descriptors(server) <= before + 4)
        assert client.get("/info?uuid=one-of-the-halves").json()["file_count"] == 0
        assert client.get("/info?uuid=somebody-else-here").json()["file_count"] == 1


def test_headers_that_never_end_are_given_up(tmp_path: Path) -> None:
    with running(tmp_path) as server, _open(server) as half:
        half.sendall(_HEAD[:40])
        # It is the server that ends this, by its own clock.
        said = half.recv(65536)
        assert said == b"" or b" 408 " in said.split(b"\r\n")[0]


def test_drip_is_taken_where_it_is_a_slow_phone(tmp_path: Path, picture: Callable[..., bytes]) -> None:
    """A few bytes at a time, and in the end a whole picture."""
    body = _PART + picture() + b"\r\n--b--\r\n"
    with running(tmp_path) as server, _open(server) as slow:
        slow.sendall(_HEAD + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        for start in range(0, len(body), 16):
            slow.sendall(body[start : start + 16])
            time.sleep(0.01)
        said = b""
        while piece := slow.recv(65536):
            said += piece
        assert said.startswith(b"HTTP/1.1 200 ")
        assert httpx2.get(f"{server.url}/info?uuid=one-of-the-halves").json()["file_count"] == 1


def _until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "connections stay open"
        time.sleep(0.05)
