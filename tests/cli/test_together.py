"""`castmark read --together`: photos of one mark are one line, and one record."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from handlers.cli.commands import app
from tests.drawing import draw_hub


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    for seed in (1, 2):
        draw_hub("A27", seed=seed).save(tmp_path / f"{seed}.jpg", quality=90)
    draw_hub("B55", seed=3).save(tmp_path / "other.jpg", quality=90)
    return ["1.jpg", "2.jpg"]


def _read(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["read", "--together", *arguments])
    assert result.exit_code == code, result.output
    return result


def test_photos_of_one_mark_are_one_line(photos: list[str]) -> None:
    (line,) = _read(*photos).stdout.splitlines()
    name, text = line.split("\t")
    assert (name in photos, text) == (True, "A27")


def test_full_reading_says_what_each_photo_shows(photos: list[str]) -> None:
    whole = json.loads(_read("--json", *photos, "other.jpg").stdout)
    assert [photo["shows"] for photo in whole["photos"]] == ["same", "same", "other"]
    assert (whole["text"], whole["same_mark"], whole["needs_review"]) == ("A27", False, True)


def test_they_are_recorded_once_and_drawn(photos: list[str]) -> None:
    assert json.loads(_read("--json", "--record", "--draw", "drawn", *photos).stdout)["id"] == 1
    assert len(list(Path("drawn").iterdir())) == 1
    again = _read("--record", *photos)
    assert again.stdout == "" and "2 were read before." in again.stderr


def test_one_photo_alone_or_one_that_is_missing_is_said(photos: list[str]) -> None:
    assert "2 to 8 photos" in _read(photos[0], code=1).stderr
    assert "cannot be read" in _read(photos[0], "nowhere.jpg", code=1).stderr
