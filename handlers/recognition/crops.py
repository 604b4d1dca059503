"""Tight crops of a mark at the angles its text may have.

Cutting by the mask is the largest single gain: 0.79 of synthetic photos read exactly, 0.58 with a fixed crop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from handlers.recognition.mask import Blob
from handlers.recognition.models import Floats, Grey
from handlers.recognition.patch import Patch, disc
from handlers.recognition.reading import Polygon

SPREAD = 9
"""Degrees tried on both sides of the sides of the mark's smallest box."""
DIAGONAL = 45
"""Compact marks, whose smallest box may lie askew, are also tried half way between: a full sweep of 16 angles."""
NEARLY = 0.9
OBLIQUE = 0.4
"""Weight of a crop beside the mark's box and half way across it, against one square with it: a slanted 9 reads as G."""
ELONGATED = 1.9
"""Longer side / shorter side from which a mark is a line along its longer side: three characters or more."""
PADDING = 0.16
"""Plain surface kept around the characters, as a part of their height."""
HEIGHT = 48
"""Rows of a crop: what the recogniser takes."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in a picture: its middle, its sides along and across the text, and the text's angle in degrees."""

    middle: tuple[float, float]
    width: float
    height: float
    angle: float

    def corners(self) -> Polygon:
        """Top left of the text first, then clockwise as read."""
        along, across = along_and_down(self.angle)
        corners = [
            np.asarray(self.middle) + x * self.width / 2 * along + y * self.height / 2 * across
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
        ]
        first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
        return first, second, third, fourth

    def grown(self, part: float) -> Box:
        """The box with `part` of its height added on each side."""
        return Box(self.middle, self.width + 2 * part * self.height, self.height * (1 + 2 * part), self.angle)

    def longer(self, part: float) -> Box:
        """The box with `part` of its height added at each end."""
        return Box(self.middle, self.width + 2 * part * self.height, self.height, self.angle)

    def scaled(self, factor: float) -> Box:
        """The same box in a picture `factor` times as large."""
        middle = (self.middle[0] * factor, self.middle[1] * factor)
        return Box(middle, self.width * factor, self.height * factor, self.angle)

    def turned(self, degrees: float) -> Box:
        """The box turned clockwise around its middle."""
        return Box(self.middle, self.width, self.height, upright(self.angle + degrees))

    def holds(self, point: tuple[float, float], part: float = 1.0) -> bool:
        """Whether the point is inside the box scaled by `part`."""
        offset = np.asarray(point) - np.asarray(self.middle)
        along, across = along_and_down(self.angle)
        return bool(abs(offset @ along) <= part * self.width / 2 and abs(offset @ across) <= part * self.height / 2)

    def flipped(self) -> Box:
        """The same rectangle read upside down."""
        return self.turned(180)


def upright(angle: float) -> float:
    """The angle in (-180, 180]."""
    return 180 - (180 - angle) % 360


def angles_for(blob: Blob) -> list[tuple[float, float]]:
    """Text angles worth trying, in degrees clockwise, each with the weight of what is read at it."""
    (_, (width, height), angle) = cv2.minAreaRect(blob.points)
    if height > width:
        width, height, angle = height, width, angle + 90
    turns = (0, 180) if width > ELONGATED * max(height, 1) else (0, 90, 180, 270)
    tried = {-SPREAD: NEARLY, 0: 1.0, SPREAD: NEARLY} | ({DIAGONAL: OBLIQUE} if len(turns) == 4 else {})
    return [(upright(angle + turn + spread), weight) for turn in turns for spread, weight in tried.items()]


def box_at(points: Floats, angle: float) -> Box:
    """The smallest box of points (n, 2) whose text lies at `angle`."""
    along, across = along_and_down(angle)
    x, y = points @ along, points @ across
    middle = (x.min() + x.max()) / 2 * along + (y.min() + y.max()) / 2 * across
    return Box((float(middle[0]), float(middle[1])), float(np.ptp(x)) + 1, float(np.ptp(y)) + 1, angle)


def cut(image: Grey, box: Box, height: int = HEIGHT) -> Grey:
    """The box turned upright, `height` rows high; beyond the picture its edge pixels repeat."""
    scale = height / box.height
    width = max(1, round(box.width * scale))
    along, across = along_and_down(box.angle)
    start = np.asarray(box.middle) - along * box.width / 2 - across * box.height / 2
    matrix = np.column_stack([along / scale, across / scale, start])
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR)
    return np.asarray(
        cv2.warpAffine(image, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def mark_crops(patch: Patch, boxes: Sequence[Box]) -> list[Grey]:
    """One crop per box of the patch, plain grey; the recess around the pad is painted over with the pad's own grey."""
    inside = disc(patch, 0.97)
    surface = np.uint8(np.median(patch.image[inside]))
    image = np.where(inside, patch.image, surface)
    return [cut(image, box.grown(PADDING)) for box in boxes]


def to_picture(patch: Patch, box: Box) -> Box:
    """A box of the patch in pixels of the picture the pad was found in."""
    x, y = ((at - patch.middle) / patch.scale + of for at, of in zip(box.middle, patch.pad.centre, strict=True))
    return Box((x, y), box.width / patch.scale, box.height / patch.scale, box.angle)


def along_and_down(angle: float) -> tuple[Floats, Floats]:
    """Unit vectors along the text and down from it, x to the right and y down."""
    turn = math.radians(angle)
    return (
        np.array([math.cos(turn), math.sin(turn)], np.float32),
        np.array([-math.sin(turn), math.cos(turn)], np.float32),
    )
