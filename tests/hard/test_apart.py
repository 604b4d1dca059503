"""Callers that do as they like at the same time, with the same names of files, and never meet."""

import io
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx2
from PIL import Image

from tests.hard.lasting import TIMES
from tests.servers import Server, running

_CALLERS, _STEPS = 5, 40


class _Caller:
    """One who knows what is his own: `batch` has the content of each of his pictures, in order."""

    def __init__(self, url: str, number: int) -> None:
        self._number = number
        self._chance = random.Random(number)
        # By a uuid, by a short one, by a cookie, and by nothing but the program that asks.
        self._query = [{"uuid": f"{number:032}"}, {"uuid": f"c{number}"}, {}, {}, {"uuid": f"{number:016}"}][number]
        cookies = {"castmark_session": f"a cookie of {number}"} if number == 2 else {}
        agent = {"User-Agent": f"program {number}"}
        self._client = httpx2.Client(base_url=url, headers=agent, cookies=cookies, timeout=60)
        self._batch: list[tuple[str, bytes]] = []

    def live(self) -> int:
        steps = (self._upload, self._upload, self._add, self._clear, self._clear_one, self._look, self._look, self._get)
        with self._client:
            for _ in range(_STEPS * TIMES):
                self._chance.choice(steps)()
                self._look()
        return self._number

    def _sent(self, **more: str) -> tuple[str, bytes]:
        name = self._chance.choice(["a.png", "b.png", "c.png"])
        file = io.BytesIO()
        Image.frombytes("L", (16, 16), self._chance.randbytes(256)).save(file, "PNG")
        files = {"f": (name, file.getvalue())}
        self._client.post("/upload", params=self._query | more, files=files).raise_for_status()
        return name, file.getvalue()

    def _upload(self) -> None:
        self._batch = [self._sent()]

    def _add(self) -> None:
        self._batch.append(self._sent(keep="1"))

    def _clear(self) -> None:
        self._client.get("/clear", params=self._query).raise_for_status()
        self._batch = []

    def _clear_one(self) -> None:
        name = self._chance.choice(["a.png", "b.png", "c.png"])
        self._client.get("/clear", params=self._query | {"filename": name}).raise_for_status()
        self._batch = [one for one in self._batch if one[0] != name]

    def _look(self) -> None:
        answer = self._client.get("/info", params=self._query).raise_for_status().json()
        assert [name for _, name, _ in answer["file_list"]] == [name for name, _ in self._batch]

    def _get(self) -> None:
        name = self._chance.choice(["a.png", "b.png", "c.png"])
        mine = [content for its, content in self._batch if its == name]
        answer = self._client.get("/getpicture", params=self._query | {"name": name})
        assert (answer.status_code, answer.content if mine else b"") == ((200, mine[-1]) if mine else (404, b""))


def test_callers_never_meet(tmp_path: Path) -> None:
    with running(tmp_path, LIMITS__UPLOADS_MINUTE="100000") as server, ThreadPoolExecutor(_CALLERS) as threads:
        callers = [_Caller(server.url, number) for number in range(_CALLERS)]
        assert sorted(threads.map(_Caller.live, callers)) == list(range(_CALLERS))


def test_nobody_is_told_of_the_pictures_of_others(tmp_path: Path) -> None:
    with running(tmp_path) as server, ExitStack() as stack:
        mine = _Caller(server.url, 0)
        stack.enter_context(mine._client)
        mine._upload()
        _sees_nothing(server, {"User-Agent": "another program"}, {})
        _sees_nothing(server, {"User-Agent": "program 0"}, {"uuid": "somebody-elses-own"})
        mine._look()


def _sees_nothing(server: Server, headers: dict[str, str], query: dict[str, str]) -> None:
    with httpx2.Client(base_url=server.url, headers=headers, params=query) as other:
        assert other.get("/info").json()["file_count"] == 0
        assert other.get("/getpicture", params=query | {"name": "a.png"}).status_code == 404
        assert other.get("/start").status_code == 404
        other.get("/clear").raise_for_status()
