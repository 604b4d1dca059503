"""PostgreSQL held to the two tables by PostgreSQL itself: a login role of its own, time-outs, the plan it makes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

from handlers.console.engines.base import (
    LARGEST_NUMBER,
    OUT_OF_SIGHT,
    Rows,
    SqlLimits,
    SqlRefused,
    check_numbers,
    gathered,
    sentence,
    too_slow,
)
from handlers.console.policy.grammar import TABLES
from handlers.console.policy.pieces import bare, pieces

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGresult

_AS_IT_IS = frozenset((20, 21, 23, 700, 701))
"""Types sent as numbers, by their fixed oid: int8, int2, int4, float4, float8. All others are sent as text, cut."""
_NUMERIC = 1700
_BYTES = 17
_TIMES = frozenset((1114, 1184))
_UNKNOWN_NAMES = frozenset(("42P01", "3F000", "42501", "42883", "42704"))
"""Undefined table, schema, function and object, and denied ones: an answer that tells them apart would show names."""
_TAGS = ("INSERT", "UPDATE", "DELETE")

# A connection serves one statement, so nothing outlives it: no setting, temporary table, cursor or advisory lock.
_SETTINGS = {
    "search_path": "{schema}",
    "statement_timeout": "{milliseconds}",
    "lock_timeout": "{milliseconds}",
    "idle_in_transaction_session_timeout": "{milliseconds}",
    "standard_conforming_strings": "on",
    "datestyle": "ISO",
}
_WISHED = {"work_mem": "16MB", "max_parallel_workers_per_gather": "0", "jit": "off"}
"""Set where the server knows them; `restrict_role` sets what only a superuser may."""


class PostgresqlGuard:
    """Runs statements as the role of `url`, which `restrict_role` made, each on a connection of its own."""

    def __init__(self, url: str, limits: SqlLimits, schema: str = "public") -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._limits = limits
        self._schema = schema

    def run(self, statement: str, *, writes: bool) -> Rows:
        import psycopg

        text = bare(pieces(statement, "postgresql"))
        try:
            with closing(self._connection()) as connection:
                deadline = time.monotonic() + self._limits.seconds
                connection.execute("BEGIN" if writes else "BEGIN READ ONLY")
                # Closing gives up what was not committed.
                return (self._change if writes else self._rows)(connection, text, deadline)
        except psycopg.Error as error:
            raise self._refusal(error.sqlstate, error.diag.message_primary or "") from None
        except ValueError:
            raise SqlRefused("The statement holds a character that is no text.") from None

    def _connection(self) -> Connection[Any]:
        import psycopg

        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=10, client_encoding="utf8")
        milliseconds = str(int(self._limits.seconds * 1000))
        with suppress(psycopg.errors.UndefinedObject, psycopg.errors.FeatureNotSupported):
            _set(connection, _WISHED)
        _set(connection, {k: v.format(schema=self._schema, milliseconds=milliseconds) for k, v in _SETTINGS.items()})
        return connection

    def _rows(self, connection: Connection[Any], text: str, deadline: float) -> Rows:
        shape = self._described(connection, text)
        if not shape:
            raise SqlRefused("The statement returns no columns.")
        self._check_plan(connection, text, deadline)
        # As a part of FROM only queries can stand, and no value larger than the limit leaves the server.
        columns = ", ".join(f"c{number}" for number in range(len(shape)))
        values = ", ".join(self._value(f"c{number}", oid) for number, (_, oid) in enumerate(shape))
        query = f"SELECT {values} FROM (\n{text}\n) AS answer({columns}) LIMIT {self._limits.rows + 1}"  # noqa: S608
        self._hurry(connection, deadline)
        with connection.cursor() as cursor:
            # `stream` speaks the extended protocol, in which there is only one statement.
            rows = cursor.stream(query.encode())
            return gathered(tuple(name for name, _ in shape), _converted(rows, shape), self._limits)

    def _value(self, column: str, oid: int) -> str:
        if oid in _AS_IT_IS:
            return column
        text = f"encode({column}, 'hex')" if oid == _BYTES else f"{column}::text"
        return f"left({text}, {19 if oid in _TIMES else self._limits.value_bytes})"

    def _change(self, connection: Connection[Any], text: str, deadline: float) -> Rows:
        if self._described(connection, text):
            raise SqlRefused("A write returns no rows here.")
        self._check_plan(connection, text, deadline)
        largest = _largest(connection)
        self._hurry(connection, deadline)
        cursor = connection.execute(text.encode(), prepare=True)
        if not (cursor.statusmessage or "").startswith(_TAGS):
            raise SqlRefused(OUT_OF_SIGHT)
        check_numbers(largest, _largest(connection), max(cursor.rowcount, 0))
        connection.execute("COMMIT")
        return Rows((), (), max(cursor.rowcount, 0), cut=False)

    def _described(self, connection: Connection[Any], text: str) -> list[tuple[str, int]]:
        """The names and types of a statement's columns, asked for without running it."""
        self._checked(connection.pgconn.prepare(b"asked", text.encode()))
        result = self._checked(connection.pgconn.describe_prepared(b"asked"))
        return [((result.fname(at) or b"").decode(), result.ftype(at)) for at in range(result.nfields)]

    def _checked(self, result: PGresult) -> PGresult:
        from psycopg.pq import DiagnosticField, ExecStatus

        if result.status != ExecStatus.COMMAND_OK:
            message = result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b""
            state = result.error_field(DiagnosticField.SQLSTATE) or b""
            raise self._refusal(state.decode(), message.decode(errors="replace"))
        return result

    def _hurry(self, connection: Connection[Any], deadline: float) -> None:
        """Leave to the next step what is left: PostgreSQL knows a time for each step, and a command takes three."""
        milliseconds = int((deadline - time.monotonic()) * 1000)
        if milliseconds <= 0:
            raise too_slow(self._limits)
        _set(connection, {"statement_timeout": str(milliseconds)})

    def _check_plan(self, connection: Connection[Any], text: str, deadline: float) -> None:
        """Refuse what reads anything but the two tables; the catalogues are open to every role."""
        self._hurry(connection, deadline)
        cursor = connection.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {text}".encode(), prepare=True)
        for node in _nodes(cursor.fetchall()):
            ours = node.get("Schema") == self._schema and node.get("Relation Name") in TABLES
            if node.get("Node Type") == "Function Scan" or ("Relation Name" in node and not ours):
                raise SqlRefused(OUT_OF_SIGHT)

    def _refusal(self, state: str | None, message: str) -> SqlRefused:
        if state in ("57014", "55P03", "25P03"):
            return too_slow(self._limits)
        if state == "42883" and message.startswith("operator does not exist"):
            # It names types only, and is what comparing text with a number is told.
            return SqlRefused(f"{sentence(message)} Text is written in single quotes, and CAST makes one of another.")
        if state in _UNKNOWN_NAMES:
            return SqlRefused(OUT_OF_SIGHT)
        if state is None or state.startswith(("08", "28", "57")):
            return SqlRefused("The console's database did not answer.")
        return SqlRefused(sentence(message))


def _largest(connection: Connection[Any]) -> int:
    row = connection.execute(LARGEST_NUMBER.encode()).fetchone()
    return int(row[0]) if row else 0


def _set(connection: Connection[Any], settings: Mapping[str, str]) -> None:
    calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    connection.execute(f"SELECT {calls}".encode(), [part for pair in settings.items() for part in pair])


def _nodes(plan: object) -> Iterator[dict[str, Any]]:
    """All nodes of a plan, however they are nested."""
    waiting = [plan]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(part.values())
        elif isinstance(part, (list, tuple)):
            waiting.extend(part)


def _converted(rows: Iterator[Sequence[object]], shape: Sequence[tuple[str, int]]) -> Iterator[list[object]]:
    for row in rows:
        yield [_number(value) if oid == _NUMERIC else value for value, (_, oid) in zip(row, shape, strict=True)]


def _number(text: object) -> object:
    """A numeric as a number where that loses nothing that a person would miss."""
    if not isinstance(text, str) or len(text) > 25 or text.strip("-0123456789."):
        return text
    if "." in text:
        return float(text)
    return int(text) if len(text) <= 15 else text
