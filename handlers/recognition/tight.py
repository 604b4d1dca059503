"""Reads a small picture that is itself one mark or one line, without looking for it: all of it, at several angles.

Both recognisers vote: of 100 drawn crops of 140 x 40 pixels (2026-11-25, development seeds) PP-OCRv6 alone reads 60,
our own alone 47, both together 71; at some angle one of them is right on 84.
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
TURNS = (-10.0, -5.0, 0.0, 5.0, 10.0)
"""Degrees: crops are cut by hand, and marks are stamped askew. More or less of the picture's edge did not help."""


def is_tight(image: Grey) -> bool:
    height, width = image.shape
    return bool(height <= SIDE and width >= ASPECT * height)


def read_tight(image: Grey, recognisers: Sequence[Proposer | Recogniser]) -> Verdict | None:
    """What a grey picture (height, width) says as a whole, either way up; None where it says nothing."""
    height, width = image.shape
    whole = Box((width / 2, height / 2), width, height, 0.0)
    boxes = [box.turned(turn) for box in (whole, whole.flipped()) for turn in TURNS]
    crops = [cut(image, box, 2 * HEIGHT) for box in boxes]
    attempts = [
        Attempt(box, line.as_label(), seconds=isinstance(each, Recogniser))
        for each in recognisers
        for box, line in zip(boxes, each.read(crops), strict=True)
    ]
    return decide(attempts, "tight")
