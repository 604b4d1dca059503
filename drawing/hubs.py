"""Wheel hubs with bolt pads, one of which carries the mark, as industrial cameras and phones see them."""

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from drawing.camera import Camera, Grey, shoot, uneven
from drawing.glyphs import FACES, Floats, Type
from drawing.marks import Mark, extent, put
from drawing.surfaces import away_from, blend, brushed, clouds, grain, inside, scratch

SIDE = 640


@dataclass(frozen=True)
class Hub:
    """What sets one kind of hub picture apart.

    `pad`: the pads' brightness; `face`: the face's; both in grey levels. `texture`: spread of the pads' grain.
    """

    ways: tuple[str, ...] = ("outline",)
    depth: tuple[float, float] = (0.9, 1.2)
    pad: tuple[float, float] = (235, 256)
    face: tuple[float, float] = (170, 215)
    texture: float = 2.0
    wear: tuple[float, float] = (0.0, 0.0)
    uneven: float = 0.0
    scratches: int = 2
    sides: tuple[int, ...] = (SIDE,)
    camera: Camera = field(default_factory=Camera)
    hard: bool = False


def draw(hub: Hub, text: str, random: np.random.Generator) -> Grey:
    """A photo of a hub whose mark is `text`, or none where it is empty."""
    side = int(random.choice(hub.sides))
    canvas = _casting(hub, side, random)
    radius = side * random.uniform(0.036, 0.055)
    places = _places(side, random)
    marked, ejected = random.permutation(len(places))[:2]
    for index, (x, y) in enumerate(places):
        pad(canvas, hub, x, y, radius, random)
        if index == marked and text:
            put(canvas, mark_on(hub, text, x, y, radius, random), random)
        elif index == ejected or random.random() < 0.15:
            ring(canvas, x, y, radius * random.uniform(0.2, 0.55), random)
    scratch(canvas, random, hub.scratches, 0.3)
    if hub.uneven:
        uneven(canvas, random, hub.uneven)
    return shoot(canvas, _camera(hub, side, random), random)


def mark_on(hub: Hub, text: str, x: float, y: float, radius: float, random: np.random.Generator) -> Mark:
    """A mark that fits a pad, a little off its middle, at any angle."""
    look = Type(
        face=str(random.choice(FACES)), aspect=random.uniform(0.75, 1.05), gap=random.uniform(0.1, 0.24), jitter=0.4
    )
    mark = Mark(
        text=text,
        way=str(random.choice(hub.ways)),
        x=x + random.normal(0, 0.06) * radius,
        y=y + random.normal(0, 0.06) * radius,
        cap=random.uniform(0.72, 0.98) * radius,
        angle=random.uniform(-180, 180),
        light=random.uniform(0, 360),
        depth=random.uniform(*hub.depth),
        wear=random.uniform(*hub.wear),
        set_as=look,
    )
    reach = float(np.hypot(*extent(mark)))
    return replace(mark, cap=mark.cap * min(1.0, 1.72 * radius / reach))


def _camera(hub: Hub, side: int, random: np.random.Generator) -> Camera:
    camera = hub.camera
    if not hub.hard:
        return replace(camera, blur=camera.blur * max(0.6, side / SIDE))
    return Camera(random.uniform(0.8, 1.6), random.uniform(4, 10), int(random.integers(28, 60)))


def _places(side: int, random: np.random.Generator) -> list[tuple[float, float]]:
    """The middles of four to six pads around the bore."""
    count, turn = int(random.integers(4, 7)), random.uniform(0, 2 * np.pi)
    far = side * random.uniform(0.26, 0.33)
    x, y = side * random.uniform(0.46, 0.54, 2)
    angles = turn + 2 * np.pi * np.arange(count) / count
    return [(float(x + far * np.cos(angle)), float(y + far * np.sin(angle))) for angle in angles]


def _casting(hub: Hub, side: int, random: np.random.Generator) -> Floats:
    """Spokes and windows, the dark rim, the grainy face and the bore."""
    unit, shape = side / SIDE, (side, side)
    canvas = random.uniform(90, 160) + grain(random, shape, 0.8, 12) + 8 * clouds(random, shape, 90 * unit)
    count, turn = int(random.integers(5, 10)), random.uniform(0, 6)
    for angle in turn + 2 * np.pi * np.arange(count) / count:
        window = away_from(shape, side / 2 + 390 * unit * np.cos(angle), side / 2 + 390 * unit * np.sin(angle))
        blend(canvas, random.uniform(10, 40), inside(window, random.uniform(60, 105) * unit, 25 * unit))
    away = away_from(shape, *(side * random.uniform(0.48, 0.52, 2)))
    blend(canvas, random.uniform(25, 60), inside(away, 285 * unit, 12 * unit))
    face = random.uniform(*hub.face) + grain(random, shape, 0.8, random.uniform(8, 18))
    blend(canvas, face + brushed(random, shape, random.uniform(0, 6), 30), inside(away, 262 * unit, 6 * unit))
    _bore(canvas, away, random.uniform(75, 118) * unit, random)
    return canvas


def _bore(canvas: Floats, away: Floats, radius: float, random: np.random.Generator) -> None:
    blend(canvas, 60, inside(away, radius))
    blend(canvas, random.uniform(200, 254), inside(away, radius * 0.97))
    blend(canvas, 70, inside(away, radius * 0.89))
    rough = random.uniform(40, 130) + 24 * clouds(random, canvas.shape, 14) + grain(random, canvas.shape, 1.2, 18)
    blend(canvas, rough, inside(away, radius * 0.79, radius * 0.08))


def pad(canvas: Floats, hub: Hub, x: float, y: float, radius: float, random: np.random.Generator) -> None:
    """A disc in a dark recess, a little oval, sometimes with flash at its edge."""
    away = away_from(canvas.shape, x, y)
    recess = radius * random.uniform(1.6, 1.95)
    depth = random.uniform(35, 60) + 45 * np.clip(1 - (away - radius) / (recess - radius), 0, 1)
    blend(canvas, np.asarray(depth + grain(random, canvas.shape, 0.8, 3), np.float32), inside(away, recess, radius / 6))
    rows, columns = np.ogrid[0 : canvas.shape[0], 0 : canvas.shape[1]]
    stretch = 1 + random.uniform(-0.06, 0.06)
    oval = np.asarray(np.hypot((columns - x) * stretch, (rows - y) / stretch), np.float32)
    light = random.uniform(*hub.pad) + grain(random, canvas.shape, 0.9, hub.texture)
    blend(canvas, light + np.asarray(4 * (columns - x) / radius, np.float32), inside(oval, radius, 2.5))
    if random.random() < 0.3:
        _flash(canvas, x, y, radius, random)


def _flash(canvas: Floats, x: float, y: float, radius: float, random: np.random.Generator) -> None:
    """A thin ragged fin on a part of the pad's edge."""
    start = random.uniform(0, 2 * np.pi)
    angles = np.linspace(start, start + random.uniform(0.5, 2), 12)
    far = radius * (1 + random.normal(0, 0.04, 12))
    points = np.stack([x + far * np.cos(angles), y + far * np.sin(angles)], axis=1).round().astype(np.int32)
    layer = np.zeros(canvas.shape, np.uint8)
    cv2.polylines(layer, [points], False, 255, max(1, round(radius / 18)), cv2.LINE_AA)
    blend(canvas, random.uniform(150, 255), np.asarray(layer / 255, np.float32))


def ring(canvas: Floats, x: float, y: float, radius: float, random: np.random.Generator) -> None:
    """What an ejector pin leaves: a ring, its one side light and the other dark."""
    away = away_from(canvas.shape, x + random.normal(0, 0.1) * radius, y)
    wall = inside(np.abs(away - radius), max(1.2, radius * 0.16), 2.0)
    columns = np.arange(canvas.shape[1], dtype=np.float32)[None, :] - np.float32(x)
    canvas *= 1 - wall * (random.uniform(0.15, 0.4) + 0.12 * np.clip(columns / np.float32(radius), -1, 1))
