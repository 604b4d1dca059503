"""Readings kept: one row for each picture that was read, as the existing system's clients expect it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select, text
from sqlalchemy.exc import IntegrityError

from handlers.records.tables import mold_info, reading, recognition_record, review, said
from handlers.records.wanted import State

Table = list[list[Any]]
# What a client's JSON still counts exactly; a number beyond it would end the count.
LARGEST_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class Clock:
    """Now, in UTC and as the clock on the wall shows it: `YYYY-MM-DD HH:MM:SS` in `zone` ("" is the system's)."""

    zone: str = ""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        """The day on the wall."""
        return self._local(self.now()).date()

    def shown(self, moment: datetime) -> str:
        return self._local(moment).strftime("%Y-%m-%d %H:%M:%S")

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.zone) if self.zone else None)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where readings come from: the task, its owner, and the model that read."""

    task_id: str
    owner: str = ""
    model: str = ""


def record(
    connection: Connection, origin: Origin, details: Sequence[Mapping[str, Any]], clock: Clock, first: int = 0
) -> list[int]:
    """Keep what a task read: `details` are full readings, with the `name` and `sha256` of their pictures.

    They are those of its pictures from the position `first` on. An `evidence` of theirs says where the picture is kept.
    """
    moment = clock.now()
    return [
        _record_one(connection, origin, position, detail, clock, moment)
        for position, detail in enumerate(details, first)
    ]


def _record_one(
    connection: Connection, origin: Origin, position: int, detail: Mapping[str, Any], clock: Clock, moment: datetime
) -> int:
    shown = clock.shown(moment)
    number = insert_record(connection, detail["text"], shown)
    connection.execute(
        reading.insert().values(
            hub_id=number,
            task_id=origin.task_id,
            position=position,
            recorded_at=moment.timestamp(),
            picture_name=detail["name"],
            picture_sha256=detail["sha256"],
            confidence=detail["confidence"],
            needs_review=detail["needs_review"],
            alternatives=_json(detail["alternatives"]),
        )
    )
    connection.execute(
        review.insert().values(
            hub_id=number,
            recognition_time=shown,
            owner=origin.owner,
            machine_text=detail["text"],
            confidence=detail["confidence"],
            state=State.OPEN if detail["needs_review"] else State.SURE,
            steps=0,
        )
    )
    connection.execute(said.insert().values(hub_id=number, model=origin.model, **_said(detail)))
    return number


def _said(detail: Mapping[str, Any]) -> dict[str, str]:
    evidence = detail.get("evidence") or {"key": "", "files": {}}
    whole = {name: value for name, value in detail.items() if name != "evidence"}
    return {"reading": _json(whole), "evidence": evidence["key"], "files": _json(evidence["files"])}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def insert_record(connection: Connection, mold_number: str, shown: str) -> int:
    """One row of `recognition_record`; its `hub_id`."""
    values = {"recognition_time": shown, "mold_number": mold_number}
    insert = recognition_record.insert().values(values).returning(recognition_record.c.hub_id)
    if connection.dialect.name != "postgresql":
        # SQLite counts numbers that were given. Aurora DSQL has no savepoints, and its console takes no statements.
        return int(connection.execute(insert).scalar_one())
    try:
        with connection.begin_nested():
            return int(connection.execute(insert).scalar_one())
    except IntegrityError:
        # Somebody wrote a number of his own choice, which the database's count has now come to.
        continue_numbers(connection)
        return int(connection.execute(insert).scalar_one())


def continue_numbers(connection: Connection) -> None:
    """PostgreSQL does not count numbers that were given; the next one must be after them."""
    if connection.dialect.name == "sqlite":
        return
    ordinary = recognition_record.c.hub_id < LARGEST_NUMBER
    last = connection.scalar(select(func.max(recognition_record.c.hub_id)).where(ordinary)) or 0
    sequence = connection.scalar(text("SELECT pg_get_serial_sequence('recognition_record', 'hub_id')"))
    values = {"sequence": sequence, "last": max(last, 1), "called": last > 0}
    connection.execute(text("SELECT setval(:sequence, :last, :called)"), values)


def newest_records(connection: Connection, limit: int, after: int | None = None) -> Table:
    """Records with a header row, newest first: at most `limit`, those that come after the number `after`."""
    query = select(recognition_record).order_by(recognition_record.c.hub_id.desc()).limit(limit)
    if after is not None:
        query = query.where(recognition_record.c.hub_id < after)
    return [list(recognition_record.c.keys()), *(_listed(row) for row in connection.execute(query))]


def all_records(connection: Connection, *, mold_number: str | None = None, limit: int | None = None) -> Table:
    """Records with a header row, oldest first: the latest `limit` of them, or all."""
    query = select(recognition_record).order_by(recognition_record.c.hub_id.desc()).limit(limit)
    if mold_number is not None:
        query = query.where(recognition_record.c.mold_number == mold_number)
    rows = [_listed(row) for row in connection.execute(query)]
    return [list(recognition_record.c.keys()), *reversed(rows)]


def mold(connection: Connection, mold_number: str) -> Table:
    """A mold's data, with a header row."""
    query = select(mold_info).where(mold_info.c.mold_number == mold_number)
    return [list(mold_info.c.keys()), *(_listed(row) for row in connection.execute(query))]


def known_molds(connection: Connection, among: Iterable[str]) -> frozenset[str]:
    """Those texts that are molds: a look-up by the key of each, however many molds there are."""
    return frozenset(connection.scalars(select(mold_info.c.mold_number).where(mold_info.c.mold_number.in_(set(among)))))


def _listed(row: Row[Any]) -> list[Any]:
    """As JSON takes it: SQLite keeps bytes in a column of texts, when somebody writes them."""
    return [value.hex() if isinstance(value, bytes) else value for value in row]
