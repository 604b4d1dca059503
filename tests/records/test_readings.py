"""Readings kept: alike in both databases, with the columns that clients expect."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, all_records, insert_record, known_molds, mold, record
from handlers.records.tables import mold_info, reading


def _detail(text: str, **more: Any) -> dict[str, Any]:
    facts = {"name": "轮毂.jpg", "sha256": "a" * 64, "confidence": 0.9876, "needs_review": True}
    return {"text": text, "alternatives": [{"text": "17", "confidence": 0.25}]} | facts | more


def test_each_picture_is_a_record_with_all_that_is_known(database: Database) -> None:
    before = datetime.now(UTC).timestamp()
    numbers = database.write(lambda connection: record(connection, Origin("t"), [_detail("11"), _detail("")], Clock()))
    with database.read() as connection:
        header, *rows = all_records(connection)
        kept = connection.execute(select(reading).order_by(reading.c.position)).all()
    assert header == ["hub_id", "recognition_time", "mold_number"]
    assert [(row[0], row[2]) for row in rows] == [(numbers[0], "11"), (numbers[1], "")]
    first = kept[0]
    assert (first.hub_id, first.picture_name, first.picture_sha256) == (numbers[0], "轮毂.jpg", "a" * 64)
    assert (first.confidence, first.needs_review) == (0.9876, True)
    assert json.loads(first.alternatives) == [{"text": "17", "confidence": 0.25}]
    assert before <= first.recorded_at <= datetime.now(UTC).timestamp()


def test_time_is_shown_as_on_the_wall_and_kept_in_utc(database: Database) -> None:
    database.write(lambda connection: record(connection, Origin("t"), [_detail("11")], Clock("Asia/Shanghai")))
    with database.read() as connection:
        shown = all_records(connection)[1][1]
        moment = connection.scalar(select(reading.c.recorded_at))
    assert moment is not None
    utc = datetime.strptime(shown, "%Y-%m-%d %H:%M:%S").timestamp()
    wall = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).timestamp() + 8 * 3600
    assert abs(utc - wall) < 1


def test_same_reading_cannot_be_kept_twice(database: Database) -> None:
    database.write(lambda connection: record(connection, Origin("t"), [_detail("11")], Clock()))
    with pytest.raises(IntegrityError):
        database.write(lambda connection: record(connection, Origin("t"), [_detail("11")], Clock()))
    with database.read() as connection:
        assert len(all_records(connection)) == 2


def test_records_of_a_mold_and_the_latest(database: Database) -> None:
    def insert(connection: Connection) -> None:
        for number in ("11", "12", "11", "13"):
            insert_record(connection, number, "2026-01-02 03:04:05")

    database.write(insert)
    with database.read() as connection:
        assert [row[2] for row in all_records(connection, mold_number="11")[1:]] == ["11", "11"]
        assert [row[2] for row in all_records(connection, limit=2)[1:]] == ["11", "13"]


def test_molds(database: Database) -> None:
    rows: list[dict[str, str | None]] = [
        {"mold_number": "11", "mold_name": "前轮"},
        {"mold_number": "12", "mold_name": None},
    ]
    database.write(lambda connection: connection.execute(mold_info.insert(), rows))
    with database.read() as connection:
        assert known_molds(connection, ["11", "12", "13", ""]) == {"11", "12"}
        assert mold(connection, "11") == [["mold_number", "mold_name"], ["11", "前轮"]]
        assert mold(connection, "none") == [["mold_number", "mold_name"]]
