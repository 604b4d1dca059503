"""The history as files that spreadsheets open, and do not run."""

import csv
import io
import json
import re
import zipfile
from typing import Any

import pytest

from handlers.errors import BadRequest
from handlers.records import exporting
from handlers.records.exporting import COLUMNS, defused, written

_EVIL = '=HYPERLINK("http://evil.example")'


def _row(number: int = 1, text: str = "A27", **more: Any) -> dict[str, Any]:
    facts = {"id": number, "time": "2026-03-01 10:00:00", "text": text, "machine_text": None, "confidence": 0.5}
    return dict.fromkeys(COLUMNS) | facts | {"needs_review": True, "evidence": []} | more


def _read(kind: str, *rows: dict[str, Any]) -> bytes:
    return b"".join(written(rows, kind))


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("A27", "A27"),
        ("", ""),
        (None, None),
        (-1.5, -1.5),
        (_EVIL, f"'{_EVIL}"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@x", "'@x"),
        ("  =1", "'  =1"),
        ("\t=1", "'\t=1"),
        ("\rx", "'\rx"),
        ("a=1", "a=1"),
    ],
)
def test_what_a_spreadsheet_would_run_is_a_text(value: object, kept: object) -> None:
    assert defused(value) == kept


def test_csv_is_read_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_LINES", 2)
    file = _read("csv", _row(1, "轮,1"), _row(2, 'a"b\nc'), _row(3, _EVIL))
    assert file.startswith(b"\xef\xbb\xbfid,time,text,")
    rows = list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in rows] == ["轮,1", 'a"b\nc', f"'{_EVIL}"]
    assert (rows[0]["id"], rows[0]["machine_text"], rows[0]["needs_review"]) == ("1", "", "True")


def test_nothing_wanted_is_a_file_with_a_header() -> None:
    assert _read("csv").decode("utf-8-sig").strip() == ",".join(COLUMNS)
    assert _read("jsonl") == b""


def test_json_lines_are_the_rows_themselves() -> None:
    lines = _read("jsonl", _row(1, _EVIL), _row(2, "轮")).decode().splitlines()
    assert [json.loads(line)["text"] for line in lines] == [_EVIL, "轮"]
    assert list(json.loads(lines[0])) == list(COLUMNS)


def test_spreadsheet_holds_texts_and_no_formulas() -> None:
    with zipfile.ZipFile(io.BytesIO(_read("xlsx", _row(1, _EVIL), _row(2, "http://x.example")))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in re.sub(r"<t>.*?</t>", "", sheet)
    assert "=HYPERLINK(" in sheet and "http://x.example" in sheet


def test_server_without_the_extra_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda _: None)
    with pytest.raises(BadRequest, match="extra"):
        _read("xlsx", _row())
