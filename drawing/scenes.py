"""Where lines of text stand: workshop backgrounds with a roll end, a plate or a bar in front."""

from dataclasses import dataclass

import cv2
import numpy as np

from drawing.glyphs import Floats
from drawing.surfaces import (
    away_from,
    blend,
    brushed,
    clouds,
    grain,
    inside,
    rust,
    scratch,
    turned,
)

Shape = tuple[int, int]


@dataclass(frozen=True)
class Spot:
    """A free stretch for a line: its middle, its angle, and how long and high it may be, in pixels."""

    x: float
    y: float
    angle: float
    length: float
    height: float


def scenery(shape: Shape, random: np.random.Generator) -> Floats:
    """A workshop out of focus: walls, beams, pipes, floor."""
    large = max(shape)
    canvas = random.uniform(60, 150) + 22 * clouds(random, shape, large * 0.3)
    for _ in range(int(random.integers(4, 12))):
        _beam(canvas, random)
    canvas += grain(random, shape, 1.0, random.uniform(2, 9)) + 9 * clouds(random, shape, large * 0.02)
    return np.asarray(np.clip(canvas, 3, 250), np.float32)


def roll_end(shape: Shape, look: str, random: np.random.Generator) -> tuple[Floats, list[Spot]]:
    """A disc with three to five bores, as in a roll shop, and the free chord beside them."""
    canvas = scenery(shape, random)
    small = min(shape)
    radius = small * random.uniform(0.3, 0.46)
    x = shape[1] / 2 + random.uniform(-0.5, 0.5) * (shape[1] - 2 * radius)
    y = shape[0] / 2 + random.uniform(-0.5, 0.5) * (shape[0] - 2 * radius)
    away = away_from(shape, x, y)
    blend(canvas, 25, inside(away, radius * 1.04, radius * 0.05))
    face = ground(shape, look, random) + turned(random, away, random.uniform(0, 6))
    blend(canvas, face, inside(away, radius, 3))
    angle = random.uniform(-180, 180)
    across = np.deg2rad(angle + 90)
    for along in random.permutation([-0.45, 0.0, 0.45, 0.75])[: int(random.integers(2, 5))]:
        off = radius * np.array([along * np.cos(across - np.pi / 2), along * np.sin(across - np.pi / 2)])
        _bore(canvas, x + off[0], y + off[1], radius * random.uniform(0.1, 0.2), random)
    far = radius * random.uniform(0.45, 0.6)
    spot = Spot(x - far * np.cos(across), y - far * np.sin(across), angle, 1.35 * radius, 0.25 * radius)
    return canvas, [spot]


def plate(shape: Shape, look: str, random: np.random.Generator) -> tuple[Floats, list[Spot]]:
    """A plate or frame at any angle that takes up most of the picture; room for two lines."""
    canvas = scenery(shape, random)
    angle = random.uniform(-180, 180)
    small = min(shape)
    size = (small * random.uniform(0.8, 0.95), small * random.uniform(0.4, 0.6))
    x, y = shape[1] / 2, shape[0] / 2
    corners = cv2.boxPoints(((x, y), size, angle)).round().astype(np.int32)
    layer = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(layer, corners, 255, cv2.LINE_AA)
    blend(canvas, ground(shape, look, random), np.asarray(layer / 255, np.float32))
    down = np.deg2rad(angle + 90)
    for end in (-0.43, 0.43):
        along = np.deg2rad(angle)
        _bore(canvas, x + end * size[0] * np.cos(along), y + end * size[0] * np.sin(along), size[1] * 0.06, random)
    step = 0.2 * size[1]
    return canvas, [
        Spot(x + s * step * np.cos(down), y + s * step * np.sin(down), angle, 0.7 * size[0], 0.32 * size[1])
        for s in (-1, 1)
    ]


def bar(shape: Shape, look: str, random: np.random.Generator) -> tuple[Floats, list[Spot]]:
    """A round bar across the picture, light along its middle; text runs along it."""
    canvas = scenery(shape, random)
    angle = random.uniform(-180, 180)
    turn = np.deg2rad(angle)
    rows, columns = np.indices(shape, np.float32)
    across = (rows - shape[0] / 2) * np.cos(turn) - (columns - shape[1] / 2) * np.sin(turn)
    radius = min(shape) * random.uniform(0.2, 0.36)
    off = across / np.float32(radius)
    lit = np.sqrt(np.clip(1 - np.clip(off + random.uniform(-0.4, 0.4), -1, 1) ** 2, 0, 1))
    surface = ground(shape, look, random) * (0.35 + 0.8 * lit)
    glare = 90 * np.exp(-(((off - random.uniform(-0.6, 0.6)) / 0.12) ** 2)) * (random.random() < 0.5)
    cover = inside(np.asarray(np.abs(across), np.float32), radius, 4)
    blend(canvas, np.asarray(surface + glare, np.float32), cover)
    length = 0.62 * min(shape)
    return canvas, [Spot(shape[1] / 2, shape[0] / 2, angle, length, 0.62 * radius)]


def ground(shape: Shape, look: str, random: np.random.Generator) -> Floats:
    """A surface that fills `shape`: "steel", "cast", "paint" or "rust"."""
    large = max(shape)
    base = np.full(shape, random.uniform(60, 190 if look == "steel" else 130), np.float32)
    base += 7 * clouds(random, shape, large * 0.25)
    if look == "steel":
        base += brushed(random, shape, random.uniform(3, 10), random.uniform(0, 180)) + grain(random, shape, 0.8, 4)
    elif look == "cast":
        base += grain(random, shape, 1.2, random.uniform(4, 10)) + 5 * clouds(random, shape, large * 0.015)
    elif look == "paint":
        base += grain(random, shape, 1.6, random.uniform(2, 5)) + 4 * clouds(random, shape, large * 0.05)
        base *= 1 - 0.45 * np.clip(clouds(random, shape, large * 0.04) - 1.5, 0, 1)
    else:
        base *= rust(random, shape, large * 0.1)
    scratch(base, random, int(random.integers(2, 14)), 0.35)
    return np.asarray(np.clip(base, 6, 250), np.float32)


def _beam(canvas: Floats, random: np.random.Generator) -> None:
    """A bar or pipe across a part of the picture, lit along its middle."""
    high, wide = canvas.shape
    start, stop = random.uniform(-0.2, 1.2, (2, 2)) * (wide, high)
    thick = int(random.uniform(0.02, 0.16) * max(wide, high))
    level, count = random.uniform(15, 220), 5 if random.random() < 0.5 else 1
    for index in range(count):
        part = max(1, thick * (count - index) // count)
        first, last = (tuple(int(value) for value in end) for end in (start, stop))
        cv2.line(canvas, first, last, (level * (0.7 + 0.4 * index / count),), part, cv2.LINE_AA)


def _bore(canvas: Floats, x: float, y: float, radius: float, random: np.random.Generator) -> None:
    away = away_from(canvas.shape, x, y)
    blend(canvas, random.uniform(120, 230), inside(away, radius * 1.06, 3))
    blend(canvas, random.uniform(10, 70), inside(away, radius, 3))
    blend(canvas, random.uniform(60, 140), inside(away_from(canvas.shape, x + radius / 4, y), radius * 0.5, radius / 3))
