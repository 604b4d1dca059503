"""One photo in, one `Reading` out: look, weigh, look harder while in doubt, decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from handlers.recognition.compose import ANSWERED, composed
from handlers.recognition.find.bands import bands_of
from handlers.recognition.find.finder import Finder
from handlers.recognition.geometry import Line
from handlers.recognition.look import (
    LEAST_SIDE,
    Eyes,
    going_on,
    harder,
    overlapping,
    read_found,
    read_pads,
    same,
    search,
    spent,
    sweep_pads,
    whole,
    within,
)
from handlers.recognition.models import Grey
from handlers.recognition.read.marks import Marks
from handlers.recognition.read.recogniser import Recogniser
from handlers.recognition.read.symbols import bare
from handlers.recognition.reading import Reading
from handlers.recognition.weigh.calibration import confidence
from handlers.recognition.weigh.evidence import Place, Weighed, piece_of, weigh
from handlers.recognition.weigh.priors import ANYTHING, Expected
from handlers.recognition.weigh.taught import Taught
from handlers.recognition.why import BLANK, Flaws, causes, flaws

if TYPE_CHECKING:
    from handlers.recognition.together import Shot, Together

LARGEST = 4000
"""Longest side worked on, in pixels: larger pictures are reduced at once, so that 64 megapixels need no more memory."""
SMALLEST = 10
"""Shorter side below which there is nothing to read: characters need about ten pixels."""
FLAT = 4.0
"""Grey levels between the 1st and 99th percentile up to which a picture is blank."""
SETTLED = 0.9
"""Confidence from which a place is not looked at again."""
WORTH = 0.1
"""Confidence below which another look at a place is not worth its time."""
LEGIBLE = 2
"""Lines that are sure from which a coloured picture is legible in grey, and is not looked at in red and blue."""
AGAIN = 6
"""Doubtful places that are looked at again, the likeliest first."""
MORE, LEGIBLY, LIKELY = 0.2, 0.9, 0.6
"""A shorter text within a longer one is a piece where the longer one has the first confidence, and explains the larger
recogniser's crops so well, or has the last."""
MOST_COLUMNS = 20_000
"""Columns of crops of one picture that the larger recogniser has read when no further look begins: what was found at
first is read to the end."""
SIDES = (960, 480, 320)
ENLARGED = 2
"""Longest sides, in pixels, at which a picture is searched, and how much it is enlarged at most for that: large
characters far apart are a line only to who looks from afar."""
WHOLE = 130
"""Shorter side, in pixels, up to which a picture may be cut to one text, and is also read as a whole."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen in a picture of `size` (width, height), `factor` times as large as the one that was looked at, and
    what is wrong with it."""

    judged: Sequence[Weighed]
    size: tuple[int, int]
    factor: float
    flaws: Flaws = BLANK


def untaught() -> None:
    """What a reader was taught that nobody has taught anything."""


class Reader:
    """Reads photos; cheap to construct, thread-safe. The models are opened once, by `prepare` or at the first reading.

    `threads`: onnxruntime's threads per reading. `review_below`: the confidence under which a person should look.
    `expected`: what is known of the readings to come; `taught`: answers what was taught last, at every reading.
    """

    def __init__(
        self,
        threads: int = 2,
        review_below: float = 0.7,
        expected: Expected = ANYTHING,
        taught: Callable[[], Taught | None] = untaught,
    ) -> None:
        self.threads = threads
        self.review_below = review_below
        self.expected = expected
        self.taught = taught
        self._lock = Lock()
        self._eyes: Eyes | None = None

    def prepare(self) -> None:
        """Opens both networks; raises `ModelNotFound` where a file is missing."""
        self._open()

    def read(self, image: Image.Image, colours: Image.Image | None = None) -> Reading:
        """The reading of an upright picture of mode "L" and any size; in doubt the empty reading, never an error.

        `colours`: the same picture in mode "RGB" and any size, where it has any: where grey leaves doubts, its red and
        its blue are looked at.
        """
        return self.decided(self.look(image, colours), self.taught())

    def look(self, image: Image.Image, colours: Image.Image | None = None) -> Seen:
        """All of a reading that takes time: what is seen in the picture, whatever was taught."""
        grey = _grey(image)
        if grey is None:
            return Seen([], image.size, 1.0)
        look, factor = self._looked(grey, colours), image.width / grey.shape[1]
        return Seen(look.seen, image.size, factor, flaws(grey, factor, look.seen, look.unlike, self.review_below))

    def decided(self, seen: Seen, taught: Taught | None = None) -> Reading:
        """The reading of what was seen, by whoever was taught that."""
        judged = taught.applied(seen.judged, self.expected.prior) if taught else seen.judged
        reading = composed(judged, seen.size, seen.factor, self.review_below)
        return replace(
            reading,
            causes=causes(reading, judged, seen.flaws, self.review_below),
            # As nobody taught it: what several photos show is pooled first, and decided then.
            places=tuple(replace(each, line=each.line.scaled(seen.factor)) for each in seen.judged),
            taught=taught.name if taught else "",
        )

    def together(self, shots: Sequence[Shot]) -> Together:
        """One reading of several photos, each of which this reader has read (`handlers.recognition.together`)."""
        from handlers.recognition.together import together

        return together(shots, self)

    def _open(self) -> Eyes:
        with self._lock:
            if self._eyes is None:
                mask = self.expected.mask()
                self._eyes = Eyes(Finder(self.threads), Recogniser(self.threads, mask), Marks(mask=mask))
            return self._eyes

    def weighed(self, grey: Grey, colours: Image.Image | None = None) -> list[Weighed]:
        """Every place of the picture (height, width) where text was seen, the likeliest first, none twice."""
        return self._looked(grey, colours).seen

    def _looked(self, grey: Grey, colours: Image.Image | None) -> _Looking:
        look = _Looking(grey, self._open(), self.expected, MOST_COLUMNS)
        look.at_all()
        for band in bands_of(colours):
            if look.settled() or look.left <= 0 or len(look.sure()) >= LEGIBLE:
                break
            factor = grey.shape[1] / band.shape[1]
            other = _Looking(band, look.eyes, self.expected, look.left, look.sure(1 / factor))
            other.at_lines()
            look.add(other, factor)
        return look


class _Looking:
    """The looks at one picture, each of which adds places; `seen` is what they come to so far.

    `left`: columns to be read until no further look begins; `known`: lines that need no look any more; `unlike`: texts
    that were seen and are not expected.
    """

    def __init__(self, grey: Grey, eyes: Eyes, expected: Expected, left: int, known: Sequence[Line] = ()) -> None:
        self.grey, self.eyes, self.expected, self.left, self.known = grey, eyes, expected, left, known
        self.hub = False
        self.seen: list[Weighed] = []
        self.unlike: list[Weighed] = []
        self._judged: list[Weighed] = []
        self._tried: list[Line] = []

    def at_all(self) -> None:
        """Every look, until none is worth its time."""
        self._pads()
        if not self.settled():
            self.at_lines()
        if not self.settled():
            self._sweep()

    def at_lines(self) -> None:
        """The looks for lines of text."""
        if self.expected.kind != "hub":
            self._whole()
            self._search()
            self._harder()
            self._harder()
            self._going_on()

    def settled(self) -> bool:
        """Whether no further look is worth its time."""
        if self.hub:
            return any(each.pad and each.confidence >= SETTLED for each in self.seen)
        return any(each.confidence >= SETTLED for each in self.seen) and not self._doubtful()

    def sure(self, factor: float = 1.0) -> list[Line]:
        """Lines that need no further look, in a copy of the picture that is `factor` times as large."""
        return [each.line.scaled(factor) for each in self.seen if each.confidence >= SETTLED]

    def add(self, other: _Looking, factor: float) -> None:
        """What was seen in another view of the picture, of which this one is `factor` times as large."""
        self._judged += [replace(each, line=each.line.scaled(factor)) for each in other.seen]
        self.left = other.left
        self._sort()

    def _doubtful(self) -> list[Weighed]:
        return [each for each in self.seen if WORTH < each.confidence < SETTLED and not each.pad]

    def _pads(self) -> None:
        """The marks on a hub's pads."""
        if self.expected.kind != "line":
            places, self.hub = read_pads(self.grey, self.eyes, self.expected.prior)
            self._weigh(places)

    def _whole(self) -> None:
        """The whole of a small picture as one text."""
        if min(self.grey.shape) <= WHOLE:
            self._weigh(read_found(self.grey, whole(self.grey), self.eyes, self.expected.prior))

    def _search(self) -> None:
        """Lines wherever they are, at several sizes, each band of text once."""
        longest = max(self.grey.shape)
        done: list[Line] = []
        for side in SIDES:
            if self.left <= 0:
                return
            found = search(self.grey, self.eyes.finder, min(side, max(ENLARGED * longest, LEAST_SIDE)))
            known = [*self.known, *self.sure()]
            new = [each for each in found if not any(same(each.line, line) for line in done)]
            fresh = [each for each in new if not any(within(each.line, line) for line in known)]
            done += [each.line for each in fresh]
            self._weigh(read_found(self.grey, fresh, self.eyes, self.expected.prior))

    def _harder(self) -> None:
        """Doubtful places again, each band once: where a longer one read more, that is the next to be looked at."""
        if self.left <= 0:
            return
        fresh = [each.line for each in self._doubtful() if each.line not in self._tried][:AGAIN]
        self._tried += fresh
        self._weigh(harder(self.grey, fresh, self.eyes))

    def _going_on(self) -> None:
        """Surely read lines once more, longer: what was found of them may be a piece."""
        if self.left <= 0:
            return
        sure = [each for each in self.seen if each.confidence >= SETTLED and not each.pad]
        self._weigh(going_on(self.grey, [(each.line, each.text) for each in sure], self.eyes, self.expected.prior))

    def _sweep(self) -> None:
        """Pads whose masks showed nothing that could be read."""
        if self.hub:
            self._weigh(sweep_pads(self.grey, self.eyes, self.expected.prior))

    def _weigh(self, places: Sequence[Place]) -> None:
        self.left -= spent(places)
        for place in places:
            weighed = _sure(weigh(place, self.expected.prior))
            if weighed is not None:
                self._judged.append(weighed)
            if self.expected.pattern and (weighed is None or weighed.confidence < ANSWERED):
                self._note(_sure(weigh(place)))
        self._sort()

    def _note(self, other: Weighed | None) -> None:
        if other is not None and other.confidence >= ANSWERED and not self.expected.prior(other.text):
            self.unlike = sorted([*self.unlike, other], key=lambda each: -each.confidence)

    def _sort(self) -> None:
        # A hub has one mark: what other pads show are rings and scratches.
        pads = sorted((each for each in self._judged if each.pad), key=lambda each: -each.confidence)[:1]
        self.seen = apart([*pads, *(each for each in self._judged if not each.pad)])


def _sure(weighed: Weighed | None) -> Weighed | None:
    """The place with its confidence."""
    return weighed and replace(weighed, confidence=confidence(weighed))


def apart(judged: Sequence[Weighed]) -> list[Weighed]:
    """The likeliest of the places that cover one another; of a text that goes on, the longer place that shows more."""
    kept = _uncovered(judged)
    wholes = _uncovered([_whole_of(each, judged, kept) for each in kept])
    return sorted(wholes, key=lambda each: -each.confidence)


def _uncovered(judged: Sequence[Weighed]) -> list[Weighed]:
    kept: list[Weighed] = []
    for each in sorted(judged, key=_claim, reverse=True):
        if not any(overlapping(each.line, other.line) for other in kept):
            kept.append(each)
    return kept


def _whole_of(piece: Weighed, judged: Sequence[Weighed], kept: Sequence[Weighed]) -> Weighed:
    """The longest text over a place that has all that is kept where it lies, and more; the place itself where there is
    none."""
    longer = [each for each in judged if piece_of(piece.text, each.text) and overlapping(each.line, piece.line)]
    wholes = [each for each in longer if _legible(each) and _holds_all(each, kept)]
    return max(wholes, key=lambda each: (len(bare(each.text)), each.confidence), default=piece)


def _legible(each: Weighed) -> bool:
    return each.confidence >= LIKELY or (each.confidence >= MORE and each.strengths.get("print", 0.0) >= LEGIBLY)


def _holds_all(whole: Weighed, kept: Sequence[Weighed]) -> bool:
    """Whether a text has what is kept of the places that it covers: it joins pieces, and swallows nothing."""
    covered = [each for each in kept if overlapping(each.line, whole.line)]
    return all(bare(each.text) in bare(whole.text) for each in covered)


def _claim(each: Weighed) -> float:
    """How much of the picture a text explains: a longer one that is as sure claims more."""
    return each.confidence * math.sqrt(min(len(each.text), 12))


def _grey(image: Image.Image) -> Grey | None:
    """The picture as an array, reduced to `LARGEST`; None when it is too small or too flat to hold any text."""
    if min(image.size) < SMALLEST:
        return None
    if max(image.size) > LARGEST:
        factor = LARGEST / max(image.size)
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        image = image.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    grey = np.asarray(image.convert("L"), np.uint8)
    low, high = np.percentile(grey[:: 1 + grey.shape[0] // 500, :: 1 + grey.shape[1] // 500], (1, 99))
    return grey if high - low > FLAT and min(grey.shape) >= SMALLEST else None
