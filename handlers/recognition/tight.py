"""Reads a small picture that is itself one mark or one line, without looking for it: all of it, at several angles.

Both recognisers vote. Of 240 drawn crops of about 140 x 40 pixels (2026-11-26, development seeds) 207 are answered
right so, 205 with more angles and sizes, 207 without PP-OCRv6 and 203 with all angles for it too. Of 600 others 508 are
read upright and, the same ones turned by a quarter, 503.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.recognition.crops import ELONGATED, Box, cut
from handlers.recognition.models import Grey
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import HEIGHT, Recogniser
from handlers.recognition.vote import Attempt, Verdict, decide

SIDE = 100
"""Pixels along the shorter side, at most, of a picture that is cropped to its mark."""
ASPECT = 1.2
"""Width / height from which such a picture is no pad: a mark or line that lies level, or on its head."""
TURNS = (-5.0, 0.0, 5.0)
GROWTHS = (0.0, -0.08, 0.08)
"""For the small recogniser: degrees, since crops are cut by hand and marks are stamped askew; and parts of the height
by which the picture is cut or grown on each side."""


def is_tight(image: Grey) -> bool:
    return bool(min(image.shape) <= SIDE)


def is_wide(image: Grey) -> bool:
    """Whether the picture is tight and can be nothing else than a mark or a line."""
    height, width = image.shape
    return is_tight(image) and bool(width >= ASPECT * height)


def read_tight(image: Grey, recognisers: Sequence[Proposer | Recogniser]) -> Verdict | None:
    """What a grey picture (height, width) says as a whole, whichever way up; None where it says nothing."""
    sides = _sides(image)
    return decide([attempt for each in recognisers for attempt in _attempts(image, sides, each)], "tight")


def _sides(image: Grey) -> list[Box]:
    """The picture as a text along it, either way up, and as one across it where it is not much wider than high."""
    height, width = image.shape
    level = Box((width / 2, height / 2), width, height, 0.0)
    upended = Box(level.middle, height, width, 90.0)
    along = [level] if width > ELONGATED * height else [level, upended]
    return [way for box in along for way in (box, box.flipped())]


def _attempts(image: Grey, sides: Sequence[Box], recogniser: Proposer | Recogniser) -> list[Attempt]:
    seconds = isinstance(recogniser, Recogniser)
    growths, turns = ((0.0,), (0.0,)) if seconds else (GROWTHS, TURNS)
    boxes = [side.grown(growth).turned(turn) for growth in growths for side in sides for turn in turns]
    lines = recogniser.read([cut(image, box, 2 * HEIGHT) for box in boxes])
    return [Attempt(box, line.as_label(), seconds=seconds) for box, line in zip(boxes, lines, strict=True)]
