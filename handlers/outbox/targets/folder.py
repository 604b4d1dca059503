"""Files in a folder, one a day: a table (CSV), or one event a line (JSON). For whatever reads files, and nothing else.

An event is in the file of the day it happened, in UTC. One that was cut off by a crash comes again, and is found by
its id: a line is written once.
"""

import csv
import io
import os
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from handlers.errors import ConfigurationError, NotDelivered
from handlers.outbox.events import Event
from handlers.plant import Outbox
from handlers.settings import Settings

COLUMNS: tuple[str, ...] = ("id", "type", "timestamp", "reading", "text", "before", "confidence", "needs_review")
COLUMNS += ("state", "who", "rule", "sentence", "picture")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_BEGINNING = "﻿".encode()


class Folder:
    name = "folder"

    def __init__(self, settings: Outbox) -> None:
        assert settings.folder is not None  # noqa: S101  or there would be no such target
        self._folder = settings.folder
        self._kind = settings.folder_format
        self._day: Path | None = None
        self._ids: set[str] = set()
        self._length = -1

    def open(self) -> bool:
        return False

    def deliver(self, event: Event) -> None:
        try:
            self._write(event)
        except OSError as error:
            raise NotDelivered(f"Nothing can be written into {self._folder} ({error.strerror or error}).") from None

    def close(self) -> None:
        self._day = None

    def _write(self, event: Event) -> None:
        day = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d")
        file = self._folder / f"castmark-{day}.{'csv' if self._kind == 'csv' else 'jsonl'}"
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = not file.exists()
        with file.open("a+b") as opened:
            if fresh:
                # The server keeps its own files to itself; who may read these is for the folder's owner to say.
                file.chmod(0o644)
            self._mend(opened, file)
            if event.id in self._ids:
                return
            opened.write(_table(event, new=opened.tell() == 0) if self._kind == "csv" else event.body() + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
            self._ids.add(event.id)
            self._length = opened.tell()

    def _mend(self, opened: io.BufferedRandom, file: Path) -> None:
        """Know what is in the file, and take out of it a last line that a crash left half-written."""
        length = opened.seek(0, os.SEEK_END)
        if self._day == file and self._length == length:
            return
        opened.seek(0)
        content = opened.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            opened.truncate(len(whole))
        opened.seek(0, os.SEEK_END)
        self._day, self._length, self._ids = file, len(whole), _ids(whole.decode("utf-8-sig", "replace"), self._kind)


def _ids(text: str, kind: str) -> set[str]:
    if kind == "csv":
        return {row[0] for row in csv.reader(io.StringIO(text, newline="")) if row}
    return set(re.findall(r'^\{"id":"([0-9a-f-]{36})"', text, re.MULTILINE))


def _table(event: Event, *, new: bool) -> bytes:
    """The line of a table as spreadsheets read it, with their mark and the columns before the first."""
    whole, data = event.whole(), event.data
    known = {**data, **whole, "picture": data.get("picture", {}).get("name", "")}
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if new:
        writer.writerow(COLUMNS)
    writer.writerow([_cell(known.get(name, "")) for name in COLUMNS])
    return (_BEGINNING if new else b"") + text.getvalue().encode()


def _cell(value: object) -> object:
    """What a spreadsheet would run as a formula begins with an apostrophe; a line stays one line."""
    if not isinstance(value, str):
        return value
    plain = " ".join(value.splitlines())
    return f"'{plain}" if plain.startswith(_FORMULAS) else plain


def target(_: str, settings: Settings) -> Folder:
    """Raises ConfigurationError where nothing can be written."""
    made = Folder(settings.outbox)
    folder = made._folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"CASTMARK_OUTBOX__FOLDER is {str(folder)!r}, where nothing can be written ({error.strerror}); "
            "name a folder that the server may write into."
        ) from None
    return made
