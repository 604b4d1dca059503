"""Pictures that are kept with readings, apart from uploads: a folder a day, so that what is too old goes at once.

    evidence/<day>/<name>.<kind>

`whole` is the picture as it was uploaded, `small` a smaller whole, `crop` its marks turned upright. The day is the
first part of a reading's key, in UTC.
"""

import hashlib
import os
import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from handlers.errors import DISK_FULL, NotFound, StorageFull
from handlers.storage.containment import contained

if TYPE_CHECKING:
    from handlers.aws.bucket import Bucket

_KEY = re.compile(r"\d{4}-\d{2}-\d{2}/[0-9a-f]{32}-\d{1,6}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
KINDS = ("crop", "small", "whole")
# Days whose pictures a sweep looks for, before the oldest that is kept: what was missed for longer is for the bucket's
# own rule.
_SWEPT_DAYS = 30
_LINK_SECONDS = 300


def key_of(task_id: str, position: int, now: float) -> str:
    """The same however often that picture is read on that day."""
    return f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}/{task_id}-{position}"


def of_photo(key: str, name: str) -> tuple[str, str]:
    """Key and kind of a reading's file: of several photos, those of the one with that number are `<number>/<kind>`."""
    number, _, kind = name.rpartition("/")
    return (f"{key.rpartition('-')[0]}-{number}" if number else key), kind


class Evidence(Protocol):
    def put(self, key: str, kind: str, file: BinaryIO, content_type: str) -> None:
        """Keep what `file` has. Raises StorageFull and StorageUnavailable."""

    def get(self, key: str, kind: str) -> bytes:
        """Raises NotFound for what is not kept (any more), and StorageUnavailable."""

    def link(self, key: str, kind: str, content_type: str) -> str | None:
        """A URL that answers it to whoever has it, for a few minutes; None where there is no such."""

    def expire(self, before: float) -> None:
        """Remove what was kept on days before that of this moment (seconds since 1970)."""


class LocalEvidence:
    """In the folder `root`; `reserve` bytes of the disk, or a twentieth of a small one, stay free."""

    def __init__(self, root: Path, *, reserve: int = 0) -> None:
        self._root = root
        self._reserve = reserve

    def put(self, key: str, kind: str, file: BinaryIO, content_type: str) -> None:  # noqa: ARG002  the record has it
        path = self._path(key, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(path.parent)
        if disk.free - file.seek(0, os.SEEK_END) < min(self._reserve, disk.total // 20):
            raise StorageFull(DISK_FULL)
        file.seek(0)
        unfinished = path.with_name(f"{uuid.uuid4().hex}.part")
        try:
            with unfinished.open("xb") as copy:
                shutil.copyfileobj(file, copy)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def get(self, key: str, kind: str) -> bytes:
        try:
            return self._path(key, kind).read_bytes()
        except FileNotFoundError:
            raise _gone() from None

    def link(self, key: str, kind: str, content_type: str) -> str | None:  # noqa: ARG002  a folder answers nobody
        return None

    def expire(self, before: float) -> None:
        oldest = f"{datetime.fromtimestamp(before, UTC):%Y-%m-%d}"
        for folder in self._root.iterdir() if self._root.is_dir() else ():
            if _DAY.fullmatch(folder.name) and folder.name < oldest:
                shutil.rmtree(folder)

    def _path(self, key: str, kind: str) -> Path:
        day, name = _checked(key, kind).split("/")
        return contained(self._root, day, f"{name}.{kind}")


class BucketEvidence:
    """In `bucket`, below `evidence/`."""

    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def put(self, key: str, kind: str, file: BinaryIO, content_type: str) -> None:
        content = _all_of(file)
        file.seek(0)
        digest = hashlib.sha256(content).digest()
        self._bucket.put(_at(key, kind), file, size=len(content), sha256=digest, content_type=content_type)

    def get(self, key: str, kind: str) -> bytes:
        found = self._bucket.get(_at(key, kind))
        if found is None:
            raise _gone()
        return found[0]

    def link(self, key: str, kind: str, content_type: str) -> str | None:
        answering = {"ResponseContentType": content_type, "ResponseCacheControl": "no-store"}
        return self._bucket.link(_at(key, kind), answering, _LINK_SECONDS)

    def expire(self, before: float) -> None:
        last = datetime.fromtimestamp(before, UTC) - timedelta(days=1)
        for day in (last - timedelta(days=number) for number in range(_SWEPT_DAYS)):
            self._bucket.delete([row.key for row in self._bucket.list(f"evidence/{day:%Y-%m-%d}/")])


def _at(key: str, kind: str) -> str:
    return f"evidence/{_checked(key, kind)}.{kind}"


def _checked(key: str, kind: str) -> str:
    if kind not in KINDS or not _KEY.fullmatch(key):
        raise _gone()
    return key


def _gone() -> NotFound:
    return NotFound("No picture of this reading is kept, or not any more.")


def _all_of(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
