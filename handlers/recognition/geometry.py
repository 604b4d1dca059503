"""Where a line of text stands: a straight or bent band of a picture, and the upright crop of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from handlers.recognition.models import Floats, Grey
from handlers.recognition.reading import Polygon

FINEST = 0.75
"""Pixels of a crop per pixel of the picture below which the picture is softened first, so that nothing aliases."""


@dataclass(frozen=True, slots=True)
class Line:
    """A band of a picture that may hold a text. `middle`: of its capitals, in pixels; `length`: from the first
    character to the last; `cap`: height of its capitals; `angle` in degrees, clockwise on the screen; `bend`: radius of
    the circle that its middle lies on, positive where its centre is below the text, 0 for a straight line.
    """

    middle: tuple[float, float]
    length: float
    cap: float
    angle: float
    bend: float = 0.0

    def points(self, along: Floats, down: Floats) -> Floats:
        """Places (..., 2) in the picture of points so many pixels along the line and below its middle."""
        e, n = along_and_down(self.angle)
        if not self.bend:
            return np.asarray(self.middle + along[..., None] * e + down[..., None] * n, np.float32)
        centre, phi = np.asarray(self.middle) + self.bend * n, along / self.bend
        away = (self.bend - down)[..., None]
        return np.asarray(centre + away * (np.sin(phi)[..., None] * e - np.cos(phi)[..., None] * n), np.float32)

    def corners(self) -> Polygon:
        """Top left of the text first, then clockwise as read; of a bent line those of its two ends."""
        along = np.asarray(np.array([-1, 1, 1, -1]) * self.length / 2, np.float32)
        down = np.asarray(np.array([-1, -1, 1, 1]) * self.cap / 2, np.float32)
        first, second, third, fourth = ((float(x), float(y)) for x, y in self.points(along, down))
        return first, second, third, fourth

    def flipped(self) -> Line:
        """The same band read upside down."""
        return replace(self, angle=upright(self.angle + 180), bend=-self.bend)

    def turned(self, degrees: float) -> Line:
        return replace(self, angle=upright(self.angle + degrees))

    def sized(self, cap: float = 1.0, length: float = 0.0) -> Line:
        """The band `cap` times as high, and longer by `length` cap heights."""
        return replace(self, cap=self.cap * cap, length=self.length + length * self.cap)

    def scaled(self, factor: float) -> Line:
        """The same band in a picture `factor` times as large."""
        middle = (self.middle[0] * factor, self.middle[1] * factor)
        return Line(middle, self.length * factor, self.cap * factor, self.angle, self.bend * factor)

    def offset(self, point: tuple[float, float]) -> tuple[float, float]:
        """How many pixels a point lies along the line from its middle, and below it."""
        e, n = along_and_down(self.angle)
        away = np.asarray(point, np.float32) - np.asarray(self.middle, np.float32)
        a, b = float(away @ e), float(away @ n)
        if not self.bend:
            return a, b
        sign = math.copysign(1.0, self.bend)
        b -= self.bend
        return math.atan2(a * sign, -b * sign) * self.bend, self.bend - math.hypot(a, b) * sign

    def holds(self, point: tuple[float, float], more: float = 0.0) -> bool:
        """Whether the point is in the band, made higher and longer by `more` cap heights on each side."""
        along, down = self.offset(point)
        room = more * self.cap
        return abs(along) <= self.length / 2 + room and abs(down) <= self.cap / 2 + room


def cut(image: Grey, line: Line, rows: int, margin: tuple[float, float]) -> Grey:
    """The band upright in a crop of so many rows; beyond the picture its edge pixels repeat.

    `margin`: what is added above and below, and before and behind, in cap heights.
    """
    high, long = line.cap * (1 + 2 * margin[0]), line.length + 2 * margin[1] * line.cap
    scale = rows / high
    columns = max(4, round(long * scale))
    if scale < FINEST:
        image, line, high, long = _softened(image, line, scale, high, long)
    if line.bend:
        return _unwrapped(image, line, (rows, columns), (high, long))
    e, n = along_and_down(line.angle)
    start = np.asarray(line.middle) - e * long / 2 - n * high / 2
    step = (long / columns, high / rows)
    matrix = np.column_stack([e * step[0], n * step[1], start + e * step[0] / 2 + n * step[1] / 2])
    flags = cv2.WARP_INVERSE_MAP | (cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR)
    crop = cv2.warpAffine(image, matrix, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def _softened(image: Grey, line: Line, scale: float, high: float, long: float) -> tuple[Grey, Line, float, float]:
    """The part of the picture around the band, reduced to about the crop's scale."""
    corners = np.asarray(line.sized(1 + high / line.cap, 2).corners() + _belly(line))
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 4, 0)
    top = np.ceil(corners.max(axis=0)).astype(int) + 5
    piece = image[low[1] : top[1], low[0] : top[0]]
    if min(piece.shape) < 2:
        return image, line, high, long
    size = (max(1, round(piece.shape[1] * scale)), max(1, round(piece.shape[0] * scale)))
    small = np.asarray(cv2.resize(piece, size, interpolation=cv2.INTER_AREA), np.uint8)
    moved = replace(line, middle=(line.middle[0] - float(low[0]), line.middle[1] - float(low[1])))
    return small, moved.scaled(scale), high * scale, long * scale


def _belly(line: Line) -> tuple[tuple[float, float], ...]:
    """Points along the edges of a bent line, which lie outside of its corners."""
    if not line.bend:
        return ()
    along = np.linspace(-line.length / 2, line.length / 2, 9, dtype=np.float32)
    edges = [line.points(along, np.full_like(along, down * line.cap)) for down in (-1, 1)]
    return tuple((float(x), float(y)) for edge in edges for x, y in edge)


def _unwrapped(image: Grey, line: Line, size: tuple[int, int], room: tuple[float, float]) -> Grey:
    (rows, columns), (high, long) = size, room
    along = ((np.arange(columns, dtype=np.float32) + 0.5) / columns - 0.5) * long
    down = ((np.arange(rows, dtype=np.float32) + 0.5) / rows - 0.5) * high
    places = line.points(np.broadcast_to(along, size), np.broadcast_to(down[:, None], size))
    how = cv2.INTER_CUBIC if rows > high else cv2.INTER_LINEAR
    crop = cv2.remap(image, places[..., 0], places[..., 1], how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def upright(angle: float) -> float:
    """The angle in (-180, 180]."""
    return 180 - (180 - angle) % 360


def along_and_down(angle: float) -> tuple[Floats, Floats]:
    """Unit vectors along the text and down from it, x to the right and y down."""
    turn = math.radians(angle)
    return (
        np.array([math.cos(turn), math.sin(turn)], np.float32),
        np.array([-math.sin(turn), math.cos(turn)], np.float32),
    )
