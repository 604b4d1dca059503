"""Where teachings are kept, and which one is used: a folder or a bucket that holds `<name>.json` for each, and in
`used.json` the names that were put to use, one after the other. The last one counts; undoing takes it away.

Nothing of it is ever sent anywhere else.
"""

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from handlers.errors import ChangedMeanwhile, ConfigurationError, StorageUnavailable
from handlers.teaching.files import Teaching, teaching_of

if TYPE_CHECKING:
    from handlers.aws.bucket import Bucket
    from handlers.recognition.weigh.taught import Taught

_log = logging.getLogger("castmark.teaching")
USED = "used"
_PREFIX = "teaching/"
"""In a bucket: beside uploads, arrivals and evidence, so that no owner's key can be one of these."""
_SECONDS = 60.0
"""For how long a bucket is not asked again which teaching is used."""
Tag = str | None


class Place(Protocol):
    """A few small files by name, each written as a whole."""

    fresh: float
    """Seconds for which what was read of it holds."""

    def get(self, name: str) -> tuple[bytes, Tag] | None:
        """A file's content and tag, or None."""

    def put(self, name: str, content: bytes, tag: Tag) -> bool:
        """Write a file in place of the one with that tag, or where there was none; False where that has changed."""


class Folder:
    """The files of a folder; who writes is alone with it, or the last."""

    fresh = 0.0

    def __init__(self, root: Path) -> None:
        self._root = root

    def get(self, name: str) -> tuple[bytes, Tag] | None:
        try:
            content = (self._root / f"{name}.json").read_bytes()
        except FileNotFoundError:
            return None
        return content, ""

    def put(self, name: str, content: bytes, tag: Tag) -> bool:  # noqa: ARG002  one operator, one folder
        self._root.mkdir(parents=True, exist_ok=True)
        unfinished = self._root / f"{uuid.uuid4().hex}.part"
        try:
            with unfinished.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(self._root / f"{name}.json")
        finally:
            unfinished.unlink(missing_ok=True)
        return True


class BucketPlace:
    """Objects below `teaching/`, which no upload's key begins with."""

    fresh = _SECONDS

    def __init__(self, bucket: "Bucket") -> None:
        self._bucket = bucket

    def get(self, name: str) -> tuple[bytes, Tag] | None:
        return self._bucket.get(f"{_PREFIX}{name}.json")

    def put(self, name: str, content: bytes, tag: Tag) -> bool:
        return self._bucket.replace(f"{_PREFIX}{name}.json", content, tag)


class Shelf:
    """The teachings of a place. `clock` gives seconds; threads may share it."""

    def __init__(self, place: Place, clock: Callable[[], float] = time.time) -> None:
        self._place, self._clock = place, clock
        self._lock = threading.Lock()
        self._asked = float("-inf")
        self._name = ""
        self._taught: Taught | None = None

    def names(self) -> list[str]:
        """Those that were put to use and not undone, the one that is used last. Raises ConfigurationError."""
        return self._used()[0]

    def teaching(self, name: str) -> Teaching:
        """Raises ConfigurationError where it is gone, or no teaching."""
        found = self._place.get(name)
        if found is None:
            raise ConfigurationError(f"The teaching {name} is gone; take it back with castmark teach --undo.")
        return teaching_of(found[0], name)

    def use(self, teaching: Teaching) -> None:
        """Use this one from now on. Raises ChangedMeanwhile where somebody else changed what is used."""
        names, tag = self._used()
        content = teaching.content()
        if self._place.get(teaching.name) is None:
            self._place.put(teaching.name, content, None)
        self._write([*names, teaching.name], tag)

    def undo(self) -> str:
        """Go back to the teaching before, or to none; the name of the one taken back, empty where there was none."""
        names, tag = self._used()
        if not names:
            return ""
        self._write(names[:-1], tag)
        return names[-1]

    def saved(self) -> dict[str, bytes]:
        """All files that a backup must have, by name."""
        names = dict.fromkeys([USED, *self.names()])
        files = {name: self._place.get(name) for name in names}
        return {name: found[0] for name, found in files.items() if found}

    def bring(self, files: dict[str, bytes]) -> None:
        """Put back what `saved` gave, in place of what is used now."""
        for name in sorted(files, key=lambda each: each == USED):
            found = self._place.get(name)
            self._place.put(name, files[name], found[1] if found else None)
        self._asked = float("-inf")

    def current(self) -> "Taught | None":
        """What is used, for the reader: asked for anew once it may have changed, opened once.

        What cannot be used is logged, and pictures are read without it; by what was used, where it cannot be asked for.
        """
        with self._lock:
            if self._clock() - self._asked >= self._place.fresh:
                self._asked = self._clock()
                self._renew()
            return self._taught

    def _renew(self) -> None:
        try:
            name = next(reversed(self.names()), "")
            if name != self._name:
                self._name, self._taught = name, None
                self._taught = self._opened(name) if name else None
        except (ConfigurationError, StorageUnavailable, OSError) as error:
            by = f"by {self._taught.name}" if self._taught else "without a teaching"
            _log.error("%s Pictures are read %s.", error, by)

    def _opened(self, name: str) -> "Taught":
        from handlers.recognition.weigh.taught import Taught

        return Taught(self.teaching(name).texts, name)

    def _used(self) -> tuple[list[str], Tag]:
        found = self._place.get(USED)
        if found is None:
            return [], None
        try:
            names = json.loads(found[0])
            if not isinstance(names, list) or not all(isinstance(each, str) and each.isalnum() for each in names):
                raise ValueError("it is no list of names")
        except ValueError as error:
            raise ConfigurationError(f"The list teaching/used.json cannot be read ({error}): remove it.") from None
        return names, found[1]

    def _write(self, names: list[str], tag: Tag) -> None:
        if not self._place.put(USED, json.dumps(names).encode(), tag):
            raise ChangedMeanwhile("Somebody else has changed meanwhile which teaching is used; look at it again.")
        self._asked = float("-inf")
