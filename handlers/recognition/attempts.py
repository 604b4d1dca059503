"""Reads boxes on a pad, and says what each reading's vote weighs: a mold number fills its box and has a digit."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.recognition.crops import Box, mark_crops
from handlers.recognition.patch import Patch
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import Line, Recogniser
from handlers.recognition.vote import Attempt

MISFIT = 0.5
"""Weight of a reading with too many or too few characters for its box."""
NO_NUMBER = 0.7
"""Weight of a reading without a digit: mold numbers (`11`, `A27`) have one, and a 1 upside down looks like an L."""
LONE = 0.7
"""Weight of a single character: two that stand on each other in a sideways crop read as one, mostly 8."""
NARROWEST, WIDEST = 0.25, 1.05
"""Width / height of one character with its share of the gaps: a condensed 1, and a W."""

Weighted = tuple[Box, float]
"""A box in pixels of the patch, close around the mark, and the weight of what is read in it."""


def read_boxes(patch: Patch, boxes: Sequence[Weighted], reader: Proposer | Recogniser) -> list[Attempt]:
    """One attempt per box and weight."""
    lines = reader.read(mark_crops(patch, [box for box, _ in boxes]))
    seconds = isinstance(reader, Recogniser)
    return [_attempt(*each, line, seconds) for each, line in zip(boxes, lines, strict=True)]


def _attempt(box: Box, weight: float, line: Line, seconds: bool) -> Attempt:
    bare = line.marks_only()
    fit = 1.0 if _fits(bare.text, box) else MISFIT
    number = 1.0 if any(character.isdigit() for character in bare.text) else NO_NUMBER
    lone = LONE if len(bare.text) == 1 else 1.0
    return Attempt(box, bare, weight * fit * number * lone, seconds)


def _fits(text: str, box: Box) -> bool:
    """Whether so many characters fill a box of this shape: a 0 read sideways as 1 does not."""
    return bool(text) and NARROWEST < box.width / box.height / len(text) < WIDEST
