"""kill -9 under load, again and again: what was acknowledged is there, what was accepted ends, once."""

import random
import time
import uuid
from pathlib import Path

import httpx2
import pytest

from tests.hard.invariants import (
    every_reading_is_one_record,
    every_task_ends,
    every_upload_is_whole,
    nothing_temporary_is_left,
)
from tests.hard.lasting import TIMES
from tests.hard.load import Load, picture
from tests.servers import Server, running

_LEASE = {"EXPIRY__LEASE_SECONDS": "0.5", "LIMITS__TASKS": "1000", "LIMITS__QUEUE": "1000"}


class _Load(Load):
    """Clients that upload, have that read, and write down what they were promised."""

    def __init__(self, url: str, uploads: dict[str, bytes], tasks: list[str]) -> None:
        super().__init__()
        self._url = url
        self._uploads = uploads
        self._tasks = tasks

    def _run(self, number: int) -> None:
        chance = random.Random(f"{self._url} {number}")
        while not self._ended.is_set():
            try:
                self._once(chance)
            except httpx2.HTTPError:
                # It was killed in the middle: nobody was promised anything.
                time.sleep(0.02)

    def _once(self, chance: random.Random) -> None:
        client, content = uuid.uuid4().hex, picture(chance)
        sent = httpx2.post(f"{self._url}/upload?uuid={client}", files={"f": ("1.png", content)}, timeout=30)
        assert sent.status_code == 200, sent.text
        self._uploads[client] = content
        if chance.random() < 0.3:
            started = httpx2.get(f"{self._url}/start?uuid={client}", timeout=30)
            assert started.status_code == 200, started.text
            self._tasks.append(started.json()["task_uuid"])


def test_killed_under_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    chance = random.Random(5)
    uploads: dict[str, bytes] = {}
    tasks: list[str] = []
    for _ in range(3 * TIMES):
        with running(tmp_path, **_LEASE) as server, _Load(server.url, uploads, tasks):
            _are_taken(uploads, 8)
            time.sleep(chance.uniform(0.0, 0.3))
            server.kill()
    with running(tmp_path, **_LEASE) as server:
        every_upload_is_whole(server.url, uploads)
        every_task_ends(server.url, tasks)
    every_reading_is_one_record(tmp_path / "data")
    nothing_temporary_is_left(tmp_path / "data")
    assert tasks
    assert not list(temporary.iterdir())


def _are_taken(uploads: dict[str, bytes], more: int) -> None:
    before, end = len(uploads), time.monotonic() + 120
    while len(uploads) < before + more:
        assert time.monotonic() < end, "the server does not take uploads"
        time.sleep(0.01)


def test_told_to_stop_under_load_it_keeps_all_promises(tmp_path: Path) -> None:
    uploads: dict[str, bytes] = {}
    tasks: list[str] = []
    with running(tmp_path, **_LEASE) as server, _Load(server.url, uploads, tasks):
        _are_taken(uploads, 8)
        assert server.stop() == 0
    _look(tmp_path, uploads, tasks)


def _look(folder: Path, uploads: dict[str, bytes], tasks: list[str]) -> None:
    with running(folder, **_LEASE) as server:
        _ask(server, uploads, tasks)
    every_reading_is_one_record(folder / "data")
    nothing_temporary_is_left(folder / "data")


def _ask(server: Server, uploads: dict[str, bytes], tasks: list[str]) -> None:
    every_upload_is_whole(server.url, uploads)
    every_task_ends(server.url, tasks)
