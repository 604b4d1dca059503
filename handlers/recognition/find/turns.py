"""A mark on a pad -> the bands that it may stand in: at which angles, whichever way up."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from handlers.recognition.find.mask import Blob, find_mark
from handlers.recognition.find.pads import CLOSE_UP, Pad, find_pads
from handlers.recognition.find.patch import RADIUS, Patch, cut_patch, disc
from handlers.recognition.geometry import Line, along_and_down, upright
from handlers.recognition.models import Floats, Grey

SPREAD = 9.0
"""Degrees tried on both sides of the sides of the mark's smallest box."""
ELONGATED = 1.9
"""Longer side / shorter side from which a mark is a line along its longer side: three characters or more."""
SIZES = ((1.5, 0.85), (1.6, 0.55))
STEP = 20
"""Width and height in radii of the pad, and degrees from band to band, of a sweep around a pad's middle."""
PADS_OF_A_HUB = 3
"""Pads of nearly one size that make a picture a hub."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A pad resampled, and for each way up that its mark may stand the bands to cut, in pixels of the patch."""

    patch: Patch
    ways: list[list[Line]]

    def surface(self) -> Grey:
        """The patch with what is around the pad painted over with the pad's own grey."""
        inside = disc(self.patch, 0.97)
        return np.where(inside, self.patch.image, np.uint8(np.median(self.patch.image[inside])))

    def in_picture(self, line: Line) -> Line:
        """A band of the patch in pixels of the picture."""
        patch = self.patch
        x, y = ((at - patch.middle) / patch.scale + of for at, of in zip(line.middle, patch.pad.centre, strict=True))
        factor = 1 / patch.scale
        return Line((x, y), line.length * factor, line.cap * factor, line.angle)


def pads_of(image: Grey) -> tuple[list[Pad], bool]:
    """The pads of a picture, the most structured first, and whether it shows a hub, or one pad and nothing else."""
    pads = find_pads(image)
    alike = sum(0.75 < pads[0].radius / pad.radius < 1.33 for pad in pads) if pads else 0
    close = bool(pads) and pads[0].radius > CLOSE_UP * min(image.shape)
    return pads, alike >= PADS_OF_A_HUB or close


def marked(image: Grey, pad: Pad) -> Marked:
    """The pad with the bands of what its mask shows, or of a sweep where it shows nothing."""
    patch = cut_patch(image, pad)
    blob = find_mark(patch)
    return Marked(patch, _ways(blob) if blob is not None else swept(patch))


def swept(patch: Patch) -> list[list[Line]]:
    """Bands around the pad's middle at all angles: a worn mark is weaker than its pad's scratches."""
    middle = (patch.middle, patch.middle)
    return [
        [Line(middle, wide * RADIUS, high * RADIUS, upright(angle)) for wide, high in SIZES]
        for angle in range(0, 360, STEP)
    ]


def _ways(blob: Blob) -> list[list[Line]]:
    (_, (width, height), angle) = cv2.minAreaRect(blob.points)
    if height > width:
        width, height, angle = height, width, angle + 90
    turns = (0, 180) if width > ELONGATED * max(height, 1) else (0, 45, 90, 135, 180, 225, 270, 315)
    return [[_band(blob.points, angle + turn + spread) for spread in (-SPREAD, 0.0, SPREAD)] for turn in turns]


def _band(points: Floats, angle: float) -> Line:
    """The smallest band of points (n, 2) whose text lies at `angle`."""
    along, across = along_and_down(angle)
    x, y = points @ along, points @ across
    middle = (x.min() + x.max()) / 2 * along + (y.min() + y.max()) / 2 * across
    return Line((float(middle[0]), float(middle[1])), float(np.ptp(x)) + 1, float(np.ptp(y)) + 1, upright(angle))
