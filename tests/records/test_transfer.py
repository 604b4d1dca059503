"""Taking over an old file, and copying ours while it is written to."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from handlers.errors import ConfigurationError
from handlers.records.database import Database
from handlers.records.readings import all_records, insert_record, mold
from handlers.records.tables import mold_info
from handlers.records.transfer import export_file, import_file

_SHOWN = "2026-01-02 03:04:05"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "data.db"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE recognition_record (hub_id INTEGER, recognition_time TEXT, mold_number TEXT)")
        connection.execute("CREATE TABLE mold_info (mold_number TEXT PRIMARY KEY, mold_name TEXT)")
        connection.executemany("INSERT INTO recognition_record VALUES (?, ?, ?)", [(1, _SHOWN, "A"), (9, None, "B")])
        connection.execute("INSERT INTO mold_info VALUES ('11', '轮毂')")
    return file


def _records(database: Database) -> list[list[object]]:
    with database.read() as connection:
        return all_records(connection)[1:]


def test_old_file_comes_in_with_its_numbers(database: Database, old: Path) -> None:
    assert import_file(database, old) == {"recognition_record": 2, "mold_info": 1}
    assert _records(database) == [[1, _SHOWN, "A"], [9, None, "B"]]
    assert database.write(lambda connection: insert_record(connection, "C", _SHOWN)) == 10
    with database.read() as connection:
        assert mold(connection, "11")[1:] == [["11", "轮毂"]]


def test_same_file_again_adds_nothing(database: Database, old: Path) -> None:
    import_file(database, old)
    assert import_file(database, old) == {"recognition_record": 0, "mold_info": 0}
    assert len(_records(database)) == 2


def test_mold_without_a_number_is_none(database: Database, old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("INSERT INTO mold_info VALUES (NULL, 'x')")
    assert import_file(database, old)["mold_info"] == 1


def test_numbers_that_are_taken_are_given_anew(database: Database, old: Path) -> None:
    database.write(lambda connection: insert_record(connection, "ours", _SHOWN))
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number="11", mold_name="ours")))
    assert import_file(database, old) == {"recognition_record": 2, "mold_info": 0}
    assert _records(database) == [[1, _SHOWN, "ours"], [9, None, "B"], [10, _SHOWN, "A"]]
    with database.read() as connection:
        assert mold(connection, "11")[1:] == [["11", "ours"]]


@pytest.mark.parametrize("content", [None, b"", b"no database at all, but long enough to look at" * 9])
def test_file_that_is_no_such_database_is_said(database: Database, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "other.db"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"other\.db is no database with the table"):
        import_file(database, file)
    assert _records(database) == []


def test_copy_holds_all_and_comes_back(database: Database, old: Path, tmp_path: Path) -> None:
    import_file(database, old)
    export_file(database, tmp_path / "copy.db")
    again = Database(f"sqlite:///{tmp_path / 'again.db'}")
    import_file(again, tmp_path / "copy.db")
    assert _records(again) == _records(database)
    again.close()


def test_copy_is_consistent_while_records_come_in(database: Database, tmp_path: Path) -> None:
    def add_pair(number: int) -> None:
        def both(connection: object) -> None:
            insert_record(connection, f"{number}", _SHOWN)  # type: ignore[arg-type]
            connection.execute(mold_info.insert().values(mold_number=f"{number}", mold_name="x"))  # type: ignore[attr-defined]

        database.write(both)

    with ThreadPoolExecutor(2) as threads:
        pairs = [threads.submit(add_pair, number) for number in range(60)]
        copies = [tmp_path / f"{number}.db" for number in range(6)]
        for copy in copies:
            export_file(database, copy)
        for pair in pairs:
            pair.result()
    for copy in copies:
        with closing(sqlite3.connect(copy)) as connection:
            records = {row[0] for row in connection.execute("SELECT mold_number FROM recognition_record")}
            molds = {row[0] for row in connection.execute("SELECT mold_number FROM mold_info")}
        assert records == molds


def test_file_that_is_there_is_not_overwritten(database: Database, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(ConfigurationError, match="exists already"):
        export_file(database, tmp_path / "copy.db")
    with pytest.raises(ConfigurationError, match="cannot be written"):
        export_file(database, tmp_path / "nowhere" / "copy.db")
