"""What has expired goes by itself; the records of readings stay."""

import io
import time
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, func, select

from handlers.console.terminal.sessions import Sessions
from handlers.records.database import Database
from handlers.records.readings import all_records, insert_record
from handlers.records.tables import session
from handlers.records.tables import task as tasks
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.sweep import Sweep

_DAY = 86_400


def test_sweep_removes_old_tasks_uploads_and_sessions_once_an_hour(database_url: str, tmp_path: Path) -> None:
    database, storage = Database(database_url), LocalStorage(tmp_path / "uploads")
    now = time.time()
    storage.put("a", [Upload("x", "image/png", io.BytesIO(b"x"))])
    over = Task("1" * 32, "a", (), State.ERROR)
    database.write(lambda connection: table.insert(connection, over, now))
    database.write(lambda connection: insert_record(connection, "11", "2026-01-02 03:04:05"))
    Sessions(database, minutes=60).enter("s", "sql", now)
    sweep = Sweep(Settings.model_validate({"expiry": {"tasks_days": 3, "uploads_days": 2}}), database, storage)

    def left() -> tuple[int, int, bool]:
        with database.read() as connection:
            sessions = connection.scalar(select(func.count()).select_from(session)) or 0
            return sessions, len(table.of_owner(connection, "a")), bool(storage.batch("a"))

    assert [sweep.is_due(now + seconds) for seconds in (0, 1, 3599, 3601)] == [True, False, False, True]
    sweep.sweep(now)
    assert left() == (1, 1, True)
    sweep.sweep(now + 3601)
    assert left() == (0, 1, True)
    sweep.sweep(now + 2.5 * _DAY)
    assert left() == (0, 1, False)
    sweep.sweep(now + 3.5 * _DAY)
    assert left() == (0, 0, False)
    with database.read() as connection:
        assert len(all_records(connection)) == 2
    database.close()


def test_thousands_are_forgotten_in_transactions_that_every_database_takes(database: Database, tmp_path: Path) -> None:
    columns = dict.fromkeys(tasks.c.keys(), "") | {
        "attempts": 0,
        "lease_until": 0.0,
        "submitted_at": 1.0,
        "together": None,
    }
    rows = [columns | {"id": str(number), "state": State.COMPLETED} for number in range(3500)]
    for start in range(0, len(rows), 1000):
        insert, some = tasks.insert(), rows[start : start + 1000]
        database.write(partial(Connection.execute, statement=insert, parameters=some))
    Sweep(Settings(), database, LocalStorage(tmp_path / "uploads")).sweep(time.time())
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tasks)) == 0
