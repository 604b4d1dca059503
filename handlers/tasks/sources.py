"""Where pictures are submitted from: a folder, one file, or whatever lies under a prefix of a bucket.

Sources are generators: of a bucket one page of its listing is held at a time, of a folder the entries of that folder.
What begins with a dot is passed over, and so is where uploads are kept: Castmark would submit its own copies for ever.
"""

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from handlers.aws.bucket import Bucket, Listed
from handlers.aws.refusals import code_of
from handlers.errors import BadRequest, BucketMissing, NotFound, StorageRefused, StorageUnavailable
from handlers.settings import Settings

_S3 = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)
# Where `handlers.storage.s3` keeps uploads.
_OWN = ("batches/", "evidence/", "incoming/", "uploads/")
# What S3 says of one object, and not of all.
_OF_ONE = frozenset({"AccessDenied", "InvalidObjectState"})
_IN_MEMORY = 1024 * 1024
_JUNK = frozenset(
    {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "$recycle.bin"}
    | {"system volume information"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """A picture to be submitted. `uri` says which, `version` says which of those that were there in turn.

    `name` is for people; `open` gives the bytes, seekable, to be closed. It raises NotFound or BadRequest where this
    one cannot be had, and StorageUnavailable where none can.
    """

    uri: str
    name: str
    size: int
    version: str
    open: Callable[[], BinaryIO]


class Sources(Protocol):
    @property
    def uri(self) -> str:
        """The same for the same place, wherever it is named from."""

    def __iter__(self) -> Iterator[Source]:
        """All that is there, in the same order each time. Raises BadRequest and StorageUnavailable."""


def sources_of(place: str, settings: Settings) -> Sources:
    """The pictures at `place`, a path or s3://bucket/prefix. Raises BadRequest where it is neither."""
    if place.startswith("s3://"):
        found = _S3.fullmatch(place)
        if not found:
            raise BadRequest(f"{place} is no place in S3; write s3://bucket/prefix.")
        own = _OWN if found[1] == settings.bucket else ()
        return Prefix(Bucket(found[1], endpoint=settings.s3_endpoint), found[2] or "", own)
    path = Path(place).resolve()
    if path.is_dir():
        return Folder(path, tuple((settings.data / name).resolve() for name in ("uploads", "evidence")))
    if path.is_file():
        return File(path)
    raise BadRequest(f"{place} is no file and no folder; s3://bucket/prefix is the other choice.")


class File:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.uri = path.as_uri()

    def __iter__(self) -> Iterator[Source]:
        yield _on_disk(self._path, self._path.name)


class Folder:
    """Files in `root` and the folders below it, but for those in `own`; links to folders are not followed."""

    def __init__(self, root: Path, own: tuple[Path, ...]) -> None:
        self._root = root
        self._own = own
        self.uri = root.as_uri()

    def __iter__(self) -> Iterator[Source]:
        return self._below(self._root)

    def _below(self, folder: Path) -> Iterator[Source]:
        if folder in self._own:
            return
        for entry in _entries(folder):
            path = folder / entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(path)
            elif entry.is_file():
                # It may be gone by now.
                with suppress(FileNotFoundError):
                    yield _on_disk(path, path.relative_to(self._root).as_posix())


class Prefix:
    """Objects of `bucket` whose keys begin with `prefix`, but with none of `own`."""

    def __init__(self, bucket: Bucket, prefix: str, own: tuple[str, ...] = ()) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._own = own
        self.uri = f"s3://{bucket.name}/{prefix}"

    def __iter__(self) -> Iterator[Source]:
        try:
            for row in self._bucket.list(self._prefix):
                # A key that ends with a slash is how consoles show an empty folder.
                if (
                    not row.key.startswith(self._own)
                    and not row.key.endswith("/")
                    and not any(map(is_junk, row.key.split("/")))
                ):
                    yield self._source(row)
        except StorageUnavailable as error:
            raise self._of_this_bucket(error) from error

    def _source(self, row: Listed) -> Source:
        version = f"{row.size} {row.tag}"
        name = row.key.removeprefix(self._prefix.rpartition("/")[0]).lstrip("/")
        return Source(f"s3://{self._bucket.name}/{row.key}", name, row.size, version, partial(self._open, row.key))

    def _open(self, key: str) -> BinaryIO:
        with ExitStack() as held:
            file = cast("BinaryIO", held.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY)))
            try:
                there = self._bucket.fetch(key, file)
            except StorageUnavailable as error:
                if code_of(error) in _OF_ONE:
                    raise BadRequest(f"{key} may not be read, or is archived.") from error
                raise self._of_this_bucket(error) from error
            if not there:
                raise NotFound(f"{key} is not there any more.")
            file.seek(0)
            held.pop_all()
            return file

    def _of_this_bucket(self, error: StorageUnavailable) -> StorageUnavailable:
        """The same error: its own sentence is about the bucket where uploads are kept."""
        if isinstance(error, BucketMissing):
            return BucketMissing(f"There is no bucket {self._bucket.name}.")
        if isinstance(error, StorageRefused):
            return StorageRefused(f"{self.uri} may not be read with these credentials (AWS_PROFILE, AWS_REGION, ...).")
        return type(error)(f"{self.uri} cannot be read at the moment; try again soon.")


def is_junk(name: str) -> bool:
    """Whether a file or folder of that name is what systems and devices leave beside pictures: nobody submitted it."""
    return name.startswith(".") or name.lower() in _JUNK


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted((each for each in entries if not is_junk(each.name)), key=lambda each: each.name)
    except OSError as error:
        raise BadRequest(f"{folder} cannot be read ({error.strerror}).") from None


def _on_disk(path: Path, name: str) -> Source:
    facts = path.stat()
    return Source(path.as_uri(), name, facts.st_size, f"{facts.st_size} {facts.st_mtime_ns}", partial(_opened, path))


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadRequest(f"{path.name} cannot be read ({error.strerror}).") from None
