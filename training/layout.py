"""Where lines of text stand in a scene: masks of what is raised and painted, and what is to be learnt of each line."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from training.glyphs import HEIGHT, Floats, Grey

Doubles = npt.NDArray[np.float64]
SIDE = 576
"""Pixels of a scene's sides."""
CELL = 4
"""Pixels of a scene for each cell of what the finder answers."""
CORE = 0.32
"""Height of a line's core as a part of its cap height; as much is taken off its ends, so that cores never touch."""
AROUND = 0.45
"""Half the height, in cap heights, of the band in which angle and height are learnt."""
ROOM = (0.75, 0.6)
"""Cap heights above and below a line's middle, and beyond its ends, in which no other line may stand."""
MOST = 255
"""Lines of a scene: `Layout.near` numbers them in a byte."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line's text and place. `middle`: of its capitals, in pixels; `angle` in degrees, clockwise; `cap`, `length`:
    height and length in pixels; `bend`: the radius of the circle that its middle lies on, positive where the centre is
    below the text, 0 for a straight line; `shear`: how far its top leans to the right, in heights; `layer`: 0 in
    relief, 1 in paint; `whole`: no part of it is outside the picture.
    """

    text: str
    middle: tuple[float, float]
    angle: float
    cap: float
    length: float
    bend: float = 0.0
    shear: float = 0.0
    layer: int = 0
    whole: bool = True

    def points(self, along: Doubles, down: Doubles) -> Doubles:
        """Places (..., 2) in the scene of points that are so far along the line and below its middle, in pixels."""
        turn = math.radians(self.angle)
        e, n = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
        along = along - self.shear * down
        if not self.bend:
            return np.asarray(self.middle + along[..., None] * e + down[..., None] * n)
        centre, phi = self.middle + self.bend * n, along / self.bend
        away = (self.bend - down)[..., None]
        return np.asarray(centre + away * (np.sin(phi)[..., None] * e - np.cos(phi)[..., None] * n))

    def strip(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The other way round: how far along and below the middle points of the scene are, in pixels."""
        turn = math.radians(self.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        dx, dy = x - self.middle[0], y - self.middle[1]
        a, b = dx * cos + dy * sin, dy * cos - dx * sin
        if self.bend:
            b = b - self.bend
            away = np.hypot(a, b) * np.sign(self.bend)
            a, b = np.arctan2(a * np.sign(self.bend), -b * np.sign(self.bend)) * self.bend, self.bend - away
        return np.asarray(a + self.shear * b, np.float32), np.asarray(b, np.float32)

    def outline(self, high: float, longer: float) -> Doubles:
        """Points (48, 2) around the line's band, so many cap heights above and below its middle and beyond its ends."""
        along = np.linspace(-self.length / 2 - longer * self.cap, self.length / 2 + longer * self.cap, 24)
        up = self.points(along, np.full_like(along, -high * self.cap))
        down = self.points(along[::-1], np.full_like(along, high * self.cap))
        return np.concatenate([up, down])


def _empty(*shape: int) -> Grey:
    return np.zeros(shape, np.uint8)


@dataclass(slots=True)
class Layout:
    """`lines` of text, and `others`: rows of things and rings that are none.

    `text` (2, SIDE, SIDE): relief and paint; `parts` (3, SIDE, SIDE): heights, materials and clutter;
    `core` (SIDE, SIDE) and, at a quarter of the size, `along` (3, ...): cosine and sine of the text's angle and the
    logarithm of its cap height, where `near` (...) has the line's number, from 1 on; `taken` (...): where lines are.
    """

    lines: list[Line] = field(default_factory=list)
    others: list[Line] = field(default_factory=list)
    text: Grey = field(default_factory=lambda: _empty(2, SIDE, SIDE))
    parts: Grey = field(default_factory=lambda: _empty(3, SIDE, SIDE))
    core: Grey = field(default_factory=lambda: _empty(SIDE, SIDE))
    along: Floats = field(default_factory=lambda: np.zeros((3, SIDE // CELL, SIDE // CELL), np.float32))
    near: Grey = field(default_factory=lambda: _empty(SIDE // CELL, SIDE // CELL))
    taken: Grey = field(default_factory=lambda: _empty(SIDE // CELL, SIDE // CELL))

    @property
    def cap(self) -> float:
        """The cap height of the text in relief, in pixels."""
        caps = [line.cap for line in self.lines if line.layer == 0] or [24.0]
        return float(np.exp(np.mean(np.log(caps))))

    def place(self, line: Line, mask: Grey) -> bool:
        """Lays a line, whose text `mask` shows, into the scene, and says whether there was room: no two lines touch."""
        wanted = np.zeros_like(self.taken)
        cv2.fillPoly(wanted, [np.round(line.outline(*ROOM) / CELL * 16).astype(np.int32)], (1,), shift=4)
        if not wanted.any() or (wanted & self.taken).any() or len(self.lines) == MOST:
            return False
        self.taken |= wanted
        edge = line.outline(0.5, 0.1)
        line = replace(line, whole=bool((edge > 1).all() and (edge < SIDE - 1).all()))
        self.lines.append(line)
        _lay(self.text[line.layer], line, mask)
        self._teach(line)
        return True

    def _teach(self, line: Line) -> None:
        """What the finder is to say of the line that was placed last."""
        inset = min(CORE * line.cap, 0.35 * line.length)
        along = np.linspace(-line.length / 2 + inset, line.length / 2 - inset, 32)
        middle = line.points(along, np.zeros_like(along))
        thick = max(2, round(CORE * line.cap))
        cv2.polylines(self.core, [np.round(middle * 16).astype(np.int32)], False, (255,), thick, cv2.LINE_AA, 4)
        cells, wide = middle / CELL, max(1, round(2 * AROUND * line.cap / CELL))
        for start, end in pairwise(cells):
            step = (end - start) / max(float(np.hypot(*(end - start))), 1e-6)
            first, last = spot(start), spot(end)
            for channel, value in zip(self.along, (*step, math.log(line.cap)), strict=True):
                cv2.line(channel, first, last, (float(value),), wide)
            cv2.line(self.near, first, last, (len(self.lines),), wide)


def spot(point: Doubles) -> tuple[int, int]:
    """The pixel nearest to a point (x, y)."""
    x, y = np.round(point)
    return int(x), int(y)


def _lay(canvas: Grey, line: Line, mask: Grey) -> None:
    outline = line.outline(0.9, 0.4)
    low = np.clip(np.floor(outline.min(axis=0)).astype(int) - 2, 0, SIDE)
    high = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 3, 0, SIDE)
    if (high <= low).any():
        return
    y, x = np.mgrid[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    along, down = line.strip(x, y)
    scale = HEIGHT / line.cap
    if scale > 2.2:
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.32 * scale), np.uint8)
    u = (along * scale + mask.shape[1] / 2).astype(np.float32)
    v = (down * scale + mask.shape[0] / 2).astype(np.float32)
    laid = np.asarray(cv2.remap(mask, u, v, cv2.INTER_LINEAR), np.uint8)
    place = canvas[low[1] : high[1], low[0] : high[0]]
    np.maximum(place, laid, out=place)
