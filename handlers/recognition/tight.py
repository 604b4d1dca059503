"""Reads a small picture that is itself one mark or one line, without looking for it: all of it, at several angles.

Both recognisers vote. Of 240 drawn crops of about 140 x 40 pixels (2026-11-26, development seeds) 207 are answered
right so, 205 with more angles and sizes, 207 without PP-OCRv6 and 203 with all angles for it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from handlers.recognition.crops import Box, cut
from handlers.recognition.models import Grey
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import HEIGHT, Recogniser
from handlers.recognition.vote import Attempt, Verdict, decide

SIDE = 100
ASPECT = 1.2
"""Rows at most, and width / height at least, of a picture that is cropped to its mark."""
TURNS = (-5.0, 0.0, 5.0)
GROWTHS = (0.0, -0.08, 0.08)
"""For the small recogniser: degrees, since crops are cut by hand and marks are stamped askew; and parts of the height
by which the picture is cut or grown on each side."""


def is_tight(image: Grey) -> bool:
    height, width = image.shape
    return bool(height <= SIDE and width >= ASPECT * height)


def read_tight(image: Grey, recognisers: Sequence[Proposer | Recogniser]) -> Verdict | None:
    """What a grey picture (height, width) says as a whole, either way up; None where it says nothing."""
    height, width = image.shape
    whole = Box((width / 2, height / 2), width, height, 0.0)
    return decide([attempt for each in recognisers for attempt in _attempts(image, whole, each)], "tight")


def _attempts(image: Grey, whole: Box, recogniser: Proposer | Recogniser) -> list[Attempt]:
    seconds = isinstance(recogniser, Recogniser)
    growths, turns = ((0.0,), (0.0,)) if seconds else (GROWTHS, TURNS)
    sizes = [whole.grown(growth) for growth in growths]
    boxes = [box.turned(turn) for size in sizes for box in (size, size.flipped()) for turn in turns]
    lines = recogniser.read([cut(image, box, 2 * HEIGHT) for box in boxes])
    return [Attempt(box, line.as_label(), seconds=seconds) for box, line in zip(boxes, lines, strict=True)]
