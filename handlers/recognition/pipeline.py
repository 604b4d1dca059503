"""One photo in, one `Reading` out: marked pads first, then lines of text."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

import numpy as np
from PIL import Image

from handlers.recognition.confidence import confidence
from handlers.recognition.detector import Detector
from handlers.recognition.expected import ANYTHING, Expected
from handlers.recognition.finder import Finder
from handlers.recognition.hub import read_hub
from handlers.recognition.layout import SURE, in_reading_order, legible, solid, to_mark
from handlers.recognition.lines import read_lines
from handlers.recognition.models import Grey
from handlers.recognition.page import ASKEW, LEVEL, Turns, one_line, read_page
from handlers.recognition.proposer import Proposer
from handlers.recognition.reading import Mark, Reading, merge
from handlers.recognition.recogniser import Recogniser
from handlers.recognition.rivals import ambiguous
from handlers.recognition.tight import is_tight, is_wide, read_tight
from handlers.recognition.vote import Verdict, Way

LARGEST = 4000
"""Longest side worked on, in pixels: larger pictures are reduced at once, so that 64 megapixels need no more memory."""
SMALLEST = 10
"""Shorter side below which there is nothing to read: characters need about ten pixels."""
FLAT = 4.0
"""Grey levels between the 1st and 99th percentile up to which a picture is blank."""
FLOOR = 0.55
"""Confidence below which a text is dropped as an invention."""
LEAST: dict[Way, float] = {"hub": 0.3, "line": 0.3, "page": 0.3, "tight": 0.1}
"""Likelihood (`confidence`) below which a text is not answered: of 200 development pictures without marks 3 are read,
where 15 would be, and no right reading of 191 others is lost. Who cuts a picture to its mark says that there is one
(`TIGHT_VOTES`)."""
RIVAL = 0.2
"""Confidence of an alternative, as a part of the text's own, from which a person should choose. Of 600 drawn crops
(development, 2026-11-26) 389 need no review so, 3 of them wrong; 414 and 9 with 0.4, 327 and 2 with 0.1."""
CREDIBLE = 0.75
"""Confidence at which a mark of two characters or more is believed although it is on no hub."""
HUB_SURE = 0.85
"""Confidence at which a mark on a hub is the answer without a look for lines: a roll end has bolt holes like pads."""
TIGHT_VOTES, TIGHT_LONE = 0.3, 2.0
"""Votes at which a small picture is a mark or line, and at which it is a lone character: of 1000 drawn crops 29 are
read rightly as one from 2.0 on, 2 wrongly, and none rightly with fewer. Of 3400 small crops 2919 are read rightly so
and from a likelihood of 0.1 on, 2891 from 0.5 votes and 0.2 on; of 1403 cuts without a mark 14 and 4 are read
(development, fitting and former final seeds, 2026-11-26): a doubtful reading of such a picture costs a look, and none
costs typing it."""
SETTLED = 0.85
"""Confidence of a line in metal from which no print is looked for in its place."""
STRAIGHT = 2.5
"""Degrees up to which a line is level enough for print to be found around it."""
SOME_VOTES = 2.0
"""Votes of a line of `LONGEST` characters or more that make another look at it worth its time."""
LONGEST = 4
"""Characters of the longest casting mark, and of the shortest line that counts for more than a doubtful mark."""


@dataclass(frozen=True, slots=True)
class _Models:
    """What finds and reads: both recognisers read marks and lines, which are written differently."""

    finder: Finder
    detector: Detector
    lines: tuple[Proposer, Recogniser]
    marks: tuple[Proposer, Recogniser]


class Reader:
    """Reads photos; cheap to construct, thread-safe. The models are opened once, by `prepare` or at the first reading.

    `threads`: onnxruntime's threads per reading. `review_below`: the confidence under which a person should look.
    `expected`: what is known of the readings to come.
    """

    def __init__(self, threads: int = 2, review_below: float = 0.9, expected: Expected = ANYTHING) -> None:
        self.threads = threads
        self.review_below = review_below
        self.expected = expected
        self._lock = Lock()
        self._models: _Models | None = None

    def prepare(self) -> None:
        """Opens all models; raises `ModelNotFound` where the wheel that carries them is missing."""
        self._open()

    def read(self, image: Image.Image) -> Reading:
        """The reading of an upright picture of mode "L" and any size; in doubt the empty reading, never an error."""
        width, height = image.size
        grey = _grey(image)
        if grey is None:
            return Reading.nothing(width, height)
        verdicts, factor = self.verdicts(grey), width / grey.shape[1]
        found = [(to_mark(each, confidence(each), factor, (width, height)), LEAST[each.way]) for each in verdicts]
        marks = [(mark, least) for each, least in found if (mark := self.expected.held(each))]
        likely = in_reading_order([mark for mark, least in marks if mark.confidence >= least])
        doubted = tuple(mark for mark, _ in marks)
        return self._reading(likely, width, height) if likely else Reading.nothing(width, height, doubted)

    def _open(self) -> _Models:
        with self._lock:
            if self._models is None:
                mask, steer = self.expected.mask(), self.expected.steer
                proposer, recogniser = Proposer(mask=mask), Recogniser(self.threads, mask)
                label, bare = (lambda line: steer(line.as_label())), (lambda line: steer(line.marks_only()))
                lines = proposer.finishing(label), recogniser.finishing(label)
                marks = proposer.finishing(bare), recogniser.finishing(bare)
                self._models = _Models(Finder(self.threads), Detector(self.threads), lines, marks)
            return self._models

    def verdicts(self, grey: Grey) -> list[Verdict]:
        """What the picture (height, width) says: whole where it is small, the mark of a hub, else its lines."""
        models, kind = self._open(), self.expected.kind
        tight, wide = kind != "hub" and is_tight(grey), is_wide(grey)
        if tight and wide and (whole := _whole(models, grey)):
            return whole
        believed, on_hub = self._marks(models, grey)
        if kind == "hub" or (on_hub and believed and _certain(believed[0])):
            return believed
        if tight and not wide and (whole := _whole(models, grey)) and _likelier(whole, believed):
            return whole
        found = self._lines(models, grey, brief=FLOOR if one_line(grey) else SURE)
        if believed and not _answered(believed[0]):
            # It stands in no line's way, but a list of known molds may still choose it.
            return [*found, *believed]
        # What would not be answered does not outweigh a mark.
        lines = [each for each in found if _answered(each)] if believed else found
        return believed if believed and (not lines or (on_hub and not _outweighs(lines))) else lines

    def _marks(self, models: _Models, grey: Grey) -> tuple[list[Verdict], bool]:
        """The mark of a pad where it is to be believed, and whether the picture is of a hub."""
        kind = self.expected.kind
        looks_for_mark = kind == "hub" or (kind == "auto" and not one_line(grey))
        mark, on_hub = read_hub(grey, models.finder, *models.marks) if looks_for_mark else (None, False)
        on_hub = on_hub or kind == "hub"
        return [mark] if mark is not None and _credible(mark, on_hub) else [], on_hub

    def _lines(self, models: _Models, grey: Grey, brief: float) -> list[Verdict]:
        """Lines in metal, and where they are none or doubtful, print."""
        found = read_lines(grey, models.finder, *models.lines)
        kept = legible(found, FLOOR, brief)
        if kept and _settled(kept[0]):
            # Print beside it, at its angle: the finder knows metal, and may miss the second line of a label.
            known = [each.best.box for each in kept if _settled(each)]
            beside = read_page(grey, models.detector, models.lines[1], ((_near_level(known[0].angle),),), known)
            return legible([*kept, *beside], FLOOR, brief)
        doubtful = [each for each in found if each.votes >= SOME_VOTES and len(each.text) >= LONGEST]
        printed = read_page(grey, models.detector, models.lines[1], _turns(grey, doubtful))
        return legible([*found, *printed], FLOOR, brief)

    def _reading(self, marks: list[Mark], width: int, height: int) -> Reading:
        text = " ".join(mark.text for mark in marks)
        least = min(mark.confidence for mark in marks)
        doubtful = least < self.review_below or any(_doubtful(mark) for mark in marks)
        alternatives = marks[0].alternatives if len(marks) == 1 else ()
        return Reading(text, least, doubtful, merge(alternatives, text), tuple(marks), width, height)


def _doubtful(mark: Mark) -> bool:
    """Whether another text is about as likely, by its characters or because nothing tells which way up it is."""
    rival = max((each.confidence for each in mark.alternatives), default=0.0)
    return ambiguous(mark.text) or rival > RIVAL * mark.confidence


def _whole(models: _Models, grey: Grey) -> list[Verdict]:
    """What a small picture says as a whole, where nothing else needs to be looked for."""
    tight = read_tight(grey, models.lines)
    return [tight] if tight and tight.votes >= (TIGHT_VOTES if len(tight.text) > 1 else TIGHT_LONE) else []


def _answered(verdict: Verdict) -> bool:
    return confidence(verdict) >= LEAST[verdict.way]


def _likelier(whole: list[Verdict], believed: list[Verdict]) -> bool:
    return not believed or confidence(whole[0]) >= confidence(believed[0])


def _turns(grey: Grey, doubtful: list[Verdict]) -> Turns:
    """Where to look once more: at the angle of the line, or at all of them where that costs little."""
    if not doubtful:
        return LEVEL
    return ASKEW if one_line(grey) else ((_near_level(doubtful[0].best.box.angle),),)


def _near_level(angle: float) -> float:
    """The angle, or 0 where it is so close that turning the picture would cost more sharpness than it gains."""
    return angle if abs(angle) > STRAIGHT else 0.0


def _settled(line: Verdict) -> bool:
    """Whether a line needs no second opinion."""
    return confidence(line) >= SETTLED


def _certain(mark: Verdict) -> bool:
    """Whether a mark on a hub needs no comparison with lines."""
    sure = min(mark.confidence, confidence(mark)) >= HUB_SURE
    return sure and 1 < len(mark.text) <= LONGEST and solid(mark.text) > 0


def _outweighs(lines: list[Verdict]) -> bool:
    """Whether there is a line too long for a casting mark or for what scratches read as."""
    return any(solid(line.text) >= LONGEST for line in lines)


def _credible(mark: Verdict, on_hub: bool) -> bool:
    """Whether to believe a mark where no line counts for more."""
    if on_hub:
        return mark.confidence >= FLOOR
    return mark.confidence >= CREDIBLE and len(mark.text) > 1 and solid(mark.text) > 0


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
