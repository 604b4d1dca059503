"""The console on the wire, as the public front ends use it, and what it does to a running server."""

import io
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.drawing import draw_hub
from tests.servers import Server, command, environment, refusal, running

_HEADER = ["hub_id", "recognition_time", "mold_number"]


def _type(server: Server, line: str, agent: str = "crs", **more: str) -> Any:
    # As CRS sends it: no cookie, no uuid.
    answer = httpx2.get(f"{server.url}/command", params={"command": line, **more}, headers={"User-Agent": agent})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _hub() -> bytes:
    file = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(file, "PNG")
    return file.getvalue()


def test_every_reading_is_in_the_history(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        httpx2.post(f"{server.url}/upload", files={"f": ("h.png", _hub())}).raise_for_status()
        assert httpx2.get(f"{server.url}/start", timeout=60).json() == ["A27"]
        for line in ("exit", "sql"):
            _type(server, line)
        rows = _type(server, "--query_all_recognition_record")
        assert _type(server, "exit")
        assert rows[0] == _HEADER
        assert [row[2] for row in rows[1:]] == ["A27"]
        assert httpx2.get(f"{server.url}/getdatabase").json() == {"result": rows}
        assert httpx2.post(f"{server.url}/getdatabase").json() == {"result": rows}


def test_sessions_over_the_wire_are_a_callers_own(server: Server) -> None:
    _type(server, "sql", agent="one")
    assert "no command" in _type(server, "SELECT 1 AS one", agent="other")
    assert _type(server, "SELECT 1 AS one", agent="one") == [["one"], [1]]
    _type(server, "sql", session="named")
    assert _type(server, "SELECT 1 AS one", agent="anyone", session="named") == [["one"], [1]]
    cookie = {"Cookie": "castmark_session=abc"}
    httpx2.get(f"{server.url}/command?command=sql", headers=cookie)
    answer = httpx2.post(f"{server.url}/command?command=SELECT 2 AS two", headers=cookie)
    assert answer.json() == [["two"], [2]]


def test_no_command_is_400(server: Server) -> None:
    for query in ("", "command=", "command=%20"):
        answer = httpx2.get(f"{server.url}/command?{query}")
        assert answer.status_code == 400
        assert "command" in answer.json()["error"]


def test_stop_from_the_console_is_answered_and_ends_with_0(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert "stops once what runs is answered" in _type(server, "server -s")
        assert server.ended() == 0


def test_stop_while_readings_run_and_wait_loses_none_of_them(tmp_path: Path) -> None:
    files = [(f"f{number}", (f"{number}.png", _hub())) for number in range(2)]
    tasks = []
    with running(tmp_path, EXPIRY__LEASE_SECONDS="0.5") as server:
        for client in ("a", "b", "c"):
            httpx2.post(f"{server.url}/upload?uuid={client}", files=files).raise_for_status()
            tasks.append(httpx2.get(f"{server.url}/start?uuid={client}").json()["task_uuid"])
        _type(server, "server -s")
        assert server.ended() == 0
    with running(tmp_path, EXPIRY__LEASE_SECONDS="0.5") as server:
        for task in tasks:
            while isinstance(status := httpx2.get(f"{server.url}/status?task={task}").json()["status"], str):
                time.sleep(0.05)
            assert status == {"status": "completed", "text": "\n".join(["A27"] * 2)}
        assert len(httpx2.get(f"{server.url}/getdatabase").json()["result"]) == 1 + 6


def test_blacklist_edits_last_until_the_next_start(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        _type(server, "blacklist --remove update")
        assert "update" not in _type(server, "blacklist")
    with running(tmp_path) as server:
        assert "update" in _type(server, "blacklist")


def _transfer(folder: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*flags), cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_old_database_comes_in_and_a_copy_goes_out_while_the_server_runs(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old, old:
        old.execute("CREATE TABLE recognition_record (hub_id INTEGER, recognition_time TEXT, mold_number TEXT)")
        old.execute("CREATE TABLE mold_info (mold_number TEXT, mold_name TEXT)")
        old.execute("INSERT INTO recognition_record VALUES (5, '2024-01-02 03:04:05', '11')")
    with running(tmp_path) as server:
        done = _transfer(tmp_path, "--import-database", "old.db")
        assert (done.returncode, "1 rows of recognition_record" in done.stdout) == (0, True), done.stderr
        assert httpx2.get(f"{server.url}/getdatabase").json()["result"][1] == [5, "2024-01-02 03:04:05", "11"]
        assert _transfer(tmp_path, "--export-database", "copy.db").returncode == 0
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert list(copy.execute("SELECT hub_id, mold_number FROM recognition_record")) == [(5, "11")]


@pytest.mark.parametrize("flags", [("--import-database", "none.db"), ("--export-database", "nowhere/copy.db")])
def test_transfer_that_fails_is_one_sentence(tmp_path: Path, flags: tuple[str, str]) -> None:
    done = _transfer(tmp_path, *flags)
    assert done.returncode == 2
    assert flags[1].partition("/")[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_existing_database_named_by_url_is_taken_over(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db")) as old, old:
        old.execute(
            "CREATE TABLE recognition_record "
            "(hub_id INTEGER PRIMARY KEY AUTOINCREMENT, recognition_time TEXT, mold_number TEXT)"
        )
        old.execute("CREATE TABLE mold_info (mold_number TEXT PRIMARY KEY, mold_name TEXT)")
        old.execute("INSERT INTO recognition_record VALUES (7, '2024-01-02 03:04:05', '11')")
    with running(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'data.db'}") as server:
        _type(server, "sql")
        assert "Reading 8" in _type(server, "--insert 12")
        assert [row[0] for row in _type(server, "--query_all_recognition_record")[1:]] == [7, 8]


def test_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    url = "postgresql://nobody:a-secret@127.0.0.1:1/none"
    said = refusal(tmp_path, DATABASE_URL=url)
    assert "The database cannot be used" in said
    assert "CASTMARK_DATABASE_URL" in said
    assert "a-secret" not in said
