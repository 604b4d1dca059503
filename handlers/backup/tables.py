"""Which tables are saved, and how their rows are written, so that every database reads what another one wrote."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from handlers.records import tables
from handlers.tasks.base import State

# Not saved: console sessions and logins; what belongs to tasks that are not over, whose uploads are not saved either;
# and events, which a restored server would send once more beside the one that they were saved from.
TABLES: tuple[Table, ...] = (
    *(tables.recognition_record, tables.mold_info, tables.reading, tables.review, tables.said),
    tables.judgement,
    *(tables.correction, tables.audit, tables.task, tables.blacklist_edit, tables.secret),
    tables.token,
)
LEFT_OUT: tuple[Table, ...] = (
    tables.step,
    tables.share,
    tables.session,
    tables.login,
    tables.version,
    tables.happened,
    tables.delivery,
    tables.target,
)
_AT_ONCE = 1000
_MODULUS = 2**256


class Sum:
    """How many rows, and the sum of their hashes: the same in whatever order a database gives them."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(line).digest())) % _MODULUS

    def told(self) -> dict[str, Any]:
        return {"rows": self.rows, "sum": f"{self._sum:064x}"}


def selected(table: Table) -> Select[Any]:
    query = select(table)
    if table is tables.task:
        query = query.where(table.c.state.in_((State.COMPLETED, State.ERROR)))
    return query


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """A row a line, read in pieces."""
    # Said of the statement: said of the connection, it would hold for what is written later, too.
    result = connection.execute(selected(table), execution_options={"yield_per": _AT_ONCE})
    for row in result:
        yield line_of(row)


def line_of(row: Sequence[Any]) -> bytes:
    # SQLite keeps bytes in a column of texts, when somebody writes them; elsewhere they show as these digits.
    values = [value.hex() if isinstance(value, bytes) else value for value in row]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def summed(connection: Connection, table: Table) -> dict[str, Any]:
    """What the table holds now."""
    total = Sum()
    for line in lines(connection, table):
        total.add(line)
    return total.told()


def insert(connection: Connection, table: Table, written: Iterator[bytes], note: Callable[[bytes], None]) -> None:
    """Add the rows, each of which is told to `note`."""
    names = list(table.c.keys())
    rows: list[dict[str, Any]] = []
    for line in written:
        note(line)
        rows.append(dict(zip(names, json.loads(line), strict=True)))
        if len(rows) == _AT_ONCE:
            connection.execute(table.insert(), rows)
            rows = []
    if rows:
        connection.execute(table.insert(), rows)
