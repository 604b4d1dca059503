"""Our own small detector of lines on metal: the whole picture in three sizes, at any angle, in 50 ms.

PP-OCRv6's detector has learned print: it finds lines near level and misses relief. This one was trained on drawn scenes
of engraved, stamped, peened, painted and cast lines only (`training/README.md` is its model card).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from handlers.recognition.crops import Box, along_and_down, upright
from handlers.recognition.models import Floats, Grey, open_own
from handlers.recognition.pads import shrink

SIDES = (768, 448, 288)
"""Longest sides searched, in pixels: large characters far apart are a line only to who looks from afar."""
MULTIPLE = 32
"""The model's input sides are multiples of this."""
CELL = 4
CORE = 0.6
"""Pixels per answer, and the part of a line's height that its core has: both as in training."""
LIKELY = 0.4
"""Probability from which a cell belongs to a core."""
LEAST_CELLS = 6
MOST = 14
"""Cells of the smallest core, and boxes answered, best first."""
LONG = 2.2
MOST_OFF = 30.0
"""Length / width of a core from which its own axis counts, where it is within so many degrees of the answer."""
SAME_TURN = 12.0
SAME_SIZE = 0.6
GAP = 1.3
ASIDE = 0.45
"""Pieces of one line: degrees between them, ratio of their heights, and the gap along and step across, in heights."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line's box, wider than high unless it has one character; `score` in 0..1. Which way up it is is unknown."""

    box: Box
    score: float

    @property
    def evidence(self) -> float:
        return self.score * math.sqrt(self.box.width * self.box.height)


class Finder:
    """The detection model; thread-safe, opened on construction."""

    def __init__(self, threads: int = 2) -> None:
        self._session = open_own("lines", threads)

    def find(self, image: Grey, sides: Sequence[int] = SIDES) -> list[Found]:
        """Lines of a grey picture (height, width) in its own pixels, best first, and lines joined of pieces.

        The longest side is reduced to each of `sides`: characters should be 10 to 110 pixels high at one of them.
        """
        smaller = [side for side in sides if side < max(image.shape)] or [max(image.shape)]
        found = sorted((each for side in smaller for each in self._at(image, side)), key=lambda each: -each.evidence)
        kept: list[Found] = []
        for each in found:
            if not any(_alike(each.box, other.box) for other in kept):
                kept.append(each)
        return kept[:MOST]

    def _at(self, image: Grey, side: int) -> list[Found]:
        small, factor = shrink(image, side)
        (answers,) = self._session.run(None, {"x": _prepared(small)})
        pieces = _pieces(np.asarray(answers[0], np.float32))
        return [Found(each.box.scaled(1 / factor), each.score) for each in [*pieces, *_joined(pieces)]]


def _alike(box: Box, other: Box) -> bool:
    """Whether two sizes of the picture show the same line."""
    turn = abs(upright(2 * (box.angle - other.angle))) / 2
    sizes = 0.8 < box.width / other.width < 1.25 and 0.7 < box.height / other.height < 1.4
    return turn < SAME_TURN / 2 and sizes and other.holds(box.middle, 0.25)


def _prepared(image: Grey) -> Floats:
    """Mean 0 and deviation 1, filled up to the model's multiple by its edge."""
    high, wide = (-side % MULTIPLE for side in image.shape)
    filled = cv2.copyMakeBorder(image, 0, high, 0, wide, cv2.BORDER_REPLICATE).astype(np.float32)
    return np.asarray((filled - filled.mean()) / max(float(filled.std()), 4.0), np.float32)[None, None]


def _pieces(answers: Floats) -> list[Found]:
    """Connected cores of (3, rows, columns) as boxes in pixels."""
    likely = answers[0]
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likely > LIKELY).astype(np.uint8), connectivity=8)
    found = []
    for label in range(1, count):
        x, y, wide, high, cells = (int(value) for value in stats[label])
        if cells >= LEAST_CELLS:
            window = (slice(y, y + high), slice(x, x + wide))
            found.append(_piece(answers[(slice(None), *window)], labels[window] == label, (x, y)))
    return found


def _piece(answers: Floats, inside: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], at: tuple[int, int]) -> Found:
    weights = answers[0][inside]
    cosine, sine = (float((answers[index][inside] * weights).sum()) for index in (1, 2))
    points = (np.argwhere(inside)[:, ::-1] + np.array(at) + 0.5).astype(np.float32) * CELL
    angle = _angle(points, math.degrees(math.atan2(sine, cosine)) / 2)
    along, down = along_and_down(angle)
    x, y = points @ along, points @ down
    wide = float(np.ptp(x)) + CELL
    # By its area, not its outline: a bent or ragged core would make the line too high.
    height = CELL * CELL * len(points) / wide / CORE
    width = wide + (1 - CORE) * height
    middle = (x.min() + x.max()) / 2 * along + float(y.mean()) * down
    box = Box((float(middle[0]), float(middle[1])), width, height, upright(angle))
    return Found(box, float(weights.mean()))


def _angle(points: Floats, answered: float) -> float:
    """The axis of a long core, which tells a line's angle better than the answer: that is up to 15 degrees off."""
    offset = points - points.mean(axis=0)
    (xx, xy), (_, yy) = (offset.T @ offset / len(points)).tolist()
    axis = math.degrees(math.atan2(2 * xy, xx - yy)) / 2
    spread = math.hypot(xx - yy, 2 * xy)
    long = xx + yy + spread > LONG**2 * (xx + yy - spread)
    return axis if long and abs(upright(2 * (axis - answered))) / 2 < MOST_OFF else answered


def _joined(pieces: list[Found]) -> list[Found]:
    """Rows of two pieces and more that continue each other: a gap between words or a worn character parts a line."""
    rows: list[list[Found]] = []
    for piece in sorted(pieces, key=lambda each: -each.evidence):
        row = next((row for row in rows if any(_continues(piece.box, other.box) for other in row)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [_hull(row) for row in rows if len(row) > 1]


def _continues(box: Box, other: Box) -> bool:
    turn = upright(2 * (box.angle - other.angle)) / 2
    high = max(box.height, other.height)
    if abs(turn) > SAME_TURN or min(box.height, other.height) < SAME_SIZE * high:
        return False
    along, down = along_and_down(other.angle)
    offset = np.asarray(box.middle) - np.asarray(other.middle)
    gap = abs(float(offset @ along)) - (box.width + other.width) / 2
    return gap < GAP * high and abs(float(offset @ down)) < ASIDE * high


def _hull(row: list[Found]) -> Found:
    """One box around the pieces, at the angle of the longest."""
    longest = max(row, key=lambda each: each.box.width).box
    along, down = along_and_down(longest.angle)
    corners = np.array([corner for each in row for corner in each.box.corners()])
    x, y = corners @ along, corners @ down
    middle = (x.min() + x.max()) / 2 * along + (y.min() + y.max()) / 2 * down
    box = Box((float(middle[0]), float(middle[1])), float(np.ptp(x)), float(np.ptp(y)), longest.angle)
    return Found(box, sum(each.score * each.box.width for each in row) / sum(each.box.width for each in row))
