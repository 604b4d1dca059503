"""What people say of readings: every step is kept, and the record shows what is valid by them, in every database."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, text, update

from handlers.console.engines.base import SqlRefused
from handlers.console.engines.choosing import guarded
from handlers.errors import ChangedMeanwhile, NotFound, TextRefused
from handlers.records import audit
from handlers.records.corrections import Word, confirm, correct, steps_of, undo
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, insert_record, record
from handlers.records.tables import correction, recognition_record, review, version
from handlers.records.wanted import State

_SQL = ("sqlite", "postgresql")
_UPDATE = "UPDATE recognition_record SET mold_number = '12' WHERE {}"


def _detail(said: str = "11", **more: Any) -> dict[str, Any]:
    facts = {"name": "1.jpg", "sha256": "a" * 64, "confidence": 0.4, "needs_review": True, "alternatives": []}
    return {"text": said, "marks": []} | facts | more


def _word(who: str = "Li", **more: Any) -> Word:
    return Word(who, time.time(), **more)


@pytest.fixture
def number(database: Database) -> int:
    """The number of a reading that the machine doubts."""
    (number,) = database.write(lambda connection: record(connection, Origin("t", "o"), [_detail()], Clock()))
    return number


class Told:
    """A reading, as the tables tell it."""

    def __init__(self, database: Database, number: int) -> None:
        with database.read() as connection:
            mine = recognition_record.c.hub_id == number
            self.text = connection.scalar(select(recognition_record.c.mold_number).where(mine))
            self.steps = steps_of(connection, number)
            self.row = connection.execute(select(review).where(review.c.hub_id == number)).one_or_none()

    @property
    def kinds(self) -> list[str]:
        return [step.kind for step in self.steps]

    @property
    def state(self) -> str | None:
        return self.row.state if self.row else None


def _say(database: Database, number: int, said: str, **more: Any) -> None:
    database.write(lambda connection: correct(connection, number, said, _word(**more)))


def test_doubtful_reading_is_open_and_a_sure_one_is_not(database: Database, number: int) -> None:
    assert (Told(database, number).state, Told(database, number).text) == (State.OPEN, "11")
    sure = [_detail(needs_review=False)]
    (other,) = database.write(lambda connection: record(connection, Origin("u"), sure, Clock()))
    assert Told(database, other).state == State.SURE


def test_correction_shows_in_the_record_and_keeps_what_was_before(database: Database, number: int) -> None:
    _say(database, number, " A27 ", who="李", why="a worn A")
    _say(database, number, "A28")
    told = Told(database, number)
    assert (told.text, told.state) == ("A28", State.CORRECTED)
    assert [(step.number, step.before, step.text, step.who, step.why) for step in told.steps] == [
        (1, "11", "A27", "李", "a worn A"),
        (2, "A27", "A28", "Li", ""),
    ]
    assert told.row and (told.row.machine_text, told.row.steps) == ("11", 2)


def test_what_is_said_decides_where_a_reading_stands(database: Database, number: int) -> None:
    for said, state in (("11", State.CONFIRMED), ("12", State.CORRECTED), ("11", State.CONFIRMED), ("", "unmarked")):
        _say(database, number, said)
        assert Told(database, number).state == state
    assert Told(database, number).text == ""


def test_confirmation_is_a_step_that_changes_no_text(database: Database, number: int) -> None:
    database.write(lambda connection: confirm(connection, number, _word()))
    told = Told(database, number)
    assert (told.text, told.state, told.kinds) == ("11", State.CONFIRMED, ["confirm"])


def test_taking_back_is_a_step_and_may_be_repeated(database: Database, number: int) -> None:
    for said in ("12", "13"):
        _say(database, number, said)
    seen = []
    for _ in range(2):
        database.write(lambda connection: undo(connection, number, _word()))
        seen.append((Told(database, number).text, Told(database, number).state))
    assert seen == [("12", State.CORRECTED), ("11", State.OPEN)]
    assert Told(database, number).kinds == ["correct", "correct", "undo", "undo"]
    with pytest.raises(ChangedMeanwhile, match="no step"):
        database.write(lambda connection: undo(connection, number, _word()))


def test_whoever_looked_at_something_else_is_told(database: Database, number: int) -> None:
    _say(database, number, "12", expected=0)
    with pytest.raises(ChangedMeanwhile):
        _say(database, number, "13", expected=0)
    assert Told(database, number).text == "12"
    with pytest.raises(NotFound):
        _say(database, 999_999, "13")


@pytest.mark.parametrize("said", ["x" * 201, "a\x00", "a\x1b[31m", "a‮b"])
def test_text_that_no_mark_can_say_is_refused(database: Database, number: int, said: str) -> None:
    with pytest.raises(TextRefused):
        _say(database, number, said)
    assert Told(database, number).kinds == []


def test_record_that_no_machine_read_may_be_corrected(database: Database) -> None:
    number = database.write(lambda connection: insert_record(connection, "11", "2026-01-02 03:04:05"))
    _say(database, number, "12")
    told = Told(database, number)
    assert (told.text, told.state, told.kinds) == ("12", State.CORRECTED, ["correct"])
    assert told.row and (told.row.machine_text, told.row.recognition_time) == (None, "2026-01-02 03:04:05")


def test_every_correction_is_in_the_audit_trail(database: Database, number: int) -> None:
    _say(database, number, "12")
    with database.read() as connection:
        (entry,) = audit.newest(connection)
    assert (entry["who"], entry["what"], entry["remark"]) == ("Li", "correct", f"reading {number}: '11' -> '12'")


@pytest.mark.parametrize("database_kind", _SQL)
def test_update_by_any_program_keeps_a_step(database: Database, number: int) -> None:
    def change(said: str | None) -> Callable[[Connection], Any]:
        return lambda connection: connection.execute(update(recognition_record).values(mold_number=said))

    _say(database, number, "12")
    for said in ("13", "13", "12", None):
        database.write(change(said))
    told = Told(database, number)
    assert [(step.number, step.kind, step.before, step.text, step.who) for step in told.steps[1:]] == [
        (2, "sql", "12", "13", "SQL"),
        (3, "sql", "13", "12", "SQL"),
        (4, "sql", "12", "", "SQL"),
    ]
    assert abs(told.steps[-1].at - time.time()) < 60
    assert told.row and (told.row.state, told.row.steps) == ("unmarked", 4)


@pytest.mark.parametrize("database_kind", _SQL)
def test_console_corrects_and_cannot_touch_what_was_kept(database: Database, number: int) -> None:
    console = guarded(database)
    changed = console.run(_UPDATE.format(f"hub_id = {number}"), writes=True)
    assert changed.changed == 1, "what triggers change does not count"
    assert Told(database, number).kinds == ["sql"]
    for statement in (
        "UPDATE castmark_correction SET who = 'x'",
        "DELETE FROM castmark_correction",
        "DELETE FROM castmark_audit",
        "INSERT INTO castmark_review (hub_id) VALUES (5)",
        "UPDATE castmark_said SET reading = ''",
        # A query that goes by the name of what may do so.
        "INSERT INTO mold_info WITH castmark_corrected AS (SELECT who, why FROM castmark_correction) "
        "SELECT * FROM castmark_corrected",
    ):
        with pytest.raises(SqlRefused):
            console.run(statement, writes=True)
    console.run("DELETE FROM recognition_record", writes=True)
    told = Told(database, number)
    assert (told.row, told.kinds) == (None, ["sql", "removed"])


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_replacing_a_record_leaves_a_step(database: Database, number: int) -> None:
    statement = (
        "INSERT OR REPLACE INTO recognition_record SELECT hub_id, recognition_time, '99' FROM recognition_record"
    )
    assert guarded(database).run(statement, writes=True).changed == 1
    assert (Told(database, number).text, Told(database, number).kinds) == ("99", ["removed"])


@pytest.mark.parametrize("database_kind", _SQL)
def test_time_that_is_changed_by_sql_is_that_of_the_list(database: Database, number: int) -> None:
    moved = update(recognition_record).values(recognition_time="2020-01-01 00:00:00")
    database.write(lambda connection: connection.execute(moved))
    told = Told(database, number)
    assert told.row and told.row.recognition_time == "2020-01-01 00:00:00"


@pytest.mark.parametrize("database_kind", _SQL)
def test_database_of_the_version_before_is_brought_up_with_its_data(database_url: str) -> None:
    old = Database(database_url)
    number = old.write(lambda connection: insert_record(connection, "11", "2026-01-02 03:04:05"))

    def take_back(connection: Connection) -> None:
        for table in ("review", "said", "correction", "audit", "event", "delivery", "target"):
            connection.execute(text(f"DROP TABLE castmark_{table}"))
        for index in ("time", "text"):
            connection.execute(text(f"DROP INDEX castmark_record_by_{index}"))
        for trigger in ("corrected", "moved", "removed"):
            on = "" if old.dialect == "sqlite" else " ON recognition_record"
            connection.execute(text(f"DROP TRIGGER castmark_{trigger}{on}"))
        connection.execute(delete(version).where(version.c.number >= 3))

    old.write(take_back)
    old.close()
    database = Database(database_url)
    database.write(lambda connection: connection.execute(update(recognition_record).values(mold_number="12")))
    assert Told(database, number).kinds == ["sql"]
    database.close()


def test_trigger_of_that_name_in_an_existing_database_is_not_trusted(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "data.db") as old:
        old.execute("CREATE TABLE recognition_record (hub_id INTEGER PRIMARY KEY, recognition_time, mold_number)")
        old.execute("INSERT INTO recognition_record VALUES (1, '2026-01-01 00:00:00', '11')")
        old.execute("CREATE TABLE mold_info (mold_number TEXT PRIMARY KEY, mold_name)")
        for name in ("castmark_corrected", "other"):
            # Aimed at what Castmark is about to make there.
            deed = f"BEGIN DELETE FROM castmark_audit WHERE who = '{name}'; END"  # noqa: S608  our own names
            old.execute(f"CREATE TRIGGER {name} AFTER UPDATE ON recognition_record {deed}")
    old.close()
    database = Database(tmp_path / "data.db")
    with database.read() as connection:
        assert connection.scalar(select(correction.c.number)) is None
    with pytest.raises(SqlRefused):
        guarded(database).run(_UPDATE.format("true"), writes=True)
    database.write(lambda connection: connection.execute(text("DROP TRIGGER other")))
    guarded(database).run(_UPDATE.format("true"), writes=True)
    assert Told(database, 1).kinds == ["sql"]
    database.close()
