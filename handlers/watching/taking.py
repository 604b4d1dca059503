"""Taking a picture out of its folder, so that what is read is what is kept, and giving it back under a free name.

A camera that overwrites one name makes a new file there while the last one is being read. A program that still writes
to the very file that was taken writes to it here: it is looked at again until that has stopped, too.
"""

import errno
import os
import shutil
import uuid
from pathlib import Path

from handlers.errors import ConfigurationError

_SEPARATOR = "~"


class Taken:
    """A file in the working folder; its name begins with an id of its own and tells whence it came."""

    def __init__(self, path: Path, original: Path) -> None:
        self.path = path
        # Below the watched folder.
        self.original = original

    def facts(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns


class Desk:
    """The working folder of a watched one, for one process at a time: what lies there at its start was broken off."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.folder = root / ".castmark"

    def prepare(self) -> None:
        """Raises OSError where nothing can be made there, and ConfigurationError where another process has it."""
        from filelock import FileLock, Timeout

        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._lock = FileLock(self.folder / "lock")
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise ConfigurationError(f"{self._root} is watched already, by another castmark watch.") from None

    def close(self) -> None:
        self._lock.release()

    def left(self) -> list[Taken]:
        """What an earlier process took and did not finish."""
        found = sorted(path for path in self.folder.rglob(f"*{_SEPARATOR}*") if path.is_file())
        return [Taken(path, self._original(path)) for path in found]

    def _original(self, path: Path) -> Path:
        return path.parent.relative_to(self.folder) / path.name.partition(_SEPARATOR)[2]

    def take(self, path: Path) -> Taken | None:
        """The file, moved here; None where it is gone, or a program on Windows holds it."""
        original = path.relative_to(self._root)
        place = self.folder / original.parent
        taken = place / f"{uuid.uuid4().hex[:12]}{_SEPARATOR}{original.name}"
        try:
            place.mkdir(parents=True, exist_ok=True)
            path.rename(taken)
        except (FileNotFoundError, PermissionError):
            return None
        return Taken(taken, original)

    def put_back(self, taken: Taken) -> Path | None:
        """Where it was: whoever writes to it may go on. None where another file has that name by now."""
        place = self._root / taken.original
        if os.path.lexists(place):
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        taken.path.rename(place)
        return place


def give(taken: Taken, place: Path) -> None:
    """Move it to `place`, which is free; on another disk by way of a copy that is never half there."""
    try:
        taken.path.rename(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = place.with_name(f".{uuid.uuid4().hex}.part")
        shutil.copy2(taken.path, copy)
        copy.replace(place)
        taken.path.unlink()


def free_name(folder: Path, original: Path) -> Path:
    """`original` below `folder`, with a number where that is taken."""
    wanted = folder / original
    number = 1
    place = wanted
    while os.path.lexists(place) or os.path.lexists(f"{place}.json"):
        number += 1
        place = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return place
