"""The shortcuts of the SQL terminal that front ends send: Castmark's own queries, no statement of a caller's."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from handlers.console.engines.base import SqlLimits
from handlers.console.terminal import texts

if TYPE_CHECKING:
    from handlers.console.terminal.answers import Answer, Note
    from handlers.records.database import Database
    from handlers.settings import Settings

_LONGEST = 64


class Shortcuts:
    def __init__(self, settings: Settings, database: Database) -> None:
        self._zone = settings.timezone
        self._database = database

    def run(self, line: str, note: Note = lambda *_: None) -> Answer | None:
        """The answer to a shortcut; None where `line` is none. `note` hears of what was written."""
        word, _, argument = line.partition(" ")
        argument = argument.strip()
        if word == "--check_sql":
            return self._check()
        if word == "--query_all_recognition_record":
            return self._records(None)
        if word not in ("--insert", "--history-records", "--mo-ju-jinfo-model"):
            return None
        if not argument or len(argument) > _LONGEST:
            return texts.NO_NUMBER.format(command=word)
        if word == "--insert":
            return self._insert(argument, note)
        return self._records(argument) if word == "--history-records" else self._mold(argument)

    def _check(self) -> str:
        from sqlalchemy import func, select

        from handlers.records.tables import mold_info, recognition_record

        with self._database.read() as connection:
            records, molds = (
                connection.scalar(select(func.count()).select_from(table)) for table in (recognition_record, mold_info)
            )
        return f"The tables are in order: {records} readings, {molds} molds. / 数据检查成功。"

    def _records(self, mold_number: str | None) -> Answer:
        from handlers.records.readings import all_records

        with self._database.read() as connection:
            # The newest, as many as any statement may answer.
            return cast("Answer", all_records(connection, mold_number=mold_number, limit=SqlLimits().rows))

    def _mold(self, mold_number: str) -> Answer:
        from handlers.records.readings import mold

        with self._database.read() as connection:
            return cast("Answer", mold(connection, mold_number))

    def _insert(self, mold_number: str, note: Note) -> str:
        from handlers.records.readings import Clock, insert_record

        clock = Clock(self._zone)
        shown = clock.shown(clock.now())
        number = self._database.write(lambda connection: insert_record(connection, mold_number, shown))
        note("written", f"reading {number} was added: {mold_number}")
        return f"Reading {number} was added: {mold_number}, {shown}. / 已添加。"
