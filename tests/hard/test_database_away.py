"""A database that goes and comes back while clients work and tasks run: a 503 meanwhile, and nothing is lost.

One server all the time: it finds its database again by itself.
"""

import random
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from tests.databases import Restarted, restarted_postgresql
from tests.hard.invariants import (
    every_reading_is_one_record,
    every_task_ends,
    every_upload_is_whole,
    nothing_temporary_is_left,
)
from tests.hard.lasting import TIMES
from tests.hard.load import Load, picture
from tests.servers import Server, running

_SETTINGS = {"EXPIRY__LEASE_SECONDS": "1", "LIMITS__TASKS": "10000", "LIMITS__QUEUE": "10000"}
_SETTINGS |= {"LIMITS__UPLOADS_MINUTE": "100000"}
_ME = "somebody-who-looks"
_ROUTES = [
    "/start?uuid=" + _ME,
    "/start",
    "/status?uuid=" + _ME,
    "/status?task=" + "0" * 32,
    "/getdatabase",
    "/readings",
    "/reading?id=1",
    "/export",
    "/tokens",
    "/outbox",
    "/promise",
    "/command?command=sql",
]
_WITHOUT = ["/health", "/test", "/", "/info?uuid=" + _ME, "/getpicture?uuid=" + _ME, "/getlogs", "/metrics"]


@pytest.fixture(scope="module")
def database() -> Iterator[Restarted]:
    with restarted_postgresql() as database:
        yield database


class _Clients(Load):
    """They upload, have that read as a task or wait for it, and write down what they were promised and what not."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self.uploads: dict[str, bytes] = {}
        self.tasks: list[str] = []
        self.read = 0
        self.refused: list[httpx2.Response] = []
        self.troubles: list[str] = []

    def _run(self, number: int) -> None:
        chance = random.Random(number)
        with httpx2.Client(base_url=self._url, timeout=60) as client:
            while not self._ended.is_set():
                try:
                    self._once(client, chance)
                except (httpx2.HTTPError, AssertionError) as error:
                    self.troubles.append(f"{type(error).__name__}: {error}")

    def _once(self, client: httpx2.Client, chance: random.Random) -> None:
        who, content = uuid.uuid4().hex, picture(chance)
        sent = client.post(f"/upload?uuid={who}", files={"f": ("1.png", content)})
        assert sent.status_code == 200, f"uploads need no database: {sent.text}"
        self.uploads[who] = content
        waits = chance.random() < 0.3
        # Who has no uuid is another caller by the program that asks.
        answer = client.get("/start", headers={"User-Agent": who}) if waits else client.get(f"/start?uuid={who}")
        if waits and answer.status_code == 404:
            self._waited(client, who, content)
        else:
            self._noted(answer)

    def _waited(self, client: httpx2.Client, who: str, content: bytes) -> None:
        headers = {"User-Agent": who}
        client.post("/upload", headers=headers, files={"f": ("1.png", content)}).raise_for_status()
        self._noted(client.get("/start", headers=headers))

    def _noted(self, answer: httpx2.Response) -> None:
        if answer.status_code != 200:
            self.refused.append(answer)
        elif isinstance(answer.json(), dict):
            self.tasks.append(answer.json()["task_uuid"])
        else:
            self.read += 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in good order", "as after a crash"])
def test_database_that_goes_and_comes_back_costs_nobody_anything(
    tmp_path: Path, database: Restarted, how: signal.Signals
) -> None:
    chance = random.Random(how)
    with running(tmp_path, DATABASE_URL=database.url, **_SETTINGS) as server:
        with _Clients(server.url) as clients:
            for _ in range(TIMES):
                _until(clients.tasks, len(clients.tasks) + 6)
                database.stop(how)
                try:
                    _until(clients.refused, len(clients.refused) + 6)
                    time.sleep(chance.uniform(0.0, 0.3))
                finally:
                    database.start()
            _until(clients.tasks, len(clients.tasks) + 6)
        assert clients.troubles == []
        assert "Traceback" not in server.log.read_text()
        assert {(answer.status_code, answer.headers.get("Retry-After")) for answer in clients.refused} == {(503, "10")}
        every_upload_is_whole(server.url, clients.uploads)
        every_task_ends(server.url, clients.tasks)
        _no_task_is_left(server)
    every_reading_is_one_record(database.url)
    nothing_temporary_is_left(tmp_path / "data")


def test_while_it_is_away_each_route_says_so_or_needs_none(tmp_path: Path, database: Restarted) -> None:
    with running(tmp_path, DATABASE_URL=database.url) as server, httpx2.Client(base_url=server.url) as client:
        sent = client.post(f"/upload?uuid={_ME}", files={"f": ("1.png", picture(random.Random(1)))})
        client.post("/upload", files={"f": ("1.png", picture(random.Random(2)))}).raise_for_status()
        assert (sent.status_code, client.get("/ready").status_code) == (200, 200)
        database.stop(signal.SIGINT)
        try:
            answers = {path: client.get(path) for path in _ROUTES}
            assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(_ROUTES, 503)
            assert {answer.headers.get("Retry-After") for answer in answers.values()} == {"10"}
            told = {path: client.get(path).status_code for path in _WITHOUT}
            assert told == dict.fromkeys(_WITHOUT, 200)
            _until_ready(client, 503)
        finally:
            database.start()
        _until_ready(client, 200)
        assert client.get(f"/start?uuid={_ME}").status_code == 200


def _until(seen: Sequence[object], number: int) -> None:
    end = time.monotonic() + 120
    while len(seen) < number:
        assert time.monotonic() < end, "it has not come back"
        time.sleep(0.01)


def _until_ready(client: httpx2.Client, status: int) -> None:
    """It looks every few seconds."""
    end = time.monotonic() + 60
    while client.get("/ready").status_code != status:
        assert time.monotonic() < end, f"/ready is not {status}"
        time.sleep(0.1)


def _no_task_is_left(server: Server) -> None:
    """Those included whose clients heard a 503 although they were entered."""
    end = time.monotonic() + 120
    while any(_open(server)):
        assert time.monotonic() < end, "a task does not end"
        time.sleep(0.1)


def _open(server: Server) -> list[float]:
    lines = httpx2.get(f"{server.url}/metrics", timeout=60).text.splitlines()
    return [float(line.rpartition(" ")[2]) for line in lines if line.startswith("castmark_queue_tasks{")]
