"""Many clients for long: each is answered, and the server's memory does not grow with what it has done."""

import io
import logging
import os
import random
import ssl
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.hard.invariants import (
    every_reading_is_one_record,
    every_task_ends,
    every_upload_is_whole,
    nothing_temporary_is_left,
)
from tests.hard.lasting import TIMES
from tests.servers import Server, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of another process (/proc)")
_log = logging.getLogger("tests.crowd")
_CLIENTS = 64
# One for all: making it takes longer than a hundred requests.
_ANY = ssl.create_default_context()
# Five minutes in `make soak`.
_SECONDS = 6.0 * TIMES
# Beyond what it takes while it warms up; what leaks grows beyond any such number.
_GROWTH = 96 * 1024 * 1024
_SHARES = {"LIMITS__UPLOADS_MINUTE": "100000", "LIMITS__TASKS": "100000", "LIMITS__QUEUE": "100000"}
# Pictures are decoded two at a time, and 64 may wait.
_ANSWERS = {200, 503}


class _Client:
    """Uploads, looks, and now and then has it read; it notes what it was promised."""

    def __init__(self, url: str, number: int) -> None:
        self._chance = random.Random(number)
        # Each from an address of its own: none has used up its share.
        transport = httpx2.HTTPTransport(verify=_ANY, local_address=f"127.0.0.{number + 1}")
        self._client = httpx2.Client(base_url=url, timeout=120, transport=transport)
        self._uuid = uuid.uuid4().hex
        self.uploads: dict[str, bytes] = {}
        self.tasks: list[str] = []
        self.answers: Counter[str] = Counter()

    def live(self, ends: float) -> None:
        steps = (self._upload, self._upload, self._look, self._look, self._preview, self._status, self._clear)
        with self._client:
            while time.monotonic() < ends:
                self._chance.choice(steps)()
                if self._chance.random() < 0.02:
                    self._have_read()

    def _ask(self, method: str, path: str, **options: object) -> httpx2.Response:
        answer = self._client.request(method, path, **options)  # type: ignore[arg-type]
        self.answers[f"{answer.status_code} {path.partition('?')[0]}"] += 1
        return answer

    def _upload(self) -> None:
        content = _picture(self._chance)
        answer = self._ask("POST", f"/upload?uuid={self._uuid}", files={"f": ("1.jpg", content)})
        if answer.status_code == 200:
            self.uploads = {self._uuid: content}

    def _look(self) -> None:
        self._ask("GET", f"/info?uuid={self._uuid}")

    def _preview(self) -> None:
        if self.uploads:
            self._ask("GET", f"/getpicture?uuid={self._uuid}&preview=1")

    def _status(self) -> None:
        self._ask("GET", f"/status?uuid={self._uuid}")

    def _clear(self) -> None:
        self._ask("GET", f"/clear?uuid={self._uuid}")
        self.uploads = {}

    def _have_read(self) -> None:
        """Under a uuid that nobody clears."""
        who = uuid.uuid4().hex
        sent = self._ask("POST", f"/upload?uuid={who}", files={"f": ("1.jpg", _picture(self._chance))})
        if sent.status_code == 200:
            self.tasks.append(self._ask("GET", f"/start?uuid={who}").json()["task_uuid"])


def _picture(chance: random.Random) -> bytes:
    """Of half a megapixel to two, with nothing to read."""
    file = io.BytesIO()
    size = (chance.randint(800, 1600), chance.randint(600, 1200))
    Image.new("RGB", size, (chance.randrange(256), chance.randrange(256), 90)).save(file, "JPEG")
    return file.getvalue()


def test_crowd_is_answered_and_memory_stays(tmp_path: Path) -> None:
    with running(tmp_path, **_SHARES) as server:
        with ThreadPoolExecutor(_CLIENTS) as threads:
            clients = [_Client(server.url, number) for number in range(_CLIENTS)]
            ends = time.monotonic() + _SECONDS
            begun = [threads.submit(client.live, ends) for client in clients]
            took = _watched(server, ends)
            for each in begun:
                each.result()
        answers = sum((client.answers for client in clients), Counter[str]())
        # For who measures: --log-cli-level=INFO.
        _log.info("%d answers (%s), MiB %s", answers.total(), dict(answers), [taken >> 20 for taken in took])
        assert {int(each[:3]) for each in answers} <= _ANSWERS, answers
        assert max(took[len(took) // 2 :]) < max(took[: len(took) // 2]) + _GROWTH
        for client in clients:
            every_upload_is_whole(server.url, client.uploads)
            every_task_ends(server.url, client.tasks)
        assert "Traceback" not in server.log.read_text()
    every_reading_is_one_record(tmp_path / "data")
    nothing_temporary_is_left(tmp_path / "data")


def _watched(server: Server, ends: float) -> list[int]:
    """How much memory was taken, 20 times."""
    took = []
    while (left := ends - time.monotonic()) > 0:
        time.sleep(min(left, _SECONDS / 20))
        took.append(_memory(server.pid))
    return took


def _memory(pid: int) -> int:
    """Resident bytes of a process and of those that it has begun."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    below = {int(child) for each in children for child in each.read_text().split()}
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(
        _memory(child) for child in below if Path(f"/proc/{child}").exists()
    )
