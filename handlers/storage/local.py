"""Uploads on local disk: immutable files, and for each owner one small batch file naming them.

    <root>/<owner>/batch.json     the pictures of the batch, in order; replaced by rename, so atomic
    <root>/<owner>/<key>          a picture's bytes, written once
    <root>/.locks/<xx>.lock       one writer at a time for an owner, across processes
    <root>/.secret                what forms are signed with; those that use it may put pictures here

A new batch is written beside the old one and takes its place by renaming batch.json. The old
pictures stay for a grace time of a day, so that a task reads the pictures it was submitted for, however long it waits.
"""

import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from handlers.errors import DISK_FULL, FULL, NotFound, StorageFull
from handlers.storage.arrivals import Arrivals
from handlers.storage.base import Arrival, Form, Picture, Upload, too_much
from handlers.storage.containment import contained, plain
from handlers.storage.forms import FORM_SECONDS, ROUTE, Policy, checked, fields_of, new_key, secret_in

if TYPE_CHECKING:
    from filelock import BaseFileLock

_BATCH = "batch.json"
_LOCKS = ".locks"
_PIECE = 1024 * 1024


class LocalStorage:
    """Storage in the folder `root`; replaced pictures stay for `grace` seconds.

    One owner's pictures, those replaced included, take at most `most` bytes, and `reserve` bytes of the disk, or a
    twentieth of a small one, stay free of pictures, for the database and the log.
    """

    def __init__(self, root: Path, *, grace: float = 86_400.0, most: int = 2**63, reserve: int = 0) -> None:
        self._root = root
        self._grace = grace
        self._most = most
        self._reserve = reserve
        self._arrivals = Arrivals(root)

    def prepare(self) -> None:
        """Nothing: a folder is ready."""

    def put(self, owner: str, uploads: Sequence[Upload], *, keep: bool = False) -> list[Picture]:
        with _full_disk_is_said(), self._writing(owner) as folder:
            written = self._store(folder, owner, uploads, keep=keep)
            for arrival in [] if keep else self._arrivals.of(owner):
                self._arrivals.remove(arrival)
            return written

    def _store(self, folder: Path, owner: str, uploads: Sequence[Upload], *, keep: bool) -> list[Picture]:
        written: list[Picture] = []
        self._check_room(folder, sum(upload.file.seek(0, os.SEEK_END) for upload in uploads))
        try:
            for upload in uploads:
                written.append(_write(folder, owner, upload))
            old = _read_batch(folder)
            _write_batch(folder, [*old, *written] if keep else written)
        except BaseException:
            _remove(folder, written)
            raise
        _sync_folder(folder)
        self._sweep(folder, replaced=[] if keep else old)
        return written

    def _check_room(self, folder: Path, coming: int) -> None:
        disk = shutil.disk_usage(folder)
        if disk.free - coming < min(self._reserve, disk.total // 20):
            raise StorageFull(DISK_FULL)
        if sum(entry.stat().st_size for entry in os.scandir(folder)) + coming > self._most:
            raise too_much(self._most)

    def batch(self, owner: str) -> list[Picture]:
        return _read_batch(contained(self._root, owner))

    @contextmanager
    def open(self, picture: Picture | Arrival) -> Iterator[BinaryIO]:
        try:
            file = self._path(picture).open("rb")
        except FileNotFoundError:
            raise NotFound(f"{picture.name} has been cleared.") from None
        with file:
            yield file

    def _path(self, stored: Picture | Arrival) -> Path:
        if isinstance(stored, Arrival):
            return self._arrivals.path(stored)
        return contained(self._root, stored.owner, stored.key)

    def clear(self, owner: str, name: str | None = None) -> int:
        if not contained(self._root, owner).exists() and not self._arrivals.of(owner):
            return 0
        with self._writing(owner) as folder:
            arrived = self._clear_arrivals(owner, name)
            old = _read_batch(folder)
            gone = [picture for picture in old if name in (None, picture.name)]
            left = [picture for picture in old if picture not in gone]
            if name is None or not left:
                shutil.rmtree(folder)
            elif gone:
                _write_batch(folder, left)
                _remove(folder, gone)
            return len(gone) + arrived

    def _clear_arrivals(self, owner: str, name: str | None) -> int:
        gone = [arrival for arrival in self._arrivals.of(owner) if name in (None, arrival.name)]
        for arrival in gone:
            self._arrivals.remove(arrival)
        return len(gone)

    def presign(
        self,
        owner: str,
        name: str,
        content_type: str,
        size: int,
        *,
        keep: bool = False,
        alone: bool = False,  # noqa: ARG002  nobody is told of what arrives in a folder
    ) -> Form:
        ends = int(time.time()) + FORM_SECONDS
        policy = Policy(plain(owner), new_key(), name, content_type, size, keep, ends)
        return Form(ROUTE, fields_of(policy, self._secret), FORM_SECONDS)

    def admit(self, fields: Mapping[str, str]) -> None:
        checked(fields, self._secret, time.time())

    def accept(self, fields: Mapping[str, str], file: BinaryIO) -> None:
        policy = checked(fields, self._secret, time.time())
        with _full_disk_is_said(), self._lock(policy.owner):
            self._arrivals.receive(policy, file)

    def arrivals(self, owner: str) -> list[Arrival]:
        return self._arrivals.of(owner)

    def adopt(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture | None:
        with _full_disk_is_said(), self._writing(arrival.owner) as folder:
            if not self._arrivals.path(arrival).exists():
                return None
            upload = Upload(arrival.name, content_type, file)
            (picture,) = self._store(folder, arrival.owner, [upload], keep=arrival.keep)
            self._arrivals.remove(arrival)
            return picture

    def alone(self, owner: str, key: str) -> Arrival | None:  # noqa: ARG002  nothing arrives alone here
        return None

    def settle(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture:  # noqa: ARG002
        raise NotFound(f"{arrival.name} has not arrived alone; a folder takes no such form.")

    def discard(self, arrival: Arrival) -> None:
        with self._lock(arrival.owner):
            self._arrivals.remove(arrival)

    def link(self, picture: Picture) -> str | None:  # noqa: ARG002  a folder answers nobody by itself
        return None

    @cached_property
    def _secret(self) -> bytes:
        with self._lock(""):
            return secret_in(self._root)

    def expire(self, before: float) -> int:
        if not self._root.exists():
            return 0
        for owner in self._arrivals.owners():
            with self._lock(owner):
                self._arrivals.expire(owner, before)
        # Whatever else lies here, such as what file browsers leave, is nobody's batch.
        folders = [entry.name for entry in os.scandir(self._root) if entry.is_dir(follow_symlinks=False)]
        return sum(self._expire(owner, before) for owner in folders if not owner.startswith("."))

    def _expire(self, owner: str, before: float) -> bool:
        with self._writing(owner) as folder:
            pictures = _read_batch(folder)
            if any(picture.stored.timestamp() >= before for picture in pictures):
                self._sweep(folder, replaced=[])
                return False
            shutil.rmtree(folder)
            return bool(pictures)

    @contextmanager
    def _writing(self, owner: str) -> Iterator[Path]:
        folder = contained(self._root, owner)
        with self._lock(owner):
            folder.mkdir(parents=True, exist_ok=True)
            yield folder

    def _lock(self, owner: str) -> "BaseFileLock":
        from filelock import FileLock

        # 256 locks for all owners: no file is left behind for each caller that ever came.
        shard = hashlib.sha256(owner.encode()).hexdigest()[:2]
        locks = self._root / _LOCKS
        locks.mkdir(parents=True, exist_ok=True)
        return FileLock(locks / f"{shard}.lock")

    def _sweep(self, folder: Path, replaced: Sequence[Picture]) -> None:
        """Remove what no batch names any more, once nobody can still be reading it."""
        for picture in replaced:
            # A picture's time of change is from here on the time when it was replaced.
            with suppress(FileNotFoundError):
                os.utime(folder / picture.key)
        named = {picture.key for picture in _read_batch(folder)} | {_BATCH}
        oldest = time.time() - self._grace
        for entry in os.scandir(folder):
            if entry.name not in named and entry.stat().st_mtime <= oldest:
                os.unlink(entry.path)


def _write(folder: Path, owner: str, upload: Upload) -> Picture:
    key = plain(upload.key) if upload.key else uuid.uuid4().hex
    # Of the same upload, which was sent again after another had taken its place.
    (folder / key).unlink(missing_ok=True)
    upload.file.seek(0)
    try:
        size, sha256 = _copy(upload.file, folder / key)
    except BaseException:
        (folder / key).unlink(missing_ok=True)
        raise
    return Picture(owner, key, upload.name, upload.content_type, size, sha256, datetime.now(UTC))


def _copy(source: BinaryIO, target: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while piece := source.read(_PIECE):
            digest.update(piece)
            file.write(piece)
        _sync(file)
        return file.tell(), digest.hexdigest()


def _sync(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _read_batch(folder: Path) -> list[Picture]:
    try:
        rows = json.loads((folder / _BATCH).read_bytes())
    except FileNotFoundError:
        return []
    return [Picture(**row | {"stored": datetime.fromisoformat(row["stored"])}) for row in rows]


def _write_batch(folder: Path, pictures: Sequence[Picture]) -> None:
    rows = [asdict(picture) | {"stored": picture.stored.isoformat()} for picture in pictures]
    temporary = folder / f"{uuid.uuid4().hex}.tmp"
    try:
        with temporary.open("x", encoding="utf-8") as file:
            json.dump(rows, file, ensure_ascii=False)
            _sync(file)
        temporary.replace(folder / _BATCH)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where folders can be synced (not on Windows)."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(folder: Path, pictures: Sequence[Picture]) -> None:
    for picture in pictures:
        (folder / picture.key).unlink(missing_ok=True)


@contextmanager
def _full_disk_is_said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFull(DISK_FULL) from error
        raise
