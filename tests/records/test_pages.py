"""Answers that stay within a cloud function's, however many records and tasks there are, and lead to all of them."""

import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, inspect
from starlette.testclient import TestClient

from handlers.access.caller import caller_with
from handlers.records.database import Database
from handlers.records.readings import insert_record, newest_records
from handlers.tasks import table
from handlers.tasks.base import State, Task

_OWNER = caller_with("1").owner


def _tasks(connection: Connection, number: int, text: str = "11") -> None:
    for each in range(number):
        task = Task(f"{each:032x}", _OWNER, (), State.PROCESSING, worker="w")
        table.insert(connection, task, time.time())
        detail = {"name": "1.png", "text": text, "alternatives": [], "marks": []}
        table.finish(connection, task, State.COMPLETED, [detail])


def _ids(answer: dict[str, Any]) -> list[int]:
    return [int(task["task_uuid"], 16) for task in answer["tasks"]]


def test_records_are_paged_newest_first(database: Database) -> None:
    for number in range(5):
        database.write(lambda connection, text=str(number): insert_record(connection, text, "t"))  # type: ignore[misc]
    with database.read() as connection:
        header, *first = newest_records(connection, 2)
        assert header == ["hub_id", "recognition_time", "mold_number"]
        assert [row[2] for row in first] == ["4", "3"]
        assert [row[2] for row in newest_records(connection, 9, first[-1][0])[1:]] == ["2", "1", "0"]


def test_history_of_a_mold_has_an_index(database: Database) -> None:
    with database.read() as connection:
        assert any(
            index["column_names"] == ["mold_number"] for index in inspect(connection).get_indexes("recognition_record")
        )


def test_tasks_of_an_owner_are_paged_newest_first(database: Database) -> None:
    database.write(lambda connection: _tasks(connection, 5))
    with database.read() as connection:
        first = table.of_owner(connection, _OWNER, 2)
        assert [int(task.id, 16) for task in first] == [4, 3]
        assert [int(task.id, 16) for task in table.of_owner(connection, _OWNER, 9, first[-1].id)] == [2, 1, 0]
        assert table.of_owner(connection, "another", 9, first[-1].id) == []


def test_tasks_with_long_readings_are_fewer_and_lead_on(database: Database) -> None:
    database.write(lambda connection: _tasks(connection, 4, "x" * 1_400_000))
    with database.read() as connection:
        first = table.of_owner(connection, _OWNER, 9)
        assert [int(task.id, 16) for task in first] == [3, 2]
        assert [int(task.id, 16) for task in table.of_owner(connection, _OWNER, 9, first[-1].id)] == [1, 0]


def test_pages_on_the_wire(make_client: Callable[..., TestClient]) -> None:
    client = make_client(access="open")
    rooms = client.app.state.rooms  # type: ignore[attr-defined]
    for number in range(3):
        rooms.database.write(lambda connection, text=str(number): insert_record(connection, text, "t"))
    rooms.database.write(lambda connection: _tasks(connection, 3))
    first = client.get("/getdatabase?limit=2").json()
    assert [row[2] for row in first["result"][1:]] == ["2", "1"]
    rest = client.get(f"/getdatabase?limit=2&after={first['next']}").json()
    assert ([row[2] for row in rest["result"][1:]], "next" in rest) == (["0"], False)
    tasks = client.get("/status?uuid=1&limit=2").json()
    assert _ids(tasks) == [2, 1]
    others = client.get(f"/status?uuid=1&limit=2&after={tasks['next']}").json()
    assert (_ids(others), "next" in others) == ([0], False)
    for wrong in ("getdatabase?limit=0", "getdatabase?limit=50001", "getdatabase?after=x", "status?uuid=1&limit=1001"):
        assert client.get(f"/{wrong}").status_code == 400
