"""The history as files: CSV that a spreadsheet opens, JSON lines, and a spreadsheet itself (the `xlsx` extra)."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from handlers.errors import BadRequest
from handlers.records.history import Row

COLUMNS: tuple[str, ...] = (
    *("id", "time", "text", "machine_text", "confidence", "needs_review", "state", "steps_taken"),
    *("client", "model", "picture", "sha256"),
)
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Excel takes a CSV for the system's own encoding without it.
_MARK = "\ufeff"
_LINES = 500
_PIECE = 64 * 1024


def written(rows: Iterable[Row], kind: str) -> Iterator[bytes]:
    """The file in pieces. Raises BadRequest where this installation cannot make one of that kind."""
    if kind == "xlsx":
        return _spreadsheet(rows)
    return (piece.encode() for piece in (_csv(rows) if kind == "csv" else _json_lines(rows)))


def defused(value: Any) -> Any:
    """A spreadsheet runs what looks like a formula, whoever wrote it: an apostrophe makes it a text."""
    if isinstance(value, str) and (value.lstrip()[:1] in ("=", "+", "-", "@") or value[:1] in ("\t", "\r", "\n")):
        return f"'{value}"
    return value


def _csv(rows: Iterable[Row]) -> Iterator[str]:
    file = io.StringIO()
    writer = csv.writer(file)
    file.write(_MARK)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows, 1):
        writer.writerow([defused(row[column]) for column in COLUMNS])
        if number % _LINES == 0:
            yield _taken(file)
    yield _taken(file)


def _taken(file: io.StringIO) -> str:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text


def _json_lines(rows: Iterable[Row]) -> Iterator[str]:
    return (json.dumps({column: row[column] for column in COLUMNS}, ensure_ascii=False) + "\n" for row in rows)


def _spreadsheet(rows: Iterable[Row]) -> Iterator[bytes]:
    if find_spec("xlsxwriter") is None:
        raise BadRequest("This server writes no spreadsheets; take CSV, or install its extra called xlsx.")
    return _pieces(rows)


def _pieces(rows: Iterable[Row]) -> Iterator[bytes]:
    import xlsxwriter

    with tempfile.TemporaryFile() as file:
        # A row at a time on disk, and texts as what they are: no formulas, no links.
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet("readings")
            sheet.freeze_panes(1, 0)
            for column, name in enumerate(COLUMNS):
                sheet.write_string(0, column, name)
            for at, row in enumerate(rows, 1):
                for column, name in enumerate(COLUMNS):
                    _write(sheet, at, column, row[name])
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write(row, column, value)
