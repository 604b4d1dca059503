"""A backup is one moment of everything, and comes back whole or not at all, in whichever database."""

import io
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from handlers.backup.restoring import restore
from handlers.backup.saving import save
from handlers.backup.tables import LEFT_OUT, TABLES, summed
from handlers.cli.commands import app
from handlers.errors import ConfigurationError
from handlers.records import corrections
from handlers.records.corrections import Word
from handlers.records.readings import Clock, Origin, insert_record, record
from handlers.records.tables import metadata, mold_info, secret, task
from handlers.rooms import Rooms
from handlers.settings import Settings
from tests.databases import fresh_database
from tests.servers import environment

_ROOT = Path(__file__).parents[2]
_KEY = f"2026-03-10/{'b' * 32}-0"


@pytest.fixture
def make_rooms(tmp_path: Path) -> Iterator[Callable[..., Rooms]]:
    """Rooms of a data folder of that name, in SQLite or by the URL given."""
    made: list[Rooms] = []

    def make(name: str, url: str | None = None, **values: Any) -> Rooms:
        settings = Settings.model_validate({"data": tmp_path / name, "database_url": url, **values})
        made.append(Rooms(settings))
        return made[-1]

    yield make
    for rooms in made:
        rooms.close()


def _fill(rooms: Rooms, number: int = 3) -> Rooms:
    detail = {"name": "轮毂.jpg", "sha256": "c" * 64, "confidence": 0.125, "needs_review": True, "alternatives": []}
    rooms.evidence.put(_KEY, "crop", io.BytesIO(b"a picture"), "image/jpeg")
    kept = {"evidence": {"key": _KEY, "files": {"crop": "image/jpeg", "small": "image/jpeg"}}}

    def fill(connection: Any) -> None:
        for each in range(number):
            origin = Origin(f"{each:032x}", "d" * 32, "model")
            record(connection, origin, [{**detail, "text": f"A{each}", **(kept if each == 0 else {})}], Clock())
        insert_record(connection, "by SQL ✓", "2026-01-02 03:04:05")
        connection.execute(mold_info.insert().values(mold_number="11", mold_name=None))
        for state in ("completed", "waiting"):
            values = {"pictures": "[]", "readings": "[]", "error": "", "attempts": 0, "worker": ""}
            row = {"id": state, "owner": "o", "state": state, "lease_until": 0.1, "submitted_at": 1.7e9, **values}
            connection.execute(task.insert().values(row))

    rooms.database.write(fill)
    rooms.database.write(lambda connection: corrections.correct(connection, 1, "B7", Word("me", 1.0, "why")))
    return rooms


def _sums(rooms: Rooms) -> dict[str, Any]:
    with rooms.database.read() as connection:
        return {table.name: summed(connection, table) for table in TABLES}


def test_every_table_is_saved_or_left_out_on_purpose() -> None:
    assert {*TABLES, *LEFT_OUT} == set(metadata.tables.values())


@pytest.mark.parametrize(("first", "second"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_what_is_saved_comes_back_in_another_database(
    make_rooms: Callable[..., Rooms], postgresql_server: str, tmp_path: Path, first: str, second: str
) -> None:
    urls = {"sqlite": None, "postgresql": fresh_database(postgresql_server)}
    old = _fill(make_rooms("old", urls[first]))
    saved = save(old, tmp_path / "backup.zip")
    assert (saved.rows["recognition_record"], saved.pictures, saved.gone) == (4, 1, 1)
    new = make_rooms("new", urls[second])
    assert restore(new, tmp_path / "backup.zip").rows == saved.rows
    assert _sums(new) == _sums(old)
    assert new.evidence.get(_KEY, "crop") == b"a picture"
    with new.database.read() as connection:
        assert connection.scalars(select(task.c.id)).all() == ["completed"]
    # Numbers go on after those that came.
    assert new.database.write(lambda connection: insert_record(connection, "next", "2026-01-02 03:04:06")) == 5


def test_backup_has_no_secret_setting_and_is_its_owners_alone(make_rooms: Callable[..., Rooms], tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    rooms = make_rooms("old", f"sqlite:///{tmp_path / 'secret-place.db'}", token="a-token-told-to-nobody", workers=3)
    save(_fill(rooms), file)
    assert file.stat().st_mode & 0o777 == 0o600
    with ZipFile(file) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        settings = json.loads(archive.read("settings.json"))
    assert b"a-token-told-to-nobody" not in everything and b"secret-place" not in everything
    assert settings["workers"] == 3


def test_backup_is_one_moment_while_the_server_writes(make_rooms: Callable[..., Rooms], tmp_path: Path) -> None:
    rooms = _fill(make_rooms("old"), 300)
    stop, number = threading.Event(), 0
    detail = {"name": "n", "sha256": "0" * 64, "confidence": 1.0, "text": "T", "needs_review": False}
    detail["alternatives"] = []

    def write() -> None:
        nonlocal number
        while not stop.is_set():
            number += 1
            rooms.database.write(partial(record, origin=Origin(f"f{number:031x}"), details=[detail], clock=Clock()))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        saved = save(rooms, tmp_path / "backup.zip")
    finally:
        stop.set()
        writer.join()
    machine = saved.rows["castmark_reading"]
    assert machine == saved.rows["castmark_said"] == saved.rows["recognition_record"] - 1 >= 300


def test_existing_file_and_full_database_are_left_alone(make_rooms: Callable[..., Rooms], tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    old, new = _fill(make_rooms("old")), _fill(make_rooms("new"), 1)
    save(old, file)
    with pytest.raises(ConfigurationError, match="exists already"):
        save(old, file)
    before = _sums(new)
    with pytest.raises(ConfigurationError, match="not empty: recognition_record has rows"):
        restore(new, file)
    assert _sums(new) == before
    restore(new, file, replace=True)
    assert _sums(new) == _sums(old)


def test_server_that_has_only_started_counts_as_empty(make_rooms: Callable[..., Rooms], tmp_path: Path) -> None:
    save(_fill(make_rooms("old")), tmp_path / "backup.zip")
    new = make_rooms("new")
    new.database.write(lambda connection: connection.execute(secret.insert().values(name="submit", value="x")))
    restore(new, tmp_path / "backup.zip")


@pytest.mark.parametrize("damage", ["cut", "no zip", "row lost", "picture changed", "newer"])
def test_what_is_not_whole_restores_nothing(make_rooms: Callable[..., Rooms], tmp_path: Path, damage: str) -> None:
    whole, file = tmp_path / "whole.zip", tmp_path / "damaged.zip"
    save(_fill(make_rooms("old")), whole)
    content = whole.read_bytes()
    if damage in ("cut", "no zip"):
        file.write_bytes(content[: len(content) // 2] if damage == "cut" else b"no zip")
    else:
        with ZipFile(whole) as source, ZipFile(file, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if damage == "row lost" and name == "tables/castmark_said.jsonl":
                    data = data.partition(b"\n")[2]
                if damage == "picture changed" and name.startswith("evidence/"):
                    data = b"another"
                if damage == "newer" and name == "manifest.json":
                    data = json.dumps(json.loads(data) | {"format": 99}).encode()
                target.writestr(name, data)
    new = make_rooms("new")
    with pytest.raises(ConfigurationError, match=r"no whole backup|with that or a newer"):
        restore(new, file)
    assert {told["rows"] for told in _sums(new).values()} == {0}


def test_commands_save_and_bring_back(make_rooms: Callable[..., Rooms], monkeypatch: pytest.MonkeyPatch) -> None:
    old = _fill(make_rooms("old"))
    monkeypatch.setenv("CASTMARK_DATA", str(old.settings.data))
    result = CliRunner().invoke(app, ["backup", "b.zip"])
    assert (result.exit_code, "4 records and 1 pictures; 1 are not kept any more." in result.output) == (0, True)
    monkeypatch.setenv("CASTMARK_DATA", "new")
    result = CliRunner().invoke(app, ["restore", "b.zip"])
    assert (result.exit_code, "Restored and compared: 4 records" in result.output) == (0, True), result.output
    assert CliRunner().invoke(app, ["restore", "b.zip"]).exit_code == 2


@pytest.mark.parametrize("what", ["backup", "restore"])
def test_kill_in_the_middle_leaves_nothing_half(make_rooms: Callable[..., Rooms], tmp_path: Path, what: str) -> None:
    """Killed at six moments of it: the file is whole or not there, the database as it was or all of it."""
    old = _fill(make_rooms("old"), 2000)
    save(old, tmp_path / "whole.zip")
    expected = _sums(old)
    killed = 0
    for number in range(6):
        data = "old" if what == "backup" else f"new{number}"
        target = tmp_path / (f"{number}.zip" if what == "backup" else "whole.zip")
        # Says when it begins, so that the kill is in the work and not in its imports.
        code = (
            "import sys; from handlers.rooms import Rooms; from handlers.settings import read_settings\n"
            "from pathlib import Path; from handlers.backup.saving import save\n"
            "from handlers.backup.restoring import restore\n"
            "rooms = Rooms(read_settings()); rooms.database.read().__enter__(); print('begins', flush=True)\n"
            f"{'save' if what == 'backup' else 'restore'}(rooms, Path(sys.argv[1]))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(target)],
            env=environment(DATA=str(tmp_path / data)) | {"PYTHONPATH": str(_ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout and process.stdout.readline() == "begins\n"
            time.sleep(number * 0.03)
            process.kill()
        killed += process.returncode == -9
        if what == "backup":
            if target.exists():
                with ZipFile(target) as archive:
                    assert archive.testzip() is None and "manifest.json" in archive.namelist()
        else:
            found = _sums(make_rooms(data))
            assert found == expected or {told["rows"] for told in found.values()} == {0}
    assert killed >= 2
