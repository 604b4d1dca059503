"""`castmark read` for many: all cores, a table that is gone on with, drawings, and records of each file once."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from handlers.cli import many
from handlers.cli.drawing import place_of
from tests.drawing import draw_hub
from tests.test_cli import _lines, _rooms, _run


@pytest.fixture
def folder(tmp_path: Path, picture: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of small pictures, one of them a drawn hub, which is where this process is."""
    monkeypatch.chdir(tmp_path)
    for number in range(7):
        (tmp_path / f"{number}.png").write_bytes(picture("PNG", (40 + number, 40)))
    draw_hub("11").save(tmp_path / "7.png")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_processes_answer_in_the_order_that_was_asked() -> None:
    result = _run("read", ".", "--jobs", "2")
    assert _lines(result) == [*(f"{number}.png\t" for number in range(7)), "7.png\t11"]
    assert result.stderr.startswith("8 read, ")


@pytest.mark.usefixtures("folder")
def test_few_pictures_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "ProcessPoolExecutor", None)
    assert len(_lines(_run("read", "0.png", "1.png", "--jobs", "8"))) == 2


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
def test_table_is_gone_on_with_where_it_was_torn(folder: Path, name: str) -> None:
    _run("read", "0.png", "1.png", "--into", name)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-5])
    result = _run("read", "0.png", "1.png", "2.png", "--into", name)
    assert "1 were read before." in result.stderr and "2 read" in result.stderr
    text = (folder / name).read_text()
    rows = list(csv.DictReader(io.StringIO(text))) if name == "out.csv" else [*map(json.loads, text.splitlines())]
    assert [row["name"] for row in rows] == ["0.png", "1.png", "2.png"]
    assert "3 were read before." in _run("read", "0.png", "1.png", "2.png", "--into", name).stderr


def test_what_is_found_is_drawn_on_a_copy(folder: Path) -> None:
    _run("read", "7.png", "0.png", "--draw", "drawn")
    with Image.open(folder / "drawn" / "7.png.jpg") as drawn, Image.open(folder / "7.png") as plain:
        assert drawn.size == plain.size
        marked = sum(1 for red, green, blue in _pixels(drawn) if red > green + 40 > blue)
    assert marked > 150, "the line around the mark is there, on a picture without colours"
    assert (folder / "drawn" / "0.png.jpg").exists()


def _pixels(image: Image.Image) -> list[tuple[int, int, int]]:
    data = image.convert("RGB").tobytes()
    return list(zip(data[::3], data[1::3], data[2::3], strict=True))


def test_drawing_keeps_folders_and_stays_in_its_own() -> None:
    assert place_of(Path("out"), Path("a/../../b/1.png")) == Path("out/a/b/1.png.jpg")
    assert place_of(Path("out"), Path("/etc/1.png")) == Path("out/etc/1.png.jpg")


def test_readings_become_records_each_file_once(folder: Path, picture: Callable[..., bytes]) -> None:
    first = _run("read", "7.png", "0.png", "--record", "--json")
    assert [json.loads(line)["id"] for line in _lines(first)] == [1, 2]
    assert "2 were read before." in _run("read", "7.png", "0.png", "--record").stderr
    (folder / "0.png").write_bytes(picture("PNG", (99, 40)))
    again = _run("read", "7.png", "0.png", "1.png", "--record").stderr
    assert "2 read" in again and "1 were read before" in again
    with _rooms() as rooms, rooms.database.read() as connection:
        from handlers.records.history import one

        told = one(connection, 1)
        assert (told["text"], told["picture"], told["evidence"]) == ("11", "7.png", ["crop", "small"])


def test_picture_that_cannot_be_read_is_no_record_and_an_error(folder: Path) -> None:
    (folder / "x.png").write_bytes(b"?")
    result = _run("read", "x.png", "0.png", "--record", code=1)
    assert "1 could not be read" in result.stderr


class TestSubmitAndWait:
    def test_it_ends_with_a_table_that_keeps_folders(self, folder: Path) -> None:
        (folder / "in" / "left").mkdir(parents=True)
        (folder / "7.png").rename(folder / "in" / "left" / "hub.png")
        (folder / "0.png").rename(folder / "in" / "0.png")
        for junk in ("Thumbs.db", "desktop.ini", ".DS_Store"):
            (folder / "in" / junk).write_bytes(b"junk")
        (folder / "in" / "__MACOSX").mkdir()
        (folder / "in" / "__MACOSX" / "._hub.png").write_bytes(b"junk")
        result = _run("submit", "in", "--wait")
        assert "2 submitted, 0 already known, 0 refused." in result.stdout
        assert {"left/hub.png\t11", "0.png\t"} <= set(_lines(result))
        assert "2 read" in result.stderr
        again = _run("submit", "in", "--wait")
        assert "2 already known" in again.stdout and "left/hub.png\t11" in _lines(again)


class TestTokens:
    def test_they_are_made_listed_and_revoked(self) -> None:
        (token,) = _lines(_run("tokens", "make", "Line 3", "--role", "reviewer"))
        assert token.startswith("castmark_")
        with _rooms() as rooms:
            holder = rooms.tokens.holder_of(token)
            assert holder and (holder.name, holder.role) == ("Line 3", "reviewer")
        (line,) = _lines(_run("tokens", "list"))
        assert line.split("\t")[::3] == ["Line 3", "command"] and token not in line
        assert "a token called Line 3 already" in _run("tokens", "make", "Line 3", code=2).stderr
        _run("tokens", "revoke", "Line 3")
        assert "no token called Line 3" in _run("tokens", "revoke", "Line 3", code=2).stderr
        assert _lines(_run("tokens", "list")) == []
