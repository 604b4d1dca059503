"""Looks for a mark where neither the mask nor the finder shows it: crops around the middle of the pad at all angles.

Scratches and flash are stronger than a worn mark, so that the mask is of them. The small recogniser is silent on most
crops without text, and says where there is one.
"""

from __future__ import annotations

from handlers.recognition.attempts import read_boxes
from handlers.recognition.crops import Box
from handlers.recognition.patch import RADIUS, Patch
from handlers.recognition.proposer import Proposer

SIZES = ((1.5, 0.85), (1.6, 0.55))
"""Width and height in radii of the pad: of one or two characters, and of three or four."""
STEP = 20
"""Degrees from crop to crop, of which the recogniser reads those up to about 15 beside the text."""
BEST = 3
"""Boxes answered. Of 51 doubtful hubs (development seeds, 2026-11-26) 25 are read so, 22 with one; 24 with three sizes
or with steps of 15 degrees."""


def swept(patch: Patch, proposer: Proposer) -> list[Box]:
    """Boxes in pixels of the patch in which something is read, the likeliest first."""
    middle = (patch.middle, patch.middle)
    boxes = [
        (Box(middle, width * RADIUS, height * RADIUS, float(angle)), 1.0)
        for width, height in SIZES
        for angle in range(0, 360, STEP)
    ]
    read = [attempt for attempt in read_boxes(patch, boxes, proposer) if attempt.vote]
    return [attempt.box for attempt in sorted(read, key=lambda attempt: -attempt.vote)[:BEST]]
