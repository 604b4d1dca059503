"""Databases of both kinds: made at first use, upgraded in place, one writer's work whole or not at all."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, event, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from handlers.console.engines.base import SqlRefused
from handlers.console.engines.choosing import guarded
from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.records.database import Database, _engine
from handlers.records.tables import metadata, mold_info, version
from handlers.records.waits import Waits
from handlers.tasks.table import find
from tests.databases import fresh_database
from tests.tls import silent_front


def _molds(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.scalars(select(mold_info.c.mold_number).order_by(mold_info.c.mold_number)))


def test_tables_are_there_at_first_use(database_url: str) -> None:
    database = Database(database_url)
    with database.read() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())
        assert list(connection.scalars(select(version.c.number))) == [1, 2, 3, 4, 5, 6, 7, 8]
    database.close()


def test_tables_that_are_there_are_not_looked_through_again(database_url: str) -> None:
    """A cold start asks once how far the tables are, and for nothing else."""
    first = Database(database_url)
    _molds(first)
    first.close()
    asked: list[str] = []

    def ask(*about: Any) -> None:
        asked.append(str(about[2]))

    event.listen(Engine, "before_cursor_execute", ask)
    try:
        with closing(Database(database_url)) as again:
            _molds(again)
    finally:
        event.remove(Engine, "before_cursor_execute", ask)
    about = [each for each in asked if "castmark_version" in each or "pg_class" in each or "PRAGMA" in each]
    assert about == ["SELECT max(number) FROM castmark_version"]


def test_everything_of_our_own_is_named_so(database_url: str) -> None:
    theirs = {"recognition_record", "mold_info"}
    assert all(name in theirs or name.startswith("castmark_") for name in metadata.tables)
    database = Database(database_url)
    with database.read() as connection:
        columns = list(connection.execute(text("SELECT * FROM recognition_record")).keys())
    assert columns == ["hub_id", "recognition_time", "mold_number"]
    database.close()


def test_many_processes_may_open_a_new_database_at_once(database_url: str) -> None:
    with ExitStack() as opened, ThreadPoolExecutor(8) as threads:
        databases = [opened.enter_context(closing(Database(database_url))) for _ in range(8)]
        assert list(threads.map(_molds, databases)) == [[]] * 8
        with databases[0].read() as connection:
            assert list(connection.scalars(select(version.c.number))) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_work_that_fails_leaves_nothing_behind(database_url: str) -> None:
    database = Database(database_url)

    def twice(connection: Connection) -> None:
        connection.execute(mold_info.insert().values(mold_number="1", mold_name="x"))
        connection.execute(mold_info.insert().values(mold_number="1", mold_name="y"))

    with pytest.raises(IntegrityError):
        database.write(twice)
    assert _molds(database) == []
    database.close()


def test_concurrent_writers_all_get_their_turn(database_url: str) -> None:
    database = Database(database_url)

    def add(number: int) -> None:
        def work(connection: Connection) -> None:
            count = len(list(connection.scalars(select(mold_info.c.mold_number))))
            connection.execute(mold_info.insert().values(mold_number=f"{number}", mold_name=str(count)))

        database.write(work)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(40)))
    assert len(_molds(database)) == 40
    database.close()


def test_transaction_that_the_database_sends_back_is_run_again(postgresql_server: str) -> None:
    from tests.databases import fresh_database

    database = Database(fresh_database(postgresql_server))
    tries = []

    def conflicting(connection: Connection) -> None:
        tries.append(1)
        if len(tries) < 3:
            connection.execute(text("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$"))
        connection.execute(mold_info.insert().values(mold_number="1", mold_name="x"))

    database.write(conflicting)
    assert (len(tries), _molds(database)) == (3, ["1"])
    database.close()


@pytest.mark.parametrize("database_kind", ["dsql"])
def test_change_that_another_one_overtook_is_made_to_what_that_one_left(database: Database) -> None:
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number="1", mold_name="a")))
    tries: list[str] = []

    def append(connection: Connection, letter: str) -> None:
        name = connection.scalar(select(mold_info.c.mold_name)) or ""
        if letter == "c":
            tries.append(name)
            if len(tries) == 1:
                database.write(lambda other: append(other, "b"))
        connection.execute(update(mold_info).values(mold_name=name + letter))

    database.write(lambda connection: append(connection, "c"))
    with database.read() as connection:
        assert connection.scalar(select(mold_info.c.mold_name)) == "abc"
    assert tries == ["a", "ab"], "the first was sent back with SQLSTATE 40001"


@pytest.mark.parametrize("database_kind", ["postgresql", "dsql"])
def test_connection_that_the_server_ended_is_made_anew(database: Database, postgresql_server: str) -> None:
    import psycopg

    with database.read() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
    with database.read() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend


def test_closed_database_opens_again(database_url: str) -> None:
    database = Database(database_url)
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number="1", mold_name="x")))
    database.close()
    assert _molds(database) == ["1"]
    database.close()


def test_database_of_the_existing_system_is_taken_over_with_its_data(tmp_path: Path) -> None:
    file = tmp_path / "data.db"
    with sqlite3.connect(file) as old:
        old.execute(
            "CREATE TABLE recognition_record "
            "(hub_id INTEGER PRIMARY KEY AUTOINCREMENT, recognition_time TEXT, mold_number TEXT)"
        )
        old.execute("CREATE TABLE mold_info (mold_number TEXT PRIMARY KEY, mold_name TEXT)")
        old.execute("INSERT INTO recognition_record VALUES (7, '2024-01-02 03:04:05', '11')")
        old.execute("INSERT INTO mold_info VALUES ('11', '轮毂')")
    old.close()
    database = Database(f"sqlite:///{file}")
    with database.read() as connection:
        assert list(connection.execute(text("SELECT * FROM recognition_record"))) == [(7, "2024-01-02 03:04:05", "11")]
    assert _molds(database) == ["11"]
    database.close()


def test_sqlite_is_safe_against_crashes_and_wrong_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 'test.db'}")
    with database.read() as connection:
        pragmas = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
        assert pragmas == {"journal_mode": "wal", "foreign_keys": 1}
        assert connection.scalar(text("PRAGMA busy_timeout")) >= 5000
    database.close()


def test_aurora_dsql_signs_in_by_iam_and_gives_its_console_no_statements() -> None:
    database = Database("auroradsql://admin@abc.dsql.eu-central-1.on.aws/postgres")
    assert (database.dialect, database.file) == ("postgresql", None)
    assert _engine(database.url, Waits()).dialect.name == "auroradsql"
    with pytest.raises(SqlRefused, match="Aurora DSQL"):
        guarded(database).run("SELECT 1", writes=False)


@pytest.mark.parametrize("url", ["", "nonsense", "://", "mysql://h/x", "postgresql://h:abc/x", "sqlite:///:memory:"])
def test_url_that_is_none_is_said_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"CASTMARK_DATABASE_URL is \(hidden\)"):
        Database(url)


def test_file_held_by_another_program_is_said(tmp_path: Path) -> None:
    database = Database(tmp_path / "test.db")
    _molds(database)
    with closing(sqlite3.connect(tmp_path / "test.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnusable) as refusal:
            database.write(lambda connection: connection.execute(text("PRAGMA busy_timeout = 1")))
    assert "locked" in refusal.value.reason
    assert "locked" not in str(refusal.value)
    database.close()


def test_path_with_any_characters_is_a_path(tmp_path: Path) -> None:
    database = Database(tmp_path / "a?b=c#d %20" / "test.db")
    assert _molds(database) == []
    assert (tmp_path / "a?b=c#d %20" / "test.db").exists()
    database.close()


def test_password_is_not_shown() -> None:
    assert "secret" not in repr(Database("postgresql://user:secret@host/name").url)


@pytest.fixture
def swallowing(postgresql_server: str) -> Iterator[tuple[str, threading.Event]]:
    """A new database behind a front that stops answering, and keeps its connections, once the event is set."""
    url = make_url(fresh_database(postgresql_server))
    silent = threading.Event()
    with silent_front(Path(str(url.query["host"])) / ".s.PGSQL.5432", silent) as port:
        yield f"postgresql://postgres@127.0.0.1:{port}/{url.database}", silent


def test_server_that_falls_silent_is_given_up_and_taken_up_again(
    swallowing: tuple[str, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.records.database.Waits", lambda: Waits(0.3))
    url, silent = swallowing
    database = Database(url + "?connect_timeout=2")
    assert _molds(database) == []
    silent.set()
    for _ in range(2):
        with pytest.raises(DatabaseUnusable, match="try again soon"):
            _molds(database)
    with pytest.raises(DatabaseUnusable):
        database.write(lambda connection: connection.execute(text("SELECT 1")))
    silent.clear()
    assert _molds(database) == []
    database.close()


def test_statement_that_takes_too_long_is_given_up(postgresql_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.records.database.Waits", lambda: Waits(0.3))
    database = Database(fresh_database(postgresql_server))
    assert _molds(database) == []
    with pytest.raises(DatabaseUnusable) as refusal, database.read() as connection:
        connection.execute(text("SELECT pg_sleep(30)"))
    assert "has not answered for 0.3 seconds" in refusal.value.reason
    assert _molds(database) == []
    database.close()


def test_upgrade_may_take_longer_than_anything_else() -> None:
    waits = Waits(1)
    with waits.longer(600):
        assert waits.seconds == 600
    assert waits.seconds == 1


@pytest.mark.parametrize("database_kind", ["sqlite", "postgresql"])
def test_tasks_of_the_version_before_are_kept_and_are_not_together_nor_anybodys(database_url: str) -> None:
    values = {"id": "a" * 32, "owner": "b" * 32, "state": "waiting", "pictures": "[]", "readings": "[]", "error": ""}
    values |= {"attempts": "0", "worker": "", "lease_until": "0.0", "submitted_at": "1.0"}
    written = ", ".join(f"'{each}'" for each in values.values())

    def take_back(connection: Connection) -> None:
        for column in ("together", "request"):
            connection.execute(text(f"ALTER TABLE castmark_task DROP COLUMN {column}"))
        connection.execute(delete(version).where(version.c.number >= 7))
        connection.execute(text(f"INSERT INTO castmark_task ({', '.join(values)}) VALUES ({written})"))  # noqa: S608

    old = Database(database_url)
    old.write(take_back)
    old.close()
    database = Database(database_url)
    with database.read() as connection:
        found = find(connection, "a" * 32)
    database.close()
    assert found is not None and (found.together, found.request) == (False, "")
