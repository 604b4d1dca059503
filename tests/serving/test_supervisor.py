"""What systemd hears, on a real socket, and from a real server."""

import os
import re
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.serving.supervisor import Supervisor
from tests.servers import running

_UNIT = Path(__file__).parents[2] / "infra" / "castmark.service"


@pytest.fixture
def systemd() -> Iterator[tuple[socket.socket, str]]:
    """A socket that listens as systemd's, and its address. Short: a socket's path may have 107 bytes only."""
    with (
        tempfile.TemporaryDirectory(prefix="castmark-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
    ):
        address = os.path.join(folder, "notify")
        listener.bind(address)
        listener.settimeout(30)
        yield listener, address


def test_words_arrive_and_life_is_said_at_half_the_time(systemd: tuple[socket.socket, str]) -> None:
    listener, address = systemd
    now = [50.0]
    supervisor = Supervisor(address, 1.0, lambda: now[0])
    supervisor.ready()
    for moment in (50.0, 50.5, 51.0, 51.9, 52.0):
        now[0] = moment
        supervisor.alive()
    supervisor.stopping()
    heard = [listener.recv(100) for _ in range(5)]
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


def test_abstract_names_are_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0castmark-test-" + str(os.getpid()))
        Supervisor(f"@castmark-test-{os.getpid()}").ready()
        assert listener.recv(100) == b"READY=1"


def test_nobody_who_listens_is_no_trouble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    quiet = Supervisor.of({})
    quiet.ready()
    quiet.alive()
    assert not caplog.records
    Supervisor(str(tmp_path / "gone")).ready()
    assert "could not be told READY=1" in caplog.text


def test_server_tells_that_it_is_ready_alive_and_stopping(
    systemd: tuple[socket.socket, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener, address = systemd
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with running(tmp_path) as server:
        heard = [listener.recv(100) for _ in range(3)]
        assert server.stop() == 0
    listener.settimeout(0)
    rest = []
    try:
        while True:
            rest.append(listener.recv(100))
    except BlockingIOError:
        pass
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
    assert b"STOPPING=1" in rest


def test_unit_asks_for_what_the_server_tells() -> None:
    unit = _UNIT.read_text("utf-8")
    assert "Type=notify" in unit
    (seconds,) = re.findall(r"^WatchdogSec=(\d+)$", unit, re.MULTILINE)
    # The models load and a picture is read in threads, beside the loop that tells.
    assert int(seconds) >= 10
    assert "ExecStart=/opt/castmark/bin/castmark serve" in unit
