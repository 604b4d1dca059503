"""Files in a folder: a line for each event, once, whatever was cut off before."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from handlers.errors import ConfigurationError, NotDelivered
from handlers.outbox.events import Event
from handlers.outbox.targets import targets_of
from handlers.outbox.targets.base import Target
from handlers.outbox.targets.folder import COLUMNS
from handlers.settings import Settings

DAY, NEXT_DAY = 1_796_000_000.0, 1_796_086_400.0


def _target(folder: Path, kind: str) -> Target:
    (target,) = targets_of(Settings.model_validate({"outbox": {"folder": folder, "folder_format": kind}}))
    return target


def _event(number: int, at: float = DAY, **data: Any) -> Event:
    facts = {"reading": number, "text": f"A{number}", "picture": {"name": "=1+1.jpg", "sha256": "a" * 64}}
    return Event(f"01939f1c-9c2a-7000-8a3b-{number:012}", "reading.recorded", at, number, facts | data)


def _rows(file: Path) -> list[list[str]]:
    return list(csv.reader(file.read_text("utf-8-sig").splitlines()))


def test_table_has_a_file_a_day_that_spreadsheets_read(tmp_path: Path) -> None:
    target = _target(tmp_path / "drop", "csv")
    for event in (_event(1), _event(2, text="=李\nb"), _event(3, NEXT_DAY)):
        target.deliver(event)
    one, other = sorted((tmp_path / "drop").iterdir())
    assert [one.name, other.name] == ["castmark-2026-11-30.csv", "castmark-2026-12-01.csv"]
    header, first, second = _rows(one)
    assert tuple(header) == COLUMNS
    assert (first[0], first[3], first[4], first[-1]) == (_event(1).id, "1", "A1", "'=1+1.jpg")
    assert second[4] == "'=李 b"
    assert one.read_bytes().startswith("﻿id,".encode()), "one mark, at the beginning"
    assert one.stat().st_mode & 0o777 == 0o644


def test_json_has_an_event_a_line(tmp_path: Path) -> None:
    target = _target(tmp_path, "json")
    target.deliver(_event(1))
    target.deliver(_event(2))
    (file,) = tmp_path.iterdir()
    assert [json.loads(line) for line in file.read_text().splitlines()] == [_event(1).whole(), _event(2).whole()]


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_event_that_comes_again_is_written_once(tmp_path: Path, kind: str) -> None:
    for target in (_target(tmp_path, kind), _target(tmp_path, kind)):
        target.deliver(_event(1))
        target.deliver(_event(1))
        target.deliver(_event(2))
        target.close()
    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) == 2 + (kind == "csv")


@pytest.mark.parametrize("kind", ["csv", "json"])
@pytest.mark.parametrize("cut", [1, 40])
def test_line_that_a_crash_cut_off_is_written_again(tmp_path: Path, kind: str, cut: int) -> None:
    target = _target(tmp_path, kind)
    target.deliver(_event(1))
    target.deliver(_event(2))
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    target.deliver(_event(2))
    assert file.read_bytes() == whole


def test_folder_that_is_gone_is_made_again_and_one_that_cannot_be_is_said(tmp_path: Path) -> None:
    target = _target(tmp_path / "drop", "csv")
    (tmp_path / "drop").rmdir()
    target.deliver(_event(1))
    (tmp_path / "drop" / "castmark-2026-11-30.csv").unlink()
    (tmp_path / "drop").rmdir()
    (tmp_path / "drop").write_text("a file")
    with pytest.raises(NotDelivered, match="Nothing can be written into"):
        target.deliver(_event(1))


def test_folder_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"CASTMARK_OUTBOX__FOLDER is .* where nothing can be written"):
        _target(tmp_path / "file", "csv")
