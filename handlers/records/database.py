"""Where records are kept: SQLite in the data folder, any PostgreSQL by URL, or Aurora DSQL.

Connections are made when first needed. A block of `write()` is one transaction: all of it happens, or none.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.records.authorities import trusting
from handlers.records.migrations import upgrade
from handlers.records.tables import recognition_record
from handlers.records.waits import CONNECT_SECONDS, Waits

Dialect = Literal["sqlite", "postgresql"]
_Result = TypeVar("_Result")
_KINDS = ("postgres", "postgresql", "auroradsql", "sqlite")
# How long a writer waits for another one before SQLite gives up.
_BUSY_MS = 10_000
# SQLSTATE 40001 and 40P01: the database chose another transaction; this one may simply be run again.
_AGAIN = ("40001", "40P01", "OC000", "OC001")
# unique_violation, duplicate_object and duplicate_table: `IF NOT EXISTS` looked before another upgrader's was there.
_MADE_MEANWHILE = ("23505", "42710", "42P07")
_TRIES = 6


class Database:
    """One engine, upgraded to the tables of this version at its first use."""

    def __init__(self, place: str | Path) -> None:
        """`place` is a URL, or the path of a SQLite file. Raises ConfigurationError where it is neither."""
        self.url = URL.create("sqlite", database=str(place)) if isinstance(place, Path) else _with_driver(place)
        self._engine: Engine | None = None
        self._opening = threading.Lock()

    @property
    def dialect(self) -> Dialect:
        return "sqlite" if self.url.get_backend_name() == "sqlite" else "postgresql"

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server."""
        return Path(self.url.database or "") if self.dialect == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read by. Raises DatabaseUnusable where the server is lost, or stays silent."""
        with _lost_is_said(), self._open().connect() as connection:
            yield connection

    def write(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run `work` in one transaction, again where the database asks for it, and return its result."""
        for attempt in range(_TRIES):
            try:
                with _lost_is_said(), self._writing() as connection, connection.begin():
                    return work(connection)
            except DBAPIError as error:
                if isinstance(error, OperationalError) and self.dialect == "sqlite":
                    # Another program holds the file, or it may only be read.
                    raise DatabaseUnusable(_reason(error)) from error
                if attempt + 1 == _TRIES or _state(error) not in _AGAIN:
                    raise
                _wait(attempt)
        raise AssertionError("the last attempt returns or raises")

    def _writing(self) -> Connection:
        return self._open().connect().execution_options(writes=True)

    def prepare(self) -> None:
        """Load what connections are made with, and make none."""
        _engine(self.url, Waits()).dispose()

    def close(self) -> None:
        """Give the connections back; the next use opens new ones (after a restored snapshot, say)."""
        with self._opening:
            engine, self._engine = self._engine, None
        if engine is not None:
            engine.dispose()

    def _open(self) -> Engine:
        with self._opening:
            if self._engine is None:
                waits = Waits()
                engine = _engine(self.url, waits)
                try:
                    _upgrade(engine, waits)
                except DBAPIError as error:
                    engine.dispose()
                    raise DatabaseUnusable(_reason(error)) from error
                self._engine = engine
            return self._engine


@contextmanager
def _lost_is_said() -> Iterator[None]:
    """A connection that was refused, lost, or given up for its silence is not the caller's fault, and may come back."""
    try:
        yield
    except DBAPIError as error:
        never_was = isinstance(error, OperationalError) and not _state(error) and error.statement is None
        if error.connection_invalidated or never_was:
            raise DatabaseUnusable(_reason(error)) from error
        raise


def _upgrade(engine: Engine, waits: Waits) -> None:
    """Aurora DSQL has no lock that upgraders could take in turn: who comes second looks again at what is left to do."""
    for attempt in range(_TRIES):
        try:
            return upgrade(engine, waits)
        except DBAPIError as error:
            if attempt + 1 == _TRIES or _state(error) not in _AGAIN + _MADE_MEANWHILE:
                raise
            _wait(attempt)


def _wait(attempt: int) -> None:
    """Longer each time, and never as long as the others who were sent back at the same moment."""
    time.sleep(random.uniform(0.5, 1) * 0.04 * 2**attempt)  # noqa: S311 (nothing secret)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _reason(error: DBAPIError) -> str:
    """The driver's first line; it names host and user, never a password."""
    return str(error.orig).strip().splitlines()[0]


def _with_driver(url: str) -> URL:
    wrong = ConfigurationError(
        "CASTMARK_DATABASE_URL is (hidden), but must be the URL of a PostgreSQL (postgresql://user@host/name), of an "
        "Aurora DSQL (auroradsql://user@host/postgres) or of a SQLite file (sqlite:////path/to/file)."
    )
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise wrong from None
    if parsed.drivername.partition("+")[0] not in _KINDS or parsed.database in (None, "", ":memory:"):
        raise wrong
    short = parsed.drivername in ("postgres", "postgresql")
    return _waiting(trusting(parsed.set(drivername="postgresql+psycopg") if short else parsed))


def _waiting(url: URL) -> URL:
    """`url` with an end of the patience for a connection, where it says none: the console's role has it then, too."""
    if url.get_backend_name() != "postgresql" or "connect_timeout" in url.query:
        return url
    return url.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})


def _engine(url: URL, waits: Waits) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    engine = _cluster(url) if url.get_backend_name() == "auroradsql" else _server(url)
    # Before SQLAlchemy's own, which asks the server for its version.
    event.listen(engine, "connect", lambda connection, _: waits.limit(connection), insert=True)
    return engine


def _cluster(url: URL) -> Engine:
    from aurora_dsql_sqlalchemy import create_dsql_engine

    # Signs in by IAM: the URL holds a host and a user, never a password.
    who = {"host": url.host, "user": url.username or "admin", "sslrootcert": url.query["sslrootcert"]}
    connecting = {"connect_timeout": CONNECT_SECONDS}
    # It ends every connection after an hour, and a frozen function does not hear of it.
    engine: Engine = create_dsql_engine(driver="psycopg", pool_pre_ping=True, connect_args=connecting, **who)
    return engine


def _server(url: URL) -> Engine:
    # Nothing here is an hstore, which would be asked for at the first connection.
    return create_engine(url, pool_pre_ping=True, pool_size=5, max_overflow=20, use_native_hstore=False)


def _sqlite(url: URL) -> Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # Numbers are never given twice. Said here, since saying it where the table is described loads SQLite's dialect.
    recognition_record.dialect_options["sqlite"]["autoincrement"] = True
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: Any) -> None:
        # Transactions are begun below, not by the driver's guess.
        connection.isolation_level = None
        # Whoever writes into the file may write what is no text; it must not stop those who read.
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: one that reads first and then writes could only fail.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
