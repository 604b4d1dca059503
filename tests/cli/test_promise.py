"""`castmark promise`, and readings that `castmark read --record` records under one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_cli import _lines, _rooms, _run


def test_without_a_promise_the_command_says_so() -> None:
    assert _lines(_run("promise")) == ["Nothing is promised: CASTMARK_WRONG_AT_MOST is not set."]


def test_readings_recorded_by_the_command_are_judged_and_counted(
    tmp_path: Path, picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASTMARK_WRONG_AT_MOST", "5")
    (tmp_path / "0.png").write_bytes(picture())
    (told,) = map(json.loads, _lines(_run("read", "0.png", "--record", "--json")))
    assert (told["judged"]["verdict"], told["needs_review"]) == ("unclear", True)
    lines = _lines(_run("promise"))
    assert lines[0].startswith("At most 5 wrong in 1,000 accepted readings")
    assert lines[1].startswith("all: not proved yet, about 980 more must be checked; accepted from 0.7000 on")
    assert lines[2].endswith("1 read\t0 accepted\t0 drawn\t0 checked\t0 wrong")
    with _rooms() as rooms, rooms.database.read() as connection:
        from handlers.records.history import one

        assert one(connection, told["id"])["reading"]["judged"] == told["judged"]
