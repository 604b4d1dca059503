"""`castmark restore`: what was saved, into whatever database and storage the settings name; all of it, or nothing.

Pictures first, then all tables in one transaction, whose sums are compared before it ends: a restore that is killed
leaves pictures that no record names, and a database as it was.
"""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from sqlalchemy import Connection, delete, select
from sqlalchemy.exc import DBAPIError

from handlers.backup.saving import FORMAT, Saved
from handlers.backup.tables import LEFT_OUT, TABLES, Sum, insert, summed
from handlers.errors import ConfigurationError
from handlers.records.readings import continue_numbers
from handlers.records.tables import secret, version
from handlers.rooms import Rooms

_KINDS = {"crop": "image/jpeg", "small": "image/jpeg", "whole": "application/octet-stream"}


def restore(rooms: Rooms, file: Path, *, replace: bool = False) -> Saved:
    """Bring back what `file` holds; with `replace`, in the place of what is there.

    Raises ConfigurationError where `file` is no whole backup of this version or an earlier one, where something is
    there already, or where the database is Aurora DSQL, whose transactions are too small; and DatabaseUnusable.
    """
    if rooms.database.url.get_backend_name() == "auroradsql":
        raise ConfigurationError(
            "A backup cannot be restored into Aurora DSQL in one step: restore it into a PostgreSQL, or use AWS Backup."
        )
    try:
        with ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            # Before pictures are brought, and once more where nobody can write meanwhile.
            with rooms.database.read() as connection:
                _check_empty(connection, replace=replace)
            saved = Saved(pictures=_bring_pictures(rooms, archive, manifest["evidence"]))
            teachings = _teachings(archive, manifest.get("teaching", {}))
            saved.rows = rooms.database.write(lambda connection: _bring(connection, archive, manifest, replace=replace))
            rooms.shelf.bring(teachings)
    except (BadZipFile, EOFError, KeyError, ValueError) as error:
        raise ConfigurationError(f"{file} is no whole backup ({error}); nothing was restored.") from None
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be restored ({error.strerror or error}).") from None
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"The database does not take what {file} holds ({reason}); it is as it was.") from None
    return saved


def _manifest(archive: ZipFile, file: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(archive.read("manifest.json"))
    if manifest["format"] > FORMAT:
        raise ConfigurationError(
            f"{file} was made by Castmark {manifest['castmark']}: restore it with that or a newer."
        )
    return manifest


def _check_empty(connection: Connection, *, replace: bool) -> None:
    if replace:
        return
    # A server that has started has made itself secrets; nobody would miss them.
    for table in TABLES:
        if table is not secret and connection.execute(select(table).limit(1)).first():
            raise ConfigurationError(
                f"The database is not empty: {table.name} has rows. Restore into a new one, or say --replace."
            )


def _teachings(archive: ZipFile, sums: dict[str, str]) -> dict[str, bytes]:
    """What was taught, by name; nothing in a backup of a version that knew of no teachings."""
    found = {name: archive.read(f"teaching/{name}.json") for name in sums}
    for name, content in found.items():
        if not name.isalnum() or hashlib.sha256(content).hexdigest() != sums[name]:
            raise ValueError(f"the teaching {name} is not as it was")
    return found


def _bring_pictures(rooms: Rooms, archive: ZipFile, sums: dict[str, str]) -> int:
    for name, expected in sums.items():
        content = archive.read(f"evidence/{name}")
        if hashlib.sha256(content).hexdigest() != expected:
            raise ValueError(f"the picture {name} is not as it was")
        key, _, kind = name.rpartition(".")
        rooms.evidence.put(key, kind, io.BytesIO(content), _KINDS.get(kind, ""))
    return len(sums)


def _bring(connection: Connection, archive: ZipFile, manifest: dict[str, Any], *, replace: bool) -> dict[str, int]:
    """In one transaction, which may be run again. Raises ValueError where it does not come to what was saved."""
    _check_empty(connection, replace=replace)
    # Records first: triggers note their removal, and that goes, too.
    for table in (*TABLES, *LEFT_OUT):
        if table is not version:
            connection.execute(delete(table))
    for table in TABLES:
        expected = {name: manifest["tables"][table.name][name] for name in ("rows", "sum")}
        total = Sum()
        insert(connection, table, _lines(archive, table.name), total.add)
        if not total.told() == expected == summed(connection, table):
            raise ValueError(f"{table.name} does not come to what was saved")
    continue_numbers(connection)
    return {name: told["rows"] for name, told in manifest["tables"].items()}


def _lines(archive: ZipFile, table: str) -> Iterator[bytes]:
    with archive.open(f"tables/{table}.jsonl") as file:
        for line in file:
            yield line.rstrip(b"\n")
