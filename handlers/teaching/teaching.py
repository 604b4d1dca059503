"""`teach`: learns from what people checked, judges what was learned, and says whether it may be used."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

from handlers.errors import ConfigurationError, StorageUnavailable, WireError
from handlers.recognition.identity import identity
from handlers.teaching.examples import Example, counted, examples
from handlers.teaching.files import LARGEST, Teaching
from handlers.teaching.judging import LEAST, Case, Judgement, judged
from handlers.teaching.standard import Drawn, pictures

if TYPE_CHECKING:
    from handlers.recognition.reader import Seen
    from handlers.rooms import Rooms

_log = logging.getLogger("castmark.teaching")
JUDGED = 256
"""Checked readings whose pictures are read anew to judge a teaching, the newest: some minutes on two cores."""
Progress = Callable[[int, int], None]
_Thing = TypeVar("_Thing")
_Looked = TypeVar("_Looked")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was learned, how it was judged, and why it may not be used (empty where it may)."""

    teaching: Teaching
    judgement: Judgement
    refusal: str


def quietly(_: int, __: int) -> None:
    """Who is told of progress where nobody waits."""


def teach(rooms: "Rooms", progress: Progress = quietly) -> Outcome:
    """Learn from all checked readings and judge it; nothing is put to use. `progress`: pictures read, and all.

    Raises ConfigurationError where nobody has checked any, and DatabaseUnusable and StorageUnavailable.
    """
    with rooms.database.read() as connection:
        found = examples(connection)
    texts = counted(found)
    if not texts:
        raise ConfigurationError("Nothing can be learned yet: no reading was confirmed or corrected by a person.")
    kept, marks = [example for example in found if example.pictures][-JUDGED:], pictures()
    looker = _Looker(rooms, len(kept) + len(marks), progress)
    cases = looker.cases(kept)
    # Of too few nothing can be said, whatever it costs others.
    standard = looker.standard(marks) if len(cases) >= LEAST else []
    judgement = judged(rooms.reader, cases, texts, standard)
    own = judgement.own
    teaching = Teaching(texts, time.time(), len(found), identity(), own.before, own.after)
    too_large = "There are too many different texts to teach." if len(teaching.content()) > LARGEST else ""
    return Outcome(teaching, judgement, judgement.refusal or too_large)


class _Looker:
    """Reads kept pictures and drawn marks, two at once where there are two cores; `count`: pictures in all."""

    def __init__(self, rooms: "Rooms", count: int, progress: Progress) -> None:
        self._rooms, self._reader = rooms, rooms.reader
        self._count, self._progress = count, progress
        self._done = 0

    def cases(self, found: Sequence[Example]) -> list[Case]:
        """Those whose pictures are still kept."""
        seen = zip(found, self._all(self._kept, found), strict=True)
        return [Case(each, example.text, example.texts) for example, each in seen if each is not None]

    def standard(self, marks: Sequence[Drawn]) -> list[Case]:
        seen = zip(marks, self._all(lambda mark: self._reader.look(mark.image), marks), strict=True)
        return [Case(each, mark.text) for mark, each in seen]

    def _all(self, look: Callable[[_Thing], _Looked], things: Sequence[_Thing]) -> list[_Looked]:
        with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
            return list(self._told(pool.map(look, things)))

    def _told(self, seen: Iterator[_Looked]) -> Iterator[_Looked]:
        for each in seen:
            yield each
            self._done += 1
            self._progress(self._done, self._count)

    def _kept(self, example: Example) -> "Seen | None":
        """What is seen in the picture that was kept; None where it has expired, or cannot be read any more."""
        try:
            content = self._rooms.evidence.get(example.key, self._best(example))
            pixels = self._rooms.settings.limits.pixels
            opened = self._rooms.decoder.open_picture(BytesIO(content), str(example.number), max_pixels=pixels)
        except StorageUnavailable:
            raise
        except WireError as error:
            _log.info("The picture of reading %d is left out: %s", example.number, error)
            return None
        return self._reader.look(opened.grey, opened.colours)

    def _best(self, example: Example) -> str:
        """A hub is known by its pads: what is cut out of one shows none."""
        kinds = [kind for kind in example.pictures if kind != "crop" or self._rooms.settings.reading != "hub"]
        return (kinds or example.pictures)[0]
