"""Reads the mark on a hub: pads, the mask of each, crops at its angles, one batch, a vote."""

from __future__ import annotations

from handlers.recognition.crops import Box, angles_for, box_at, mark_crops, to_picture, upright
from handlers.recognition.mask import Blob, find_mark
from handlers.recognition.models import Grey
from handlers.recognition.pads import Pad, find_pads
from handlers.recognition.patch import Patch, cut_patch
from handlers.recognition.recogniser import Line, Recogniser
from handlers.recognition.vote import Attempt, Verdict, decide

TOP = 3
"""Pads read: 0.80 of synthetic photos are read exactly with the top three by edge energy, 0.74-0.78 with two."""
SURE = 0.9
AROUND = (-18.0, -5.0, 5.0, 18.0)
"""Confidence below which the chosen angle's surroundings are tried too, in degrees: the box of `47` lies askew."""
MISFIT = 0.5
"""Weight of a reading with too many or too few characters for its box."""
NO_NUMBER = 0.7
"""Weight of a reading without a digit: mold numbers (`11`, `A27`) have one, and a 1 upside down looks like an L."""
LONE = 0.7
"""Weight of a single character: two that stand on each other in a sideways crop read as one, mostly 8."""
NARROWEST, WIDEST = 0.25, 1.05
"""Width / height of one character with its share of the gaps: a condensed 1, and a W."""
PADS_OF_A_HUB = 3
"""Pads of nearly one size that make a picture a hub."""
CLOSE_UP = 0.25
"""Radius, as a part of the picture's shorter side, from which one pad is the subject of the photo."""


def read_hub(image: Grey, recogniser: Recogniser) -> tuple[Verdict | None, bool]:
    """The mark on the pads of a grey picture, boxes in its pixels, and whether it is on a pad of a hub.

    Elsewhere a round spot in the scene may have been taken for a pad, and one character read on it means little.
    """
    pads = find_pads(image)
    read = [(verdict, pad) for pad in pads[:TOP] if (verdict := _read_pad(image, pad, recogniser)) is not None]
    if not read:
        return None, False
    verdict, pad = max(read, key=lambda each: each[0].votes)
    return verdict, pad.radius > CLOSE_UP * min(image.shape) or _alike(pad, pads) >= PADS_OF_A_HUB


def _alike(pad: Pad, pads: list[Pad]) -> int:
    """How many pads, itself included, are about as large."""
    return sum(0.75 < pad.radius / other.radius < 1.33 for other in pads)


def _read_pad(image: Grey, pad: Pad, recogniser: Recogniser) -> Verdict | None:
    patch = cut_patch(image, pad)
    blob = find_mark(patch)
    if blob is None:
        return None
    attempts = _attempts(patch, blob, angles_for(blob), recogniser)
    verdict = decide(attempts)
    if verdict is None or verdict.confidence >= SURE:
        return verdict
    # Upside down as well: more attempts at one side only would make a 98 surer against the 86 that it may be.
    around = [(upright(verdict.best.box.angle + flip + turn), 1.0) for flip in (0, 180) for turn in AROUND]
    return decide(attempts + _attempts(patch, blob, around, recogniser))


def _attempts(patch: Patch, blob: Blob, angles: list[tuple[float, float]], recogniser: Recogniser) -> list[Attempt]:
    """One attempt per angle and weight, all recognised in one batch."""
    lines = recogniser.read(mark_crops(patch, blob, [angle for angle, _ in angles]))
    return [_attempt(patch, blob, *each, line) for each, line in zip(angles, lines, strict=True)]


def _attempt(patch: Patch, blob: Blob, angle: float, weight: float, line: Line) -> Attempt:
    box = box_at(blob.points, angle)
    bare = line.marks_only()
    fit = 1.0 if _fits(bare.text, box) else MISFIT
    number = 1.0 if any(character.isdigit() for character in bare.text) else NO_NUMBER
    lone = LONE if len(bare.text) == 1 else 1.0
    return Attempt(to_picture(patch, box), bare, weight * fit * number * lone)


def _fits(text: str, box: Box) -> bool:
    """Whether so many characters fill a box of this shape: a 0 read sideways as 1 does not."""
    return bool(text) and NARROWEST < box.width / box.height / len(text) < WIDEST
