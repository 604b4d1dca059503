"""One mark under one lamp after another, as a hand-held camera sees it: a relief is made once, and lit each time.

Light is Lambert's and Blinn and Phong's, with the shadows that a low lamp casts. Lengths are in pixels of the relief.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from drawing.camera import Camera, Grey, shoot, uneven
from drawing.glyphs import Floats, margin, strip
from drawing.lines import setting
from drawing.surfaces import blurred, clouds, grain

_SHADOWS = (1.5, 2.5, 4.0, 6.5)
"""Pixels towards the lamp at which something may stand that hides it."""
_BORDER = 30
"""Pixels of the relief around the picture, for what a hand's shake brings in."""


@dataclass(frozen=True)
class Ground:
    """How rough a surface is, in parts of the mark's depth, and how spotted; ranges of which each part has its own."""

    rough: tuple[float, float]
    spots: tuple[float, float]


FAIR = Ground((0.05, 0.15), (0.0, 0.1))
ROUGH = Ground((0.13, 0.3), (0.03, 0.15))


@dataclass(frozen=True)
class Part:
    """A surface with a mark, whatever lights it: its height, what it throws back, and how much it mirrors (0..1)."""

    height: Floats
    albedo: Floats
    shine: float


@dataclass(frozen=True)
class Lamp:
    """Where light comes from: the side, in degrees clockwise on the picture, and how high it stands, in degrees."""

    side: float
    tall: float


def stamped(text: str, ground: Ground, random: np.random.Generator) -> Part:
    """A mark stamped into a part, a few degrees off, worn a little."""
    cap = random.uniform(26, 44)
    look = setting("stamped", random)
    mask = strip(text, look, round(cap), random)
    room = margin(round(cap))
    inner = (round(cap * random.uniform(2.0, 3.2)), round(mask.shape[1] - 2 * room + cap * random.uniform(1.2, 2.5)))
    shape = (inner[0] + 2 * _BORDER, inner[1] + 2 * _BORDER)
    mask = _placed(mask, shape, random)
    walls = blurred(mask, cap * random.uniform(0.02, 0.05))
    burr = blurred(mask, cap * 0.1) - walls
    depth = cap * random.uniform(0.06, 0.16)
    worn = np.clip(1 - random.uniform(0.05, 0.4) * (0.7 + 0.7 * clouds(random, shape, cap)), 0.15, 1)
    skin = _skin(shape, cap, random) * depth * random.uniform(*ground.rough)
    albedo = 1 + random.uniform(*ground.spots) * clouds(random, shape, cap * random.uniform(0.2, 0.8))
    height = skin - depth * worn * (walls - random.uniform(0, 0.8) * burr)
    return Part(_floats(height), _floats(np.clip(albedo, 0.3, 1.7)), random.uniform(0, 0.5))


def lamps(count: int, random: np.random.Generator) -> list[Lamp]:
    """So many lamps, each moved on by a quarter of a turn or so from the one before."""
    first = random.uniform(0, 360)
    return [Lamp(first + 90 * number + random.normal(0, 15), random.uniform(15, 50)) for number in range(count)]


def photos(part: Part, under: list[Lamp], random: np.random.Generator, *, held: bool = True) -> Iterator[Grey]:
    """A photo under each lamp; `held` in a hand, or by a stand that does not move."""
    for lamp in under:
        lit = _lit(part, lamp)
        uneven(lit, random, random.uniform(0, 0.25))
        camera = Camera(random.uniform(0.5, 0.9), random.uniform(2, 5), int(random.integers(70, 92)))
        yield shoot(_shaken(lit, random) if held else _inner(lit), camera, random)


def _placed(mask: Floats, shape: tuple[int, int], random: np.random.Generator) -> Floats:
    """The text about in the middle, turned a little."""
    turn = cv2.getRotationMatrix2D((mask.shape[1] / 2, mask.shape[0] / 2), random.normal(0, 3), 1.0)
    turn[:, 2] = np.add(turn[:, 2], np.subtract(shape[::-1], mask.shape[::-1]) / 2 + random.normal(0, 2, 2))
    return _floats(cv2.warpAffine(mask, turn, shape[::-1]))


def _skin(shape: tuple[int, int], cap: float, random: np.random.Generator) -> Floats:
    """The bare surface with a standard deviation of about 1: grains up to the width of a stroke, and larger bumps."""
    fine = grain(random, shape, cap * random.uniform(0.02, 0.05), 1.0)
    coarse = clouds(random, shape, cap * random.uniform(0.15, 0.4))
    share = random.uniform(0.3, 0.8)
    return _floats(share * fine + (1 - share) * coarse)


def _lit(part: Part, lamp: Lamp) -> Floats:
    """The part's brightness in grey levels."""
    rows, columns = np.gradient(part.height)
    up = 1 / np.sqrt(rows**2 + columns**2 + 1)
    side, tall = np.deg2rad(lamp.side), np.deg2rad(lamp.tall)
    x, y, z = np.cos(side) * np.cos(tall), np.sin(side) * np.cos(tall), np.sin(tall)
    facing = np.clip((-columns * x - rows * y + z) * up, 0, None) * _seen(part.height, lamp)
    half = np.sqrt(x**2 + y**2 + (z + 1) ** 2)
    gleam = np.clip((-columns * x - rows * y + z + 1) * up / half, 0, None) ** 20 * _seen(part.height, lamp)
    light = part.albedo * (0.35 + 0.9 * facing) + part.shine * 0.6 * gleam
    return _floats(np.clip(light * (120 / max(float(np.median(light)), 1e-3)), 0, 255))


def _seen(height: Floats, lamp: Lamp) -> Floats:
    """0..1: how much of the lamp is seen from a place; what stands towards it and is higher hides it."""
    side, steep = np.deg2rad(lamp.side), np.tan(np.deg2rad(lamp.tall))
    seen = np.ones_like(height)
    for far in _SHADOWS:
        move = np.array([[1, 0, -far * np.cos(side)], [0, 1, -far * np.sin(side)]])
        there = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        seen = np.minimum(seen, 1 - 0.8 * np.clip((there - height - steep * far) / 0.8, 0, 1))
    return _floats(seen)


def _shaken(lit: Floats, random: np.random.Generator) -> Floats:
    """The picture as a hand holds it another time: moved, turned, nearer or farther, and a little askew."""
    high, wide = (side - 2 * _BORDER for side in lit.shape)
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64) - (wide / 2, high / 2)
    turn, scale = np.deg2rad(random.normal(0, 3)), random.uniform(0.92, 1.06)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    held = corners @ rotation.T * scale + random.normal(0, 5, 2) + random.normal(0, 2, (4, 2))
    source = np.asarray(np.add(held, np.array(lit.shape[::-1]) / 2), np.float32)
    target = np.asarray(np.add(corners, (wide / 2, high / 2)), np.float32)
    seen = cv2.getPerspectiveTransform(source, target)
    return _floats(cv2.warpPerspective(lit, seen, (wide, high), borderMode=cv2.BORDER_REFLECT))


def _inner(lit: Floats) -> Floats:
    return np.ascontiguousarray(lit[_BORDER:-_BORDER, _BORDER:-_BORDER])


def _floats(values: object) -> Floats:
    return np.asarray(values, np.float32)
