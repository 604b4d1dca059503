"""SQLite held to the two tables by SQLite itself: its authorizer, its limits, and a deadline."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from handlers.console.engines.base import (
    LARGEST_NUMBER,
    OUT_OF_SIGHT,
    Rows,
    SqlLimits,
    SqlRefused,
    check_numbers,
    gathered,
    sentence,
    too_slow,
)
from handlers.console.policy.grammar import FUNCTIONS, TABLES
from handlers.records.triggers import CORRECTED, MOVED, REMOVED

HEAP = 128 * 1024 * 1024
"""Bytes that SQLite may hold in this process, all connections together: a sorter in memory has no limit of its own.
SQLite only knows this limit for a whole process; Castmark's own connections need some megabytes."""
_STEPS = 50
"""Virtual machine instructions between two looks at the clock: one on long texts may take milliseconds."""
_READS = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE))
_WRITES = frozenset((sqlite3.SQLITE_INSERT, sqlite3.SQLITE_DELETE, sqlite3.SQLITE_UPDATE))
_DENIALS = ("not authorized", "prohibited", "no such table", "no such function", "vtable constructor")

_Authorizer = Callable[[int, str | None, str | None, str | None, str | None], int]


class SqliteGuard:
    """Runs statements on the database at `path`, each on a connection of its own."""

    def __init__(self, path: Path, limits: SqlLimits) -> None:
        self._path = path
        self._limits = limits

    def run(self, statement: str, *, writes: bool) -> Rows:
        deadline = time.monotonic() + self._limits.seconds
        if any(name in statement.lower() for name in _TRIGGERS):
            # SQLite calls a query by its name as it does a trigger: none may pass for one of ours.
            raise SqlRefused(OUT_OF_SIGHT)
        try:
            with closing(self._connection(writes)) as connection, _held(connection, deadline, writes):
                return self._answer(connection, statement, writes)
        except (sqlite3.Error, sqlite3.Warning, MemoryError, OverflowError, ValueError) as error:
            raise self._refusal(error, deadline) from None

    def _connection(self, writes: bool) -> sqlite3.Connection:
        mode = "rw" if writes else "ro"
        connection = sqlite3.connect(
            f"{self._path.resolve().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._limits.seconds,
            isolation_level=None,
            cached_statements=0,
        )
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        try:
            _limit(connection, self._limits)
            _harden(connection, writes)
        except BaseException:
            connection.close()
            raise
        return connection

    def _answer(self, connection: sqlite3.Connection, statement: str, writes: bool) -> Rows:
        if writes:
            return self._change(connection, statement)
        cursor = connection.execute(statement)
        columns = tuple(str(each[0]) for each in cursor.description or ())
        return gathered(columns, cursor, self._limits)

    def _change(self, connection: sqlite3.Connection, statement: str) -> Rows:
        before, largest = connection.total_changes, _largest(connection)
        for _ in connection.execute(statement):
            pass
        # Without what triggers changed; of a statement that changed nothing it would be that of the one before.
        (changes,) = connection.execute("SELECT changes()").fetchone()
        changed = int(changes) if connection.total_changes > before else 0
        check_numbers(largest, _largest(connection), changed)
        return Rows((), (), changed, cut=False)

    def _refusal(self, error: Exception, deadline: float) -> SqlRefused:
        message = str(error)
        if time.monotonic() >= deadline and ("interrupt" in message or "authoriz" in message or "locked" in message):
            return too_slow(self._limits)
        if isinstance(error, MemoryError):
            return SqlRefused("The statement needed too much memory and was stopped.")
        if any(denial in message for denial in _DENIALS):
            return SqlRefused(OUT_OF_SIGHT)
        return SqlRefused(sentence(message))


def _largest(connection: sqlite3.Connection) -> int:
    (largest,) = connection.execute(LARGEST_NUMBER).fetchone()
    return int(largest)


def _limit(connection: sqlite3.Connection, limits: SqlLimits) -> None:
    for limit, value in (
        (sqlite3.SQLITE_LIMIT_LENGTH, limits.value_bytes),
        (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (sqlite3.SQLITE_LIMIT_COLUMN, 100),
        (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100),
        (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
        (sqlite3.SQLITE_LIMIT_VDBE_OP, 100_000),
        (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 20),
        (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
        (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100),
        (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 0),
        (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
    ):
        connection.setlimit(limit, value)


def _harden(connection: sqlite3.Connection, writes: bool) -> None:
    if hasattr(connection, "enable_load_extension"):
        connection.enable_load_extension(False)
    if sys.version_info >= (3, 12):
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)
        for switch in (
            sqlite3.SQLITE_DBCONFIG_TRUSTED_SCHEMA,
            sqlite3.SQLITE_DBCONFIG_DQS_DML,
            sqlite3.SQLITE_DBCONFIG_DQS_DDL,
            sqlite3.SQLITE_DBCONFIG_ENABLE_VIEW,
        ):
            connection.setconfig(switch, False)
    for pragma in (
        "temp_store = memory",
        "trusted_schema = off",
        "cell_size_check = on",
        "mmap_size = 0",
        # INSERT OR REPLACE removes what was there: that leaves a step too.
        "recursive_triggers = on",
        f"hard_heap_limit = {HEAP}",
        *(() if writes else ("query_only = on",)),
    ):
        connection.execute(f"PRAGMA {pragma}").close()


@contextmanager
def _held(connection: sqlite3.Connection, deadline: float, writes: bool) -> Iterator[None]:
    """A transaction in which the connection can do nothing else; kept when all went well and it `writes`."""
    connection.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
    connection.set_authorizer(_authorizer(deadline, writes, _existing(connection)))
    connection.set_progress_handler(lambda: int(time.monotonic() >= deadline), _STEPS)
    try:
        yield
    except BaseException:
        writes = False
        raise
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_authorizer(None)
        if connection.in_transaction:
            connection.execute("COMMIT" if writes else "ROLLBACK")


def _existing(connection: sqlite3.Connection) -> frozenset[str]:
    """The names of all that can be selected from and is not the statement's own."""
    names = "SELECT lower(name) FROM pragma_module_list UNION SELECT lower(name) FROM sqlite_master"
    return frozenset(name for (name,) in connection.execute(names))


def _authorizer(deadline: float, writes: bool, existing: frozenset[str]) -> _Authorizer:
    """Denies by default. It also keeps the deadline while a statement is compiled, where no step is counted."""

    def reads(table: str, column: str, database: str | None) -> bool:
        if table in TABLES:
            return column in ("", *TABLES[table]) and database in ("main", None)
        # A CTE of which no column is used is read by its name alone; so would be another table.
        return not column and database is None and table not in existing and not table.startswith(_SYSTEM)

    def allows(action: int, first: str | None, second: str | None, database: str | None, by: str | None) -> int:
        table, name = (first or "").lower(), (second or "").lower()
        if time.monotonic() >= deadline:
            allowed = False
        elif by in _TRIGGERS and writes:
            # Castmark's own keep what is changed; nobody can make another here, and one that was there is refused.
            allowed = action in _BY_TRIGGERS and (action in _READS or table in _FOLLOWED or name in _OF_TRIGGERS)
        elif action == sqlite3.SQLITE_READ:
            allowed = reads(table, name, database)
        elif action == sqlite3.SQLITE_FUNCTION:
            allowed = name in _FUNCTIONS
        else:
            allowed = action in _READS or (writes and action in _WRITES and database == "main" and table in TABLES)
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    return allows


_SYSTEM = ("sqlite_", "pragma_")
# Three functions are written without parentheses; `changes` is the guard's own, and is refused as a caller's before.
_FUNCTIONS = FUNCTIONS["sqlite"] | {"current_date", "current_time", "current_timestamp", "changes"}
_TRIGGERS = frozenset((CORRECTED, MOVED, REMOVED))
_BY_TRIGGERS = _READS | _WRITES | {sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_FOLLOWED = frozenset(("recognition_record", "castmark_correction", "castmark_review"))
_OF_TRIGGERS = frozenset(("coalesce", "julianday", "max"))
