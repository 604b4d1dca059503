"""The event log: what is noted is there, whatever happens to its files."""

import json
import logging
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handlers.logbook.base import now
from handlers.logbook.files import EventLog, TwoLogs

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "events.jsonl"


def _remarks(log: EventLog, limit: int = 1000) -> list[str]:
    return [event["remark"] for event in log.latest(limit)]


def test_events_come_back_oldest_first(path: Path) -> None:
    log = EventLog(path)
    assert log.latest() == []
    log.note("upload", "ok", "2 pictures")
    log.note("start", "ok")
    first, second = EventLog(path).latest()
    assert list(first) == ["timestamp", "event", "result", "remark"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first["timestamp"])
    assert (first["event"], first["result"], first["remark"]) == ("upload", "ok", "2 pictures")
    assert (second["event"], second["result"], second["remark"]) == ("start", "ok", "")
    assert [event["event"] for event in log.latest(1)] == ["start"]
    assert log.latest(0) == []


def test_time_is_that_of_the_zone() -> None:
    assert now("Asia/Shanghai") != now("America/Los_Angeles")


def test_size_is_bounded_and_the_latest_stay(path: Path) -> None:
    log = EventLog(path, max_bytes=2000, files=3)
    for number in range(200):
        log.note("upload", "ok", str(number))
    names = sorted(file.name for file in path.parent.iterdir() if file.suffix == ".jsonl")
    assert names == ["events.1.jsonl", "events.2.jsonl", "events.jsonl"]
    assert all(file.stat().st_size <= 2000 for file in path.parent.iterdir())
    remarks = _remarks(log)
    assert len(remarks) > 30
    assert remarks == [str(number) for number in range(200 - len(remarks), 200)]
    assert _remarks(log, 25) == remarks[-25:]


def test_one_file_alone_starts_anew(path: Path) -> None:
    log = EventLog(path, max_bytes=300, files=1)
    for number in range(10):
        log.note("upload", "ok", str(number))
    assert path.stat().st_size <= 300
    assert _remarks(log)[-1] == "9"


def test_threads_and_logs_of_their_own_lose_nothing(path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: EventLog(path).note("upload", "ok", str(number)), range(200)))
    assert sorted(map(int, _remarks(EventLog(path)))) == list(range(200))


def test_processes_lose_nothing_while_files_rotate(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from handlers.logbook.files import EventLog\n"
        f"log = EventLog(Path({str(path)!r}), max_bytes=8000, files=9)\n"
        "for number in range(100): log.note('upload', 'ok', f'{sys.argv[1]}-{number}')\n"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(name)], cwd=_ROOT) for name in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    remarks = _remarks(EventLog(path, max_bytes=8000, files=9))
    assert sorted(remarks) == sorted(f"{name}-{number}" for name in range(3) for number in range(100))


@pytest.mark.parametrize(
    "torn",
    [
        b'{"timestamp": "2026-01-01 00:',
        b"\xff\xfe\0garbage",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"timestamp": 1}',
        b"\n\n",
    ],
)
def test_torn_line_costs_only_itself(path: Path, torn: bytes) -> None:
    log = EventLog(path)
    log.note("upload", "ok", "before")
    with path.open("ab") as file:
        file.write(torn)
    log.note("upload", "ok", "after")
    assert _remarks(log) == ["before", "after"]


def test_foreign_fields_stay_outside(path: Path) -> None:
    path.parent.mkdir()
    event = {"timestamp": "t", "event": "e", "result": "r", "remark": "m", "secret": "s"}
    path.write_text(json.dumps(event) + "\n")
    assert EventLog(path).latest() == [{"timestamp": "t", "event": "e", "result": "r", "remark": "m"}]


@pytest.mark.parametrize(
    ("remark", "kept"),
    [
        ("轮毂.png 已损坏", "轮毂.png 已损坏"),
        ('"quoted"\\', '"quoted"\\'),
        ("one\r\ntwo\ttabs\0\x1b[31m\u2028\u202e", "one  two tabs  [31m  "),
        ("\ud800 alone", "  alone"),
        ("x" * 10_000, "x" * 500),
        ("client 3F0C6d0e-1111-2222-3333-444455556666.", "client (uuid)."),
        ("client 3f0c6d0e111122223333444455556666", "client (uuid)"),
        ("x" * 480 + " 3f0c6d0e-1111-2222-3333-444455556666", "x" * 480 + " (uuid)"),
    ],
)
def test_remarks_are_short_printable_and_without_uuids(path: Path, remark: str, kept: str) -> None:
    log = EventLog(path)
    log.note("upload", "ok", remark)
    assert _remarks(log) == [kept]
    assert path.read_bytes().count(b"\n") == 1


def test_full_or_unwritable_disk_fails_nothing_and_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    log = EventLog(tmp_path / "data" / "events.jsonl")
    with caplog.at_level(logging.WARNING, "castmark.events"):
        for _ in range(3):
            log.note("upload", "ok")
    assert [record.name for record in caplog.records] == ["castmark.events"]
    assert "Events cannot be noted" in caplog.text
    assert log.latest() == []
    (tmp_path / "data").unlink()
    log.note("upload", "ok", "well again")
    assert _remarks(log) == ["well again"]


def test_events_are_read_where_nothing_can_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path)
    log.note("upload", "ok", "x")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    log.note("upload", "ok", "not noted")
    assert _remarks(log) == ["x"]


def test_without_filelock_installed_nothing_fails(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "filelock", None)
    EventLog(path).note("upload", "ok")
    assert EventLog(path).latest() == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full disk to write to")
def test_disk_that_is_full_at_last(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    EventLog(path).note("upload", "ok")
    assert "No space left" in caplog.text


class TestTwoLogs:
    def test_no_number_of_uploads_and_refusals_pushes_a_login_out(self, tmp_path: Path) -> None:
        logs = TwoLogs(
            EventLog(tmp_path / "events.jsonl", max_bytes=5000), EventLog(tmp_path / "callers.jsonl", max_bytes=5000)
        )
        logs.note("login", "ok")
        for number in range(300):
            logs.note("upload", "refused", str(number))
            logs.note("login", "refused", str(number))
            logs.note("upload", "ok", str(number))
        shown = logs.latest(20)
        assert len(shown) == 20
        assert ("login", "ok") in [(event["event"], event["result"]) for event in shown]
        assert shown[-1]["remark"] == "299"

    def test_operators_see_their_own_and_half_of_the_others(self, tmp_path: Path) -> None:
        logs = TwoLogs(EventLog(tmp_path / "events.jsonl"), EventLog(tmp_path / "callers.jsonl"))
        for number in range(30):
            logs.note("console", "written", f"ours {number}")
            logs.note("upload", "ok", f"theirs {number}")
        remarks = {event["remark"] for event in logs.latest(10)}
        assert remarks == {f"{whose} {number}" for whose in ("ours", "theirs") for number in range(25, 30)}
        assert len(logs.latest(100)) == 60
        assert logs.latest(0) == []

    def test_all_that_was_before_a_time_is_there_whosever_it_was(self, tmp_path: Path) -> None:
        paths = (tmp_path / "events.jsonl", tmp_path / "callers.jsonl")
        events = [("console", paths[0], 0), *(("upload", paths[1], second) for second in range(1, 9))]
        for event, path, second in events:
            facts = {"timestamp": f"2026-03-01 08:15:0{second}", "event": event, "result": "ok", "remark": str(second)}
            with path.open("a") as file:
                file.write(json.dumps(facts) + "\n")
        logs = TwoLogs(*map(EventLog, paths))
        assert [event["remark"] for event in logs.latest(4)] == ["0", "6", "7", "8"]
        assert [event["remark"] for event in logs.latest(4, "2026-03-01 08:15:06")] == ["3", "4", "5", "6"]
        assert [event["remark"] for event in logs.latest(4, "2026-03-01 08:15:03")] == ["0", "1", "2", "3"]
