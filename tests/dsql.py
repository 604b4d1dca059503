"""Aurora DSQL, as far as a PostgreSQL can play it: its own dialect, its isolation, its limits, and what it refuses.

It knows no locks: of two transactions that change the same row, the later one is sent back with SQLSTATE 40001.
(docs.aws.amazon.com, Aurora DSQL: "Unsupported PostgreSQL features", "Concurrency control", "Cluster quotas")
"""

import re
from typing import Any

import psycopg
import pytest

_REFUSED = re.compile(
    r"^\s*(SAVEPOINT|RELEASE|ROLLBACK TO|TRUNCATE|LOCK|VACUUM|DO)\b"
    r"|\bSKIP LOCKED\b|\bpg_advisory\w*|\bREFERENCES\b|\bCREATE\s+(UNIQUE\s+)?INDEX (?!ASYNC)|\bTEMP(ORARY)?\s+TABLE\b"
    r"|\bCREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|TRIGGER)\b|\bFOR\s+UPDATE\s+NOWAIT\b",
    re.IGNORECASE,
)
_CHANGES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# What one transaction may change.
_MOST_ROWS = 3000
_ISOLATION = "-c default_transaction_isolation=repeatable\\ read"
_HOST = "abc.dsql.eu-west-1.on.aws"


def playing_dsql(monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    """The URL of a cluster that is the PostgreSQL database at `url`."""

    def connect(**asked: Any) -> _Connection:
        assert (asked["host"], asked["user"]) == (_HOST, "admin")
        return _Connection.connect(url, cursor_factory=_Cursor, options=_ISOLATION)

    # Where the connector would ask IAM for a password and go to the internet.
    monkeypatch.setattr("aurora_dsql_psycopg.DSQLConnection.connect", connect)
    return f"auroradsql://admin@{_HOST}/postgres"


class _Connection(psycopg.Connection[Any]):
    changed = 0

    def commit(self) -> None:
        self.changed = 0
        super().commit()

    def rollback(self) -> None:
        self.changed = 0
        super().rollback()


class _Cursor(psycopg.Cursor[Any]):
    def execute(self, query: Any, *args: Any, **named: Any) -> "_Cursor":
        if _REFUSED.search(query):
            raise psycopg.errors.FeatureNotSupported(f"unsupported statement: {query}")
        super().execute(query.replace("INDEX ASYNC", "INDEX"), *args, **named)
        if _CHANGES.match(query):
            self._count()
        return self

    def executemany(self, query: Any, *args: Any, **named: Any) -> None:
        super().executemany(query, *args, **named)
        self._count()

    def _count(self) -> None:
        connection: Any = self.connection
        connection.changed += self.rowcount
        if connection.changed > _MOST_ROWS:
            raise psycopg.errors.ProgramLimitExceeded("transaction row limit exceeded")
