"""What is no text in a scene: edges, holes, ribs, pins, arrows, logos, and labels without a word."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from training.glyphs import Grey
from training.layout import SIDE, Doubles, Layout, Line

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class _Thing:
    """One thing: the part of the layout that it is drawn into, its place and size in pixels, its value (0..255), and
    the thickness of its outline in pixels, -1 where it is filled."""

    part: Grey
    at: Doubles
    size: float
    value: int
    thick: int

    @property
    def spot(self) -> tuple[int, int]:
        return int(self.at[0]), int(self.at[1])


def clutter(random: Random, layout: Layout) -> None:
    """Up to six things; rings and rows of them, which look like text, are noted as `others`."""
    for _ in range(int(random.integers(0, 7))):
        part = layout.parts[int(random.choice([0, 0, 1, 1, 2]))]
        value, thick = int(random.integers(40, 256)), int(random.choice([-1, -1, 1, 2, 4, 9]))
        draw = _KINDS[int(random.integers(len(_KINDS)))]
        at = random.uniform(0, SIDE, 2)
        size = float(np.exp(random.uniform(math.log(6), math.log(300))))
        other = draw(random, _Thing(part, at, size, value, thick))
        if other is not None:
            layout.others.append(other)


def held(random: Random) -> float:
    """The angle of a text in degrees: most people hold a part upright; the others do not."""
    kind = random.random()
    if kind < 0.4:
        return float(random.normal(0, 5))
    return (
        float(random.choice([0, 90, 180, 270]) + random.normal(0, 4)) if kind < 0.6 else float(random.uniform(0, 360))
    )


def _circle(random: Random, thing: _Thing) -> Line:
    cv2.circle(thing.part, thing.spot, int(thing.size / 2), (thing.value,), thing.thick, cv2.LINE_AA)
    size = max(thing.size, 8.0)
    return Line("", (float(thing.at[0]), float(thing.at[1])), held(random), size, size)


def _box(random: Random, thing: _Thing) -> None:
    x, y = (float(each) for each in thing.at)
    size = (thing.size, thing.size * random.uniform(0.1, 3))
    points = [np.round(cv2.boxPoints(((x, y), size, held(random)))).astype(np.int32)]
    if thing.thick < 0:
        cv2.fillPoly(thing.part, points, (thing.value,))
    else:
        cv2.polylines(thing.part, points, True, (thing.value,), thing.thick, cv2.LINE_AA)


def _arrow(random: Random, thing: _Thing) -> None:
    x, y = thing.at + random.normal(0, 1.5 * thing.size, 2)
    thick, tip = max(1, abs(thing.thick)), random.uniform(0.1, 0.6)
    end = (int(x), int(y))
    cv2.arrowedLine(thing.part, thing.spot, end, (thing.value,), thick, cv2.LINE_AA, tipLength=tip)


def _oval(random: Random, thing: _Thing) -> None:
    axes = (int(thing.size / 2), int(thing.size * random.uniform(0.1, 0.5)))
    turn, to = random.uniform(0, 180), random.uniform(90, 360)
    cv2.ellipse(thing.part, thing.spot, axes, turn, 0, to, (thing.value,), max(1, thing.thick), cv2.LINE_AA)


def _path(random: Random, thing: _Thing) -> None:
    steps = random.normal(0, thing.size / 3, (int(random.integers(3, 9)), 2))
    path = np.round(np.cumsum(np.vstack([thing.at, steps]), axis=0)).astype(np.int32)
    closed, thick = bool(random.random() < 0.4), int(random.integers(1, 7))
    cv2.polylines(thing.part, [path], closed, (thing.value,), thick, cv2.LINE_AA)


def _edge(random: Random, thing: _Thing) -> None:
    """A line across the whole picture."""
    turn = random.uniform(0, math.pi)
    way = 1000 * np.array([math.cos(turn), math.sin(turn)])
    first, last = ((int(x), int(y)) for x, y in (thing.at + way, thing.at - way))
    cv2.line(thing.part, first, last, (thing.value,), int(random.integers(1, 40)), cv2.LINE_AA)


def _row(random: Random, thing: _Thing) -> Line:
    """A row of equal things: pins, holes, ribs, a thread."""
    size = min(thing.size, 40)
    turn = random.uniform(0, 2 * math.pi) if random.random() < 0.5 else float(random.choice([0, math.pi / 2]))
    step = size * random.uniform(1.2, 2.5) * np.array([math.cos(turn), math.sin(turn)])
    high, rounded = size * random.uniform(0.3, 4), random.random() < 0.4
    count = int(random.integers(3, 25))
    for number in range(count):
        x, y = (float(each) for each in thing.at + number * step)
        if rounded:
            thick = int(random.choice([-1, 2]))
            cv2.circle(thing.part, (int(x), int(y)), max(1, int(size / 2)), (thing.value,), thick, cv2.LINE_AA)
        else:
            box = cv2.boxPoints(((x, y), (size * 0.8, high), math.degrees(turn)))
            cv2.fillPoly(thing.part, [np.round(box).astype(np.int32)], (thing.value,), cv2.LINE_AA)
    middle, cap = thing.at + (count - 1) / 2 * step, max(size if rounded else high, 8.0)
    long = float(np.hypot(*step)) * (count - 1) + size
    return Line("", (float(middle[0]), float(middle[1])), math.degrees(turn), cap, min(long, 10 * cap))


_KINDS: tuple[Callable[[Random, _Thing], Line | None], ...] = (
    *(_circle, _box, _row, _row, _arrow, _oval, _path, _edge),
)
