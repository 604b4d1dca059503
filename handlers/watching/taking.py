"""Taking a picture out of its folder, so that what is read is what is kept, and giving it back under a free name.

A camera that overwrites one name makes a new file there while the last one is being read. A program that still writes
to the very file that was taken writes to it here: it is looked at again until that has stopped, too.
"""

import errno
import os
import shutil
import uuid
from contextlib import suppress
from pathlib import Path

from handlers.errors import ConfigurationError

# Bytes of a name, so that `-2` and `.json` find room after it.
_LONGEST = 240


class Taken:
    """A file in the working folder, and whence it came."""

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
        found: list[Taken] = []
        for place in sorted(path for path in self.folder.iterdir() if path.is_dir()):
            files = sorted(path for path in place.rglob("*") if path.is_file())
            found += [Taken(path, path.relative_to(place)) for path in files]
            if not files:
                # What lay there was put away, and the process killed before it cleared the place.
                shutil.rmtree(place)
        return found

    def clear(self, taken: Taken) -> None:
        """Remove the folders that it lay in; one that something else is in stays."""
        folder = taken.path.parent
        with suppress(OSError):
            while folder != self.folder:
                folder.rmdir()
                folder = folder.parent

    def take(self, path: Path) -> Taken | None:
        """The file, moved here; None where it is gone, or a program on Windows holds it."""
        original = path.relative_to(self._root)
        # A folder of its own, and the same name: a longer one might be too long.
        taken = Taken(self.folder / uuid.uuid4().hex[:12] / original, original)
        taken.path.parent.mkdir(parents=True)
        try:
            path.rename(taken.path)
        except (FileNotFoundError, PermissionError):
            self.clear(taken)
            return None
        return taken

    def put_back(self, taken: Taken) -> Path | None:
        """Where it was: whoever writes to it may go on. None where another file has that name by now."""
        place = self._root / taken.original
        if os.path.lexists(place):
            return None
        place.parent.mkdir(parents=True, exist_ok=True)
        taken.path.rename(place)
        self.clear(taken)
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
    wanted = folder / original.with_name(_short(original))
    number = 1
    place = wanted
    while os.path.lexists(place) or os.path.lexists(f"{place}.json"):
        number += 1
        place = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
    return place


def _short(original: Path) -> str:
    room = _LONGEST - len(os.fsencode(original.suffix))
    stem = os.fsencode(original.stem)[: max(room, 1)].decode(errors="ignore")
    return (stem + original.suffix) if room > 0 else stem
