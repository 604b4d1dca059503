"""The network that finds text, and the lines that its answers make.

For each pixel it says how likely that is in the core of a line: a band around the middle of the capitals, `CORE` of
their height, that ends as far from the line's ends. For each cell of 4 x 4 pixels near a line it says the text's angle,
up and down told apart, and the height of its capitals. So lines of one character, upside down or on a circle need no
other treatment. Made by `training/`, from PP-OCRv6's detector.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from handlers.recognition.geometry import Line, along_and_down, upright
from handlers.recognition.models import Floats, Grey, open_model, shrinking, trim

CELL = 4
CORE = 0.32
"""As in training: pixels of a cell, height of a core as a part of the capitals'."""
MULTIPLE = 32
"""The network's input sides are multiples of this."""
LIKELY = 0.3
"""Probability from which a pixel belongs to a core (PP-OCR's own)."""
LEAST = 0.45
"""Mean probability of a core's pixels from which it is a line."""
SMALLEST = 5.0
"""Pixels of the cap height below which nothing can be read."""
CURVED = 0.16
"""Distance of a line's middle from the chord of its ends, in cap heights, from which it is bent."""
ROUNDS = 8
"""Steps in which a circle is fitted."""
GAP, ASIDE, TURN, SIZE = 1.5, 0.45, 14.0, 0.62
"""Two cores are pieces of one line when the gap between them is at most so many cap heights, one lies at most so many
aside of the other, their angles differ by so many degrees at most, and the smaller is so high against the larger."""


@dataclass(frozen=True, slots=True)
class Found:
    """A line, how likely it is text (0..1), and how surely the text's direction is known: 0 not at all, 1 surely."""

    line: Line
    score: float
    directed: float


class Finder:
    """The finding network; thread-safe, opened on construction."""

    def __init__(self, threads: int = 2) -> None:
        self._session = open_model("finder", threads, arena=True)

    def find(self, image: Grey) -> list[Found]:
        """Lines of a grey picture (height, width) as it is, in its pixels, likeliest first; callers choose the size."""
        height, width = image.shape
        rows, columns = (math.ceil(side / MULTIPLE) * MULTIPLE for side in (height, width))
        padded = cv2.copyMakeBorder(image, 0, rows - height, 0, columns - width, cv2.BORDER_REPLICATE)
        x = (padded.astype(np.float32) / 127.5 - 1.0)[np.newaxis, np.newaxis]
        trim()  # this network takes the most memory of all, on top of whatever is held
        cores, along = self._session.run(None, {"x": x}, shrinking())
        return lines_of(np.asarray(cores[0, 0], np.float32)[:height, :width], np.asarray(along[0], np.float32))


def lines_of(cores: Floats, along: Floats) -> list[Found]:
    """The network's answers -> lines, pieces of one line joined."""
    likely = (cores > LIKELY).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(likely, connectivity=8, ltype=cv2.CV_32S)
    found = []
    for label in range(1, count):
        left, top, wide, high, area = (int(each) for each in stats[label])
        if area < 4:
            continue
        window = (slice(top, top + high), slice(left, left + wide))
        y, x = np.nonzero(labels[window] == label)
        one = _line(np.column_stack([x + left, y + top]).astype(np.float32), cores, along)
        if one is not None:
            found.append(one)
    return sorted(_joined(found), key=lambda each: -each.score)


def _line(points: Floats, cores: Floats, along: Floats) -> Found | None:
    """The line of one core's pixels (n, 2)."""
    x, y = points.astype(int).T
    weights = cores[y, x]
    score = float(weights.mean())
    cells = along[:, y // CELL, x // CELL]
    cap = float(np.exp(np.average(cells[2], weights=weights)))
    if score < LEAST or cap < SMALLEST:
        return None
    angle, directed = _direction(points, cells[:2], weights, cap)
    return Found(_fitted(points, angle, cap), score, directed)


def _direction(points: Floats, turns: Floats, weights: Floats, cap: float) -> tuple[float, float]:
    """The text's angle in degrees, and how surely it is known: of a long core by its own axis, told up from down by
    what the network says."""
    size = np.hypot(*turns) + 1e-6
    e = np.average(turns, axis=1, weights=weights)
    said = math.degrees(math.atan2(float(e[1]), float(e[0])))
    directed = float(min(1.0, np.hypot(*e)))
    centred = points - points.mean(axis=0)
    if float(np.ptp(centred, axis=0).max()) < 1.2 * cap or float(size.mean()) < 0.05:
        return said, directed
    values, vectors = np.linalg.eigh(centred.T @ centred / len(points))
    axis = vectors[:, 1]
    if values[1] < 6 * values[0]:
        return said, directed
    if float(axis @ e) < 0:
        axis = -axis
    return math.degrees(math.atan2(float(axis[1]), float(axis[0]))), directed


def _fitted(points: Floats, angle: float, cap: float) -> Line:
    """The straight or bent line through a core's pixels (n, 2)."""
    e, n = along_and_down(angle)
    middle = points.mean(axis=0)
    a, b = (points - middle) @ e, (points - middle) @ n
    low, high = float(a.min()), float(a.max())
    long, at = high - low, (low + high) / 2
    if long <= 3 * cap:
        return Line(_at(middle, e, n, at, float(np.median(b))), long + 2 * CORE * cap, cap, upright(angle))
    curve, slope, level = (float(each) for each in np.polyfit(a, b, 2))
    if abs(curve) * long**2 / 4 > CURVED * cap and (arc := _arc(points, angle, cap)) is not None:
        return arc
    turn = math.degrees(math.atan(slope + 2 * curve * at))
    place = _at(middle, e, n, at, level + slope * at + curve * at**2)
    return Line(place, long + 2 * CORE * cap, cap, upright(angle + turn))


def _at(middle: Floats, e: Floats, n: Floats, along: float, down: float) -> tuple[float, float]:
    x, y = middle + along * e + down * n
    return float(x), float(y)


def _arc(points: Floats, angle: float, cap: float) -> Line | None:
    """The circle through the pixels (least squares, from Kasa's on), and the arc of it that they take."""
    x, y = points.astype(np.float64).T
    system = np.column_stack([x, y, np.ones_like(x)])
    (p, q, r), *_ = np.linalg.lstsq(system, x * x + y * y, rcond=None)
    centre = np.array([p / 2, q / 2])
    radius = math.sqrt(max(r + centre @ centre, 1e-6))
    for _ in range(ROUNDS):
        # Gauss and Newton's steps towards the least distances: Kasa's circle is too small where a core is thick.
        away = np.maximum(np.hypot(x - centre[0], y - centre[1]), 1e-6)
        slopes = np.column_stack([(x - centre[0]) / away, (y - centre[1]) / away, np.ones_like(x)])
        step, *_ = np.linalg.lstsq(slopes, away - radius, rcond=None)
        centre, radius = centre + step[:2], radius + float(step[2])
    if radius < 1.2 * cap:
        return None
    e, n = along_and_down(angle)
    bend = math.copysign(radius, float((centre - points.mean(axis=0)) @ n))
    out = (points - centre) * math.copysign(1.0, bend)
    phi = np.arctan2(out @ e, -(out @ n))
    low, high = float(phi.min()), float(phi.max())
    at = (low + high) / 2
    turned = math.degrees(at) + angle
    _, down = along_and_down(turned)
    middle = centre - bend * down
    return Line(
        (float(middle[0]), float(middle[1])), (high - low) * radius + 2 * CORE * cap, cap, upright(turned), bend
    )


def _joined(found: list[Found]) -> list[Found]:
    """The lines, with those made of two or more pieces in place of the pieces."""
    kept = sorted(found, key=lambda each: -each.line.length)
    at = 0
    while at < len(kept):
        other = next((each for each in kept[at + 1 :] if _continues(kept[at].line, each.line)), None)
        if other is None:
            at += 1
            continue
        kept.remove(other)
        kept[at] = _both(kept[at], other)
        at = 0
    return kept


def _continues(line: Line, other: Line) -> bool:
    if min(line.cap, other.cap) < SIZE * max(line.cap, other.cap):
        return False
    along, down = line.offset(other.middle)
    turn = math.degrees(along / line.bend) if line.bend else 0.0
    off = abs(upright(other.angle - line.angle - turn))
    short = other.length < 1.3 * other.cap
    gap = abs(along) - (line.length + other.length) / 2
    return gap < GAP * line.cap and abs(down) < ASIDE * line.cap and (off < TURN or (short and off < 2.5 * TURN))


def _both(one: Found, other: Found) -> Found:
    line, along = one.line, one.line.offset(other.line.middle)[0]
    low = min(-line.length / 2, along - other.line.length / 2)
    high = max(line.length / 2, along + other.line.length / 2)
    middle = line.points(np.array([(low + high) / 2], np.float32), np.zeros(1, np.float32))[0]
    turn = math.degrees((low + high) / 2 / line.bend) if line.bend else 0.0
    joined = replace(
        line, middle=(float(middle[0]), float(middle[1])), length=high - low, angle=upright(line.angle + turn)
    )
    share = other.line.length / (line.length + other.line.length)
    return Found(joined, one.score * (1 - share) + other.score * share, max(one.directed, other.directed))
