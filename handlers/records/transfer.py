"""Taking over an existing system's database file, and copying ours to one: SQLite files with the two tables."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, text

from handlers.errors import ConfigurationError
from handlers.records.database import Database
from handlers.records.readings import continue_numbers
from handlers.records.tables import mold_info, recognition_record

_TABLES = (recognition_record, mold_info)


def import_file(database: Database, file: Path) -> dict[str, int]:
    """Add what `file` holds; how many rows of each table came in. All of it, or nothing.

    Records keep their numbers where these are free; molds that are known already stay as they are. Raises
    ConfigurationError where `file` is no such database.
    """
    found = {table.name: _rows(file, table.name, list(table.c.keys())) for table in _TABLES}

    def add(connection: Connection) -> dict[str, int]:
        counts = {
            "recognition_record": _add_records(connection, found["recognition_record"]),
            "mold_info": _add_molds(connection, found["mold_info"]),
        }
        return counts

    return database.write(add)


def export_file(database: Database, file: Path) -> None:
    """Write a consistent copy of the two tables to the new file `file`, while the server runs.

    Raises ConfigurationError where `file` exists already or cannot be written.
    """
    if file.exists():
        raise ConfigurationError(f"{file} exists already; name a new file.")
    unfinished = file.with_name(file.name + ".part")
    try:
        with database.read() as connection, closing(sqlite3.connect(unfinished)) as copy, copy:
            if database.dialect == "postgresql":
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            _copy(connection, copy)
        unfinished.replace(file)
    except (OSError, sqlite3.Error) as error:
        unfinished.unlink(missing_ok=True)
        raise ConfigurationError(f"{file} cannot be written ({error}).") from None


def _copy(connection: Connection, copy: sqlite3.Connection) -> None:
    copy.execute(
        "CREATE TABLE recognition_record "
        "(hub_id INTEGER PRIMARY KEY AUTOINCREMENT, recognition_time TEXT, mold_number TEXT)"
    )
    copy.execute("CREATE TABLE mold_info (mold_number TEXT PRIMARY KEY, mold_name TEXT)")
    # One snapshot for both tables: the transaction that the first of them began.
    copy.executemany("INSERT INTO recognition_record VALUES (?, ?, ?)", map(tuple, _all(connection, _TABLES[0])))
    copy.executemany("INSERT INTO mold_info VALUES (?, ?)", map(tuple, _all(connection, _TABLES[1])))


def _all(connection: Connection, table: Any) -> Iterator[Any]:
    yield from connection.execute(select(table))


def _rows(file: Path, table: str, columns: list[str]) -> list[dict[str, Any]]:
    try:
        with _read_only(file) as connection:
            cursor = connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608  our own names
            return [dict(zip(columns, row, strict=True)) for row in cursor]
    except sqlite3.Error as error:
        raise ConfigurationError(f"{file} is no database with the table {table} ({error}).") from None


@contextmanager
def _read_only(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _add_records(connection: Connection, rows: list[dict[str, Any]]) -> int:
    """What is there already, number and all, is not added again."""
    there = {
        row.hub_id: (row.recognition_time, row.mold_number) for row in connection.execute(select(recognition_record))
    }
    new = [row for row in rows if there.get(row["hub_id"]) != (row["recognition_time"], row["mold_number"])]
    kept = [row for row in new if row["hub_id"] not in there]
    others = [row for row in new if row["hub_id"] in there]
    renumbered = [{name: row[name] for name in ("recognition_time", "mold_number")} for row in others]
    if kept:
        connection.execute(recognition_record.insert(), kept)
    continue_numbers(connection)
    if renumbered:
        connection.execute(recognition_record.insert(), renumbered)
    return len(new)


def _add_molds(connection: Connection, rows: list[dict[str, Any]]) -> int:
    known = set(connection.scalars(select(mold_info.c.mold_number)))
    # SQLite lets a primary key of texts be NULL; such a row names no mold.
    new = [row for row in rows if row["mold_number"] is not None and row["mold_number"] not in known]
    if new:
        connection.execute(mold_info.insert(), new)
    return len(new)
