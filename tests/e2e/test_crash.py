"""Servers that are killed, and servers side by side: nothing is lost, and nothing is recorded twice."""

import io
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.records.tables import mold_info
from tests.databases import fresh_database
from tests.drawing import draw_hub
from tests.servers import Server, running

_LEASE = {"EXPIRY__LEASE_SECONDS": "0.5"}
_TEXTS = ("A27", "K4")


@pytest.fixture(scope="module")
def hubs() -> list[tuple[str, tuple[str, bytes]]]:
    """Two hubs, as the files of one upload."""
    files = []
    for number, text in enumerate(_TEXTS):
        file = io.BytesIO()
        draw_hub(text, angle=20, seed=3 + number).save(file, "PNG")
        files.append((f"f{number}", (f"{text}.png", file.getvalue())))
    return files


def _submit(server: Server, client: str, files: list[Any]) -> str:
    httpx2.post(f"{server.url}/upload?uuid={client}", files=files, timeout=60).raise_for_status()
    task: str = httpx2.get(f"{server.url}/start?uuid={client}").raise_for_status().json()["task_uuid"]
    return task


def _texts(server: Server, tasks: list[str]) -> Iterator[str]:
    """The text of each task, once it is over."""
    for task in tasks:
        deadline = time.monotonic() + 120
        while isinstance(status := httpx2.get(f"{server.url}/status?task={task}").json()["status"], str):
            assert time.monotonic() < deadline, f"{task} is still {status}"
            time.sleep(0.05)
        assert status["status"] == "completed", status
        yield status["text"]


def _recorded(url: str) -> Counter[str]:
    database = Database(url)
    with database.read() as connection:
        counted = Counter(row[2] for row in all_records(connection)[1:])
    database.close()
    return counted


def test_server_killed_again_and_again_loses_nothing_and_records_once(tmp_path: Path, hubs: list[Any]) -> None:
    moments = random.Random(7)
    with running(tmp_path, **_LEASE) as server:
        tasks = [_submit(server, f"c{number}", hubs) for number in range(2)]
        server.kill()
    for _ in range(5):
        with running(tmp_path, **_LEASE) as server:
            time.sleep(moments.uniform(0.1, 1.6))
            server.kill()
    with running(tmp_path, **_LEASE) as server:
        texts = list(_texts(server, tasks))
    assert len(set(texts)) == 1, "every task has the same pictures"
    read = texts[0].splitlines()
    assert len(read) == 2
    assert _recorded(f"sqlite:///{tmp_path / 'data' / 'castmark.db'}") == Counter(dict.fromkeys(read, 2))


def test_three_servers_share_one_database_and_one_storage(
    tmp_path: Path, hubs: list[Any], postgresql_server: str
) -> None:
    url = fresh_database(postgresql_server)
    shared = {"DATABASE_URL": url, "DATA": str(tmp_path / "data"), **_LEASE}
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("one", "two", "three")]
        for folder in folders:
            folder.mkdir()
        one, two = (stack.enter_context(running(folder, **shared)) for folder in folders[:2])
        three = stack.enter_context(running(folders[2], **shared))
        servers = (one, two, three)
        tasks = [_submit(servers[number % 3], f"c{number}", hubs) for number in range(3)]
        three.kill()
        texts = list(_texts(one, tasks))
        assert list(_texts(two, tasks)) == texts
    assert len(set(texts)) == 1
    assert _recorded(url) == Counter(dict.fromkeys(texts[0].splitlines(), 3))


def test_known_molds_help_reading(tmp_path: Path) -> None:
    """A lone 6 may be a 9: which of them is a mold decides."""
    file = io.BytesIO()
    draw_hub("66", angle=10, seed=5).save(file, "PNG")
    with running(tmp_path) as server:
        httpx2.post(f"{server.url}/upload", files={"f": ("66.png", file.getvalue())}).raise_for_status()
        (before,) = httpx2.get(f"{server.url}/start?detail=1", timeout=60).json()
    other = "99" if before["text"] == "66" else "66"
    assert before["text"] in ("66", "99")
    assert other in [each["text"] for each in before["alternatives"]]
    database = Database(f"sqlite:///{tmp_path / 'data' / 'castmark.db'}")
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number=other)))
    database.close()
    with running(tmp_path) as server:
        # The same batch would have the same answer.
        httpx2.post(f"{server.url}/upload", files={"f": ("66.png", file.getvalue())}).raise_for_status()
        (after,) = httpx2.get(f"{server.url}/start?detail=1", timeout=60).json()
    assert (after["text"], after["preferred_known"], after["needs_review"]) == (other, True, True)
    with running(tmp_path, PREFER_KNOWN_MOLDS="false") as server:
        httpx2.post(f"{server.url}/upload", files={"f": ("66.png", file.getvalue())}).raise_for_status()
        (off,) = httpx2.get(f"{server.url}/start?detail=1", timeout=60).json()
    assert (off["text"], off["preferred_known"]) == (before["text"], False)
