"""Connections of a real server: quick, bounded, and given up where nothing comes."""

import ctypes
import json
import os
import resource
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from handlers.serving import connections
from handlers.serving.connections import Shares, most_connections
from tests.servers import Server, running

# Alike on all architectures.
_PIDFD_GETFD = 438
_GET = b"GET /test HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def _connected(server: Server) -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=60) as connection:
        yield connection


def _answer(connection: socket.socket) -> bytes:
    """All of one small answer; nothing where the other side has closed."""
    answer = b""
    while b"server now" not in answer and b"too long" not in answer:
        try:
            piece = connection.recv(4096)
        except ConnectionResetError:
            return answer
        if not piece:
            return answer
        answer += piece
    return answer


def _has_no_delay(server: Server, connection: socket.socket) -> bool:
    """Whether the server's end of that connection sends at once, as its kernel tells."""
    process = os.pidfd_open(server.pid)
    try:
        for name in os.listdir(f"/proc/{server.pid}/fd"):
            with _copied(process, int(name)) as copy:
                if _peer(copy) == connection.getsockname():
                    return bool(copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    finally:
        os.close(process)
    raise AssertionError("the server has no such connection")


def _copied(process: int, descriptor: int) -> socket.socket:
    """Another process's descriptor, if it is a socket; else one that is connected to nobody."""
    copied = ctypes.CDLL(None).syscall(_PIDFD_GETFD, process, descriptor, 0)
    if copied < 0:
        pytest.skip("this system does not let a process look at another one's sockets")
    if not stat.S_ISSOCK(os.fstat(copied).st_mode):
        os.close(copied)
        return socket.socket()
    return socket.socket(fileno=copied)


def _peer(connection: socket.socket) -> object:
    try:
        return connection.getpeername()
    except OSError:
        return None


def test_accepted_connection_sends_without_delay(tmp_path: Path) -> None:
    with running(tmp_path) as server, _connected(server) as connection:
        connection.sendall(_GET)
        assert _answer(connection).startswith(b"HTTP/1.1 200")
        assert _has_no_delay(server, connection)


def test_one_address_has_its_share_and_gets_it_back(tmp_path: Path) -> None:
    with running(tmp_path, LIMITS__CONNECTIONS="5") as server:
        for _ in range(2):
            with ExitStack() as stack:
                open_ones = [stack.enter_context(_connected(server)) for _ in range(5)]
                for one in open_ones:
                    one.sendall(_GET)
                    assert _answer(one).startswith(b"HTTP/1.1 200")
                with _connected(server) as sixth:
                    sixth.sendall(_GET)
                    assert _answer(sixth) == b""
            with _connected(server) as later:
                _until_served(server, later)


def _until_served(server: Server, connection: socket.socket) -> None:
    """The server hears of a closed connection a moment later."""
    for _ in range(100):
        with _connected(server) as attempt:
            attempt.sendall(_GET)
            if _answer(attempt):
                return
    connection.sendall(_GET)
    assert _answer(connection)


def test_headers_without_end_are_refused(tmp_path: Path) -> None:
    with running(tmp_path) as server, _connected(server) as connection:
        connection.sendall(b"GET /test HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):  # noqa: PT012  whichever piece is too much
            for _ in range(2000):
                connection.sendall(b"X-Long: " + b"x" * 2000 + b"\r\n")
            raise AssertionError("4 MB of headers were taken")


def test_what_is_no_http_is_one_line_of_json_in_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as server, _connected(server) as connection:
        connection.sendall(b"\x16\x03\x01 no HTTP\r\n\r\n")
        while connection.recv(4096):
            continue
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert [line["level"] for line in lines if "Invalid HTTP" in line["event"]] == ["warning"]


@pytest.mark.parametrize("kept", [False, True])
def test_half_sent_headers_end(kept: bool, tmp_path: Path) -> None:
    with running(tmp_path) as server, _connected(server) as connection:
        if kept:
            connection.sendall(_GET)
            assert _answer(connection)
        connection.sendall(b"GET /test HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half")
        assert _answer(connection) == b""
        with _connected(server) as other:
            other.sendall(_GET)
            assert _answer(other).startswith(b"HTTP/1.1 200")


class TestShares:
    def test_counts_each_address_and_all(self) -> None:
        shares = Shares(each=2, altogether=3)
        assert [shares.take(address) for address in ("a", "a", "a", "b", "c")] == [True, True, False, True, False]
        shares.give_back("a")
        assert [shares.take("c"), shares.take("a")] == [True, False]

    def test_trusted_proxy_speaks_for_many(self) -> None:
        shares = Shares(each=1, altogether=9, trusted=("10.0.0.0/8", "fd00::/8"))
        assert [shares.take(address) for address in ("10.1.2.3", "10.1.2.3", "fd00::1", "fd00::1", "x", "x")] == [
            *[True] * 5,
            False,
        ]

    def test_remembers_nobody_who_left(self) -> None:
        shares = Shares(each=1, altogether=9)
        shares.take("a")
        shares.give_back("a")
        assert not shares._open


def test_process_takes_no_more_than_it_has_descriptors_for() -> None:
    most = most_connections()
    assert 16 <= most < resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert connections.HEADER_SECONDS <= 30
