"""What came by forms to a folder, until somebody looked at it and adopted it.

    <root>/.incoming/<owner>/<key>         the bytes; there once they are complete
    <root>/.incoming/<owner>/<key>.json    what the form said of them
    <root>/.used/<key>                     an empty mark: this form was used; kept until the form has ended

The caller sees to it that one at a time changes what is an owner's.
"""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from handlers.errors import NotAllowed, TooLarge
from handlers.storage.base import Arrival
from handlers.storage.containment import contained
from handlers.storage.forms import FORM_SECONDS, Policy

_FACTS = ".json"
_PIECE = 1024 * 1024


class Arrivals:
    def __init__(self, root: Path) -> None:
        self._incoming = root / ".incoming"
        self._used = root / ".used"

    def receive(self, policy: Policy, file: BinaryIO) -> None:
        """Keep the file of a form. Raises NotAllowed where it was used, TooLarge for a file that it does not allow."""
        size = file.seek(0, os.SEEK_END)
        if not 1 <= size <= policy.size:
            raise TooLarge(f"{policy.name} has {size} bytes; this form takes 1 to {policy.size}.")
        mark = self._mark(policy.key)
        try:
            self._write(policy, size, file)
        except BaseException:
            self._remove(self._path(policy.owner, policy.key))
            mark.unlink(missing_ok=True)
            raise

    def of(self, owner: str) -> list[Arrival]:
        folder = contained(self._incoming, owner)
        try:
            files = set(os.listdir(folder))
        except FileNotFoundError:
            return []
        found = (_arrival_in(folder / name) for name in sorted(files) if f"{name}{_FACTS}" in files)
        return [arrival for arrival in found if arrival]

    def path(self, arrival: Arrival) -> Path:
        return self._path(arrival.owner, arrival.key)

    def remove(self, arrival: Arrival) -> None:
        self._remove(self.path(arrival))

    def owners(self) -> list[str]:
        return os.listdir(self._incoming) if self._incoming.exists() else []

    def expire(self, owner: str, before: float) -> None:
        folder = contained(self._incoming, owner)
        entries = list(os.scandir(folder)) if folder.exists() else []
        if entries and max(entry.stat().st_mtime for entry in entries) < before:
            shutil.rmtree(folder)

    def _mark(self, key: str) -> Path:
        self._used.mkdir(parents=True, exist_ok=True)
        self._forget_marks()
        mark = contained(self._used, key)
        try:
            mark.open("xb").close()
        except FileExistsError:
            raise NotAllowed("This form was used already; ask for a new one.") from None
        return mark

    def _forget_marks(self) -> None:
        """A form that has ended is refused for that."""
        oldest = time.time() - 2 * FORM_SECONDS
        for mark in self._used.iterdir():
            # Another process may forget it at the same time.
            with suppress(FileNotFoundError):
                if mark.stat().st_mtime < oldest:
                    mark.unlink()

    def _write(self, policy: Policy, size: int, file: BinaryIO) -> None:
        path = self._path(policy.owner, policy.key)
        path.parent.mkdir(parents=True, exist_ok=True)
        facts = {"owner": policy.owner, "key": policy.key, "name": policy.name, "size": size, "keep": policy.keep}
        _facts_of(path).write_text(json.dumps(facts), encoding="utf-8")
        file.seek(0)
        partial = path.with_name(f"{path.name}.part")
        with partial.open("xb") as target:
            shutil.copyfileobj(file, target, _PIECE)
            target.flush()
            os.fsync(target.fileno())
        partial.replace(path)

    def _path(self, owner: str, key: str) -> Path:
        return contained(self._incoming, owner, key)

    def _remove(self, path: Path) -> None:
        for each in (path, path.with_name(f"{path.name}.part"), _facts_of(path)):
            each.unlink(missing_ok=True)
        if path.parent.exists() and not any(path.parent.iterdir()):
            path.parent.rmdir()


def _arrival_in(path: Path) -> Arrival | None:
    """None where it was adopted or removed after it was listed."""
    try:
        return Arrival(**json.loads(_facts_of(path).read_bytes()))
    except FileNotFoundError:
        return None


def _facts_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_FACTS}")
