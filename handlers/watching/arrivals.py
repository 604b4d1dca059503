"""Which files of a folder are complete: those that have stopped growing, as far as anybody can see."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Look:
    """How a file was when it was seen first like this; `since` on our clock, in seconds."""

    size: int
    changed: int
    since: float


class Arrivals:
    """The files below `root`, but for hidden ones and those in `own`; links are not followed."""

    def __init__(
        self,
        root: Path,
        own: tuple[Path, ...],
        settle: float,
        clock: Callable[[], float] = time.monotonic,
        patience: float = 0.0,
    ) -> None:
        """A file is complete when size and time were the same for `settle` seconds of our clock: a camera's or a file
        server's clock may be wrong. One that was found to break off in its middle has `patience` seconds.
        """
        self._root = root
        self._own = frozenset(own)
        self._settle = settle
        self._patience = patience
        self._clock = clock
        self._seen: dict[Path, Look] = {}
        self._half: dict[Path, tuple[int, int]] = {}

    def complete(self) -> list[Path]:
        """The files to be taken now, the oldest first."""
        now, before = self._clock(), self._seen
        self._seen = {}
        for path, size, changed in self._files(self._root):
            known = before.get(path)
            same = known is not None and (known.size, known.changed) == (size, changed)
            self._seen[path] = known if known and same else Look(size, changed, now)
        ready = [path for path, look in self._seen.items() if look.size and now - look.since >= self._wait(path, look)]
        return sorted(ready, key=lambda path: (self._seen[path].changed, path))

    def breaks_off(self, path: Path) -> bool:
        """Note that it does, and is back at its place. Whether it was waited for long enough, as it is."""
        try:
            facts = path.stat()
        except FileNotFoundError:
            return False
        now = (facts.st_size, facts.st_mtime_ns)
        given_up = self._half.pop(path, None) == now
        if not given_up:
            self._half[path] = now
        return given_up

    def _wait(self, path: Path, look: Look) -> float:
        """For how many seconds it has to stay the same."""
        half = self._half.get(path) == (look.size, look.changed)
        return self._settle + self._patience if half else self._settle

    @property
    def growing(self) -> bool:
        """Whether something is there that was not taken yet: another look is due soon."""
        return any(look.size for look in self._seen.values())

    def _files(self, folder: Path) -> Iterator[tuple[Path, int, int]]:
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            # A folder that its camera has removed meanwhile; that `root` is there was seen at the start.
            return
        for entry in found:
            path = folder / entry.name
            if entry.name.startswith(".") or path in self._own or entry.is_symlink():
                continue
            if entry.is_dir():
                yield from self._files(path)
            elif entry.is_file():
                try:
                    facts = entry.stat()
                except FileNotFoundError:
                    continue
                yield path, facts.st_size, facts.st_mtime_ns
