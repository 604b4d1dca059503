"""`castmark backup`: one moment of the database, and the pictures of its readings, while the server goes on."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Connection, select, text

from handlers import __version__
from handlers.backup.tables import TABLES, Sum, lines
from handlers.errors import ConfigurationError, NotFound
from handlers.records.tables import said
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.storage.evidence import of_photo

FORMAT = 1
_SECRET = ("token", "database_url")
_SECRET_OUTBOX = ("webhook_secret", "mqtt_password")


@dataclass(slots=True)
class Saved:
    """How many rows of each table, and pictures; `gone` are those that have expired, or were not to be had."""

    rows: dict[str, int] = field(default_factory=dict)
    pictures: int = 0
    gone: int = 0

    def __str__(self) -> str:
        gone = f"; {self.gone:,} are not kept any more" if self.gone else ""
        return f"{self.rows['recognition_record']:,} records and {self.pictures:,} pictures{gone}."


def save(rooms: Rooms, file: Path) -> Saved:
    """Write the new file `file`, readable by its owner alone; it has that name once it is whole.

    Raises ConfigurationError where it exists already or cannot be written, and DatabaseUnusable.
    """
    if file.exists():
        raise ConfigurationError(f"{file} exists already; name a new file.")
    unfinished = file.with_name(f"{file.name}.part")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as target:
            with ZipFile(target, "w", ZIP_DEFLATED) as archive:
                saved = _write(rooms, archive)
            target.flush()
            os.fsync(target.fileno())
        unfinished.replace(file)
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be written ({error.strerror or error}).") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return saved


def _write(rooms: Rooms, archive: ZipFile) -> Saved:
    saved, manifest = Saved(), _head()
    with _moment(rooms) as connection:
        for table in TABLES:
            manifest["tables"][table.name] = _table(archive, connection, table)
            saved.rows[table.name] = manifest["tables"][table.name]["rows"]
        for key, kinds in _pictures(connection):
            for name in dict.fromkeys(".".join(of_photo(key, kind)) for kind in kinds):
                _picture(rooms, archive, manifest["evidence"], name, saved)
    for name, content in rooms.shelf.saved().items():
        archive.writestr(f"teaching/{name}.json", content)
        manifest["teaching"][name] = hashlib.sha256(content).hexdigest()
    archive.writestr("settings.json", _plain(rooms.settings))
    archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return saved


def _head() -> dict[str, Any]:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "castmark": __version__, "made": made, "tables": {}, "evidence": {}, "teaching": {}}


@contextmanager
def _moment(rooms: Rooms) -> Iterator[Connection]:
    """A connection that sees the database as it was when it was first asked, however long that takes."""
    with rooms.database.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        yield connection


def _table(archive: ZipFile, connection: Connection, table: Any) -> dict[str, Any]:
    total = Sum()
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as file:
        for line in lines(connection, table):
            total.add(line)
            file.write(line + b"\n")
    return {"columns": list(table.c.keys()), **total.told()}


def _pictures(connection: Connection) -> Iterator[tuple[str, list[str]]]:
    """What was kept before its reading was recorded: each is there, unless it has expired."""
    query = select(said.c.evidence, said.c.files).where(said.c.evidence != "")
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield row.evidence, list(json.loads(row.files))


def _picture(rooms: Rooms, archive: ZipFile, sums: dict[str, str], name: str, saved: Saved) -> None:
    key, _, kind = name.rpartition(".")
    try:
        content = rooms.evidence.get(key, kind)
    except NotFound:
        saved.gone += 1
        return
    # They are JPEG: packing them would cost time and win nothing.
    archive.writestr(ZipInfo(f"evidence/{name}", datetime.now(UTC).timetuple()[:6]), content, ZIP_STORED)
    sums[name] = hashlib.sha256(content).hexdigest()
    saved.pictures += 1


def _plain(settings: Settings) -> str:
    told = settings.model_dump(mode="json", exclude=set(_SECRET))
    for name in _SECRET_OUTBOX:
        told["outbox"].pop(name)
    return json.dumps(told, ensure_ascii=False, indent=1)
