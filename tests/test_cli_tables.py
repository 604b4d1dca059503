"""The `castmark` command, from folders of pictures to tables, and from the records to files."""

import csv
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from handlers.records import audit
from handlers.records.readings import insert_record
from tests.test_cli import _lines, _rooms, _run


@pytest.fixture
def write(tmp_path: Path, picture: Callable[..., bytes]) -> Callable[..., Path]:
    """Files by name in the folder `in`, which is answered; pictures, where nothing else is said."""

    def write(*names: str, content: bytes = picture()) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path / "in"

    return write


class TestReadMany:
    def test_folders_and_patterns_are_read_and_counted(
        self,
        write: Callable[..., Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        folder = write("a/1.png", "a/b/2.png", "c/3.png", ".hidden/4.png")
        write("a/Thumbs.db", "a/notes.txt", content=b"text")
        monkeypatch.chdir(folder)
        result = _run("read", "a", "c/*.png")
        assert _lines(result) == ["a/1.png\t", "a/b/2.png\t", "c/3.png\t"]
        assert result.stderr == "3 read, 3 of them to check; 0 could not be read.\n"
        assert "0 read" in _run("read", "nothing*.png", code=1).stderr

    def test_table_has_a_line_for_each_and_says_what_failed(
        self,
        write: Callable[..., Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.chdir(write("1.png"))
        write("x.txt", content=b"?")
        rows = list(csv.DictReader(io.StringIO(_run("read", "--csv", "1.png", "x.txt", code=1).stdout)))
        assert [(row["name"], row["needs_review"]) for row in rows] == [("1.png", "True"), ("x.txt", "")]
        assert rows[1]["error"].startswith("x.txt is not a picture")


class TestExport:
    @pytest.fixture(autouse=True)
    def _recorded(self) -> None:
        with _rooms() as rooms:
            for text, day in (("11", 1), ("=A27", 2)):
                shown = f"2026-03-0{day} 10:00:00"
                rooms.database.write(partial(insert_record, mold_number=text, shown=shown))

    def test_what_is_wanted_is_written(self, tmp_path: Path) -> None:
        assert "2 readings." in _run("export").stderr
        _run("export", "out.jsonl", "--format", "jsonl", "--since", "2026-03-02")
        (line,) = (tmp_path / "out.jsonl").read_text().splitlines()
        assert json.loads(line)["text"] == "=A27"
        _run("export", "out.csv", "--part", "a2")
        assert ",'=A27," in (tmp_path / "out.csv").read_text("utf-8-sig")
        assert not list(tmp_path.glob("*.part"))

    def test_changes_are_told_with_who_made_them(self) -> None:
        with _rooms() as rooms:
            rooms.database.write(lambda connection: audit.note(connection, "Li", "correct", "reading 1:\n'1' -> '2'"))
        (line,) = _lines(_run("audit"))
        assert line.split("\t")[1:] == ["Li", "correct", "reading 1: '1' -> '2'"]

    def test_file_that_is_there_and_kind_that_is_none_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "out.csv").write_text("mine")
        assert "exists already" in _run("export", "out.csv", code=2).stderr
        assert "is no format" in _run("export", "--format", "pdf", code=2).stderr
        assert (tmp_path / "out.csv").read_text() == "mine"
