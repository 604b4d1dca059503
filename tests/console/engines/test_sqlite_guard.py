"""What SQLite is held to, and what its answers look like."""

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from handlers.console.engines.base import SqlLimits, SqlRefused
from handlers.console.engines.sqlite_guard import HEAP, SqliteGuard
from tests.console.conftest import Engine


def _run(engine: Engine, statement: str, limits: SqlLimits | None = None) -> object:
    return engine.guard(limits or SqlLimits()).run(statement, writes=False)


def test_values_are_safe_for_json(sqlite_engine: Engine) -> None:
    rows = sqlite_engine.guard(SqlLimits()).run(
        "SELECT NULL AS a, 1 AS a, 1.5, 'é', x'00ff', 9e999, -9e999, CAST(x'ff41' AS TEXT)", writes=False
    )
    assert rows.columns[:2] == ("a", "a")
    assert rows.rows == ((None, 1, 1.5, "é", "00ff", "inf", "-inf", "\ufffdA"),)


def test_names_no_column_that_is_missing_and_no_table_that_is_hidden(sqlite_engine: Engine) -> None:
    with pytest.raises(SqlRefused, match=r"^no such column: x\.$"):
        _run(sqlite_engine, "SELECT x FROM mold_info")
    sentences = set()
    for name in ("castmark_tasks", "no_such_table", "sqlite_master", "dbstat"):
        with pytest.raises(SqlRefused) as refused:
            _run(sqlite_engine, f"SELECT * FROM {name}")  # noqa: S608
        sentences.add(str(refused.value))
    assert len(sentences) == 1


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    for writes in (False, True):
        with pytest.raises(SqlRefused, match="unable to open"):
            SqliteGuard(tmp_path / "none.db", SqlLimits()).run("SELECT 1", writes=writes)
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_database_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is no database. " * 1000)
    with pytest.raises(SqlRefused, match="not a database"):
        SqliteGuard(tmp_path / "text.db", SqlLimits()).run("SELECT * FROM mold_info", writes=False)


def test_a_large_value_is_refused(sqlite_engine: Engine) -> None:
    with pytest.raises(SqlRefused, match="too big"):
        _run(
            sqlite_engine,
            "SELECT replace(hex(mold_name), '7', hex(mold_name)) FROM mold_info",
            SqlLimits(value_bytes=12),
        )


def test_memory_has_an_end(sqlite_engine: Engine) -> None:
    statement = """
        WITH RECURSIVE s(x) AS (SELECT 'aaaaaaaaaa' UNION ALL SELECT x || x FROM s WHERE length(x) < 5000),
            t(y, n) AS (SELECT max(x), 1 FROM s UNION ALL SELECT y, n + 1 FROM t)
        SELECT * FROM t ORDER BY n DESC
    """
    with pytest.raises(SqlRefused, match=r"memory|longer"):
        _run(sqlite_engine, statement)
    assert HEAP <= 256 * 1024 * 1024


def test_a_locked_database_is_waited_for_no_longer_than_a_statement_may_take(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    path = next(tmp_path.rglob("castmark.db"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(SqlRefused, match=r"longer than 0\.2 s|locked"):
        sqlite_engine.guard(SqlLimits(seconds=0.2)).run("INSERT INTO mold_info VALUES ('1', '2')", writes=True)
    assert _run(sqlite_engine, "SELECT 1")
    other.close()


def test_statements_run_side_by_side(sqlite_engine: Engine) -> None:
    guard, failures = sqlite_engine.guard(SqlLimits(seconds=10)), []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                guard.run(f"INSERT INTO mold_info VALUES ('{number}-{turn}', 'x')", writes=True)  # noqa: S608
                guard.run("SELECT * FROM mold_info", writes=False)
        except SqlRefused as refused:
            failures.append(str(refused))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert guard.run("SELECT count(*) FROM mold_info", writes=False).rows == ((42,),)


def test_a_failed_write_leaves_nothing(sqlite_engine: Engine) -> None:
    before = sqlite_engine.ours()
    with pytest.raises(SqlRefused):
        sqlite_engine.guard(SqlLimits()).run("INSERT INTO mold_info VALUES ('8', 'x'), ('9')", writes=True)
    assert sqlite_engine.ours() == before


@pytest.mark.parametrize("text", ["SELECT '\ud800'", "SELECT 1\0; DROP TABLE mold_info", "", ";", "-- nothing"])
def test_odd_texts_do_no_harm(sqlite_engine: Engine, text: str) -> None:
    before = sqlite_engine.rest()
    with suppress(SqlRefused):
        sqlite_engine.guard(SqlLimits()).run(text, writes=False)
    assert sqlite_engine.rest() == before
