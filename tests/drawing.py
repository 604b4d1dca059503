"""Draws photos of wheel hubs and plates, seeded, so that a test knows the truth: Pillow and numpy only.

A hub follows a real one: a bright grainy face in a dark casting, a bore with a white rim, and five bright bolt pads in
dark recesses. One pad carries the mark as an outlined relief, another the ring of an ejector pin.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 640
"""The drawing's own side in pixels; all lengths below are in it, a finished picture is resampled."""
CENTRE = (345.0, 340.0)
PAD_RADIUS = 28.0
RECESS_RADIUS = 53.0
PAD_DISTANCE = 198.0
FINE = 8
"""Supersampling of a pad: a character's outline is two pixels wide."""

Floats = npt.NDArray[np.float64]


def draw_hub(text: str, *, angle: float = 0.0, seed: int = 0, size: int = 640, contrast: float = 1.0) -> Image.Image:
    """A hub of `size` x `size` pixels, mode "L"; `angle` turns the text's baseline, in degrees clockwise on the screen.

    `contrast` scales the relief of the mark; 1 is the real hub's. The place of the mark is `mark_place(seed, size)`.
    """
    # Drawing one takes as long as reading it, and most tests ask for the same few.
    return _drawn(text, angle, seed, size, contrast).copy()


@lru_cache(64)
def _drawn(text: str, angle: float, seed: int, size: int, contrast: float) -> Image.Image:
    random = np.random.default_rng(seed)
    canvas = _casting(random)
    places = pad_places(seed)
    for place in places:
        _recess(canvas, place, random)
    marked, ejected = _chosen(seed)
    for index, place in enumerate(places):
        relief = np.zeros((1, 1))
        if index == marked:
            relief = _text_relief(text, angle) * contrast
        elif index == ejected:
            relief = _ring_relief()
        _pad(canvas, place, relief, random)
    canvas += random.normal(0.0, 1.2, canvas.shape)
    picture = Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8), "L").filter(ImageFilter.GaussianBlur(0.6))
    return picture if size == SIDE else picture.resize((size, size), Image.Resampling.LANCZOS)


def mark_place(seed: int = 0, size: int = 640) -> tuple[float, float, float]:
    """Middle x, y and radius, in pixels, of the pad that carries the mark of `draw_hub(..., seed=seed, size=size)`."""
    x, y = pad_places(seed)[_chosen(seed)[0]]
    return x * size / SIDE, y * size / SIDE, PAD_RADIUS * size / SIDE


def pad_places(seed: int) -> list[tuple[float, float]]:
    """The middles of the five pads in a picture of `SIDE` pixels."""
    turn = np.random.default_rng([seed, 1]).uniform(0, 72)
    directions = [math.radians(turn + 72 * index) for index in range(5)]
    return [(CENTRE[0] + PAD_DISTANCE * math.cos(d), CENTRE[1] + PAD_DISTANCE * math.sin(d)) for d in directions]


def draw_plate(text: str, *, angle: float = 0.0, seed: int = 0, size: tuple[int, int] = (640, 320)) -> Image.Image:
    """A plain label, mode "L": dark text, on light metal, turned `angle` degrees clockwise."""
    random = np.random.default_rng(seed)
    width, height = size
    lines = text.splitlines()
    font = ImageFont.load_default(min(height * 0.55 / len(lines), width * 1.3 / max(map(len, lines))))
    layer = Image.new("L", size, 0)
    pen = ImageDraw.Draw(layer)
    pen.multiline_text((width / 2, height / 2), text, fill=255, font=font, anchor="mm", align="center")
    layer = layer.rotate(-angle, Image.Resampling.BICUBIC)
    light = np.linspace(205, 185, width)[np.newaxis, :] + random.normal(0.0, 4.0, (height, width))
    grey = light - np.asarray(layer, np.float64) / 255 * 140
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8), "L").filter(ImageFilter.GaussianBlur(0.7))


def _chosen(seed: int) -> tuple[int, int]:
    """Which pad is marked and which has the ejector's ring."""
    first, second = np.random.default_rng([seed, 2]).permutation(5)[:2]
    return int(first), int(second)


def _away(centre: tuple[float, float], window: tuple[slice, slice] = (slice(0, SIDE), slice(0, SIDE))) -> Floats:
    """Pixels from `centre`, for each of the window."""
    rows, columns = np.ogrid[window]
    return np.asarray(np.hypot(columns - centre[0], rows - centre[1]), np.float64)


def _around(place: tuple[float, float]) -> tuple[slice, slice]:
    """The window outside of which a pad and its recess change nothing."""
    reach = math.ceil(RECESS_RADIUS) + 5
    left, top = round(place[0]) - reach, round(place[1]) - reach
    return slice(top, top + 2 * reach), slice(left, left + 2 * reach)


def _grain(random: np.random.Generator, blur: float, spread: float) -> Floats:
    """Noise (SIDE, SIDE) with grains of `blur` pixels and the given standard deviation in grey levels."""
    noise = Image.fromarray(random.uniform(0, 255, (SIDE, SIDE)).astype(np.uint8), "L")
    grains = np.asarray(noise.filter(ImageFilter.GaussianBlur(blur)), np.float64)
    return np.asarray((grains - grains.mean()) / grains.std() * spread, np.float64)


def _step(distance: Floats, radius: float, soft: float = 2.0) -> Floats:
    """1 inside the radius, 0 outside, over `soft` pixels."""
    return np.clip((radius - distance) / soft + 0.5, 0, 1)


def _casting(random: np.random.Generator) -> Floats:
    """Spokes and windows, the dark rim, the grainy face, the bore."""
    away = _away(CENTRE)
    canvas = 150 + _grain(random, 0.8, 12) - 25 * np.abs(away - 330) / 330
    for index in range(7):
        direction = math.radians(random.uniform(-10, 10) + 360 / 7 * index)
        window = _away((CENTRE[0] + 390 * math.cos(direction), CENTRE[1] + 390 * math.sin(direction)))
        canvas += (18 - canvas) * _step(window, 90, 25)
    canvas += (38 - canvas) * _step(away, 274, 12)
    canvas += (205 + _grain(random, 0.8, 14) - canvas) * _step(away, 246, 6)
    canvas += (60 - canvas) * _step(away, 118)
    canvas += (252 - canvas) * _step(away, 115)
    canvas += (70 - canvas) * _step(away, 106)
    canvas += (110 + _grain(random, 1.5, 28) - canvas) * _step(away, 92, 8)
    return canvas


def _recess(canvas: Floats, place: tuple[float, float], random: np.random.Generator) -> None:
    window = _around(place)
    away = _away(place, window)
    depth = 45 + 55 * np.clip(1 - (away - PAD_RADIUS) / (RECESS_RADIUS - PAD_RADIUS), 0, 1)
    depth += _grain(random, 0.8, 3)[window]
    canvas[window] += (depth - canvas[window]) * _step(away, RECESS_RADIUS, 5)


def _pad(canvas: Floats, place: tuple[float, float], relief: Floats, random: np.random.Generator) -> None:
    """The bright disc, a little wider one way than the other, minus the relief in its middle."""
    window = _around(place)
    rows, columns = np.ogrid[window]
    stretch = 1 + random.uniform(-0.05, 0.05)
    away = np.hypot((columns - place[0]) * stretch, (rows - place[1]) / stretch)
    light = 248 + 4 * (columns - place[0]) / PAD_RADIUS + np.zeros_like(away)
    # The relief lies in the window's middle, which is the place.
    start = (away.shape[0] - relief.shape[0] + 1) // 2
    light[start : start + relief.shape[0], start : start + relief.shape[1]] -= relief
    canvas[window] += (light - canvas[window]) * _step(away, PAD_RADIUS, 2.5)


def _coarse(layer: Image.Image) -> Floats:
    """A supersampled layer in pixels of the drawing, in 0..1."""
    side = layer.width // FINE
    return np.asarray(layer.resize((side, side), Image.Resampling.BOX), np.float64) / 255


def _text_relief(text: str, angle: float) -> Floats:
    """How much darker a mark is than its pad, in grey levels, (57, 57): thin walls around hollow characters."""
    side = 57 * FINE
    height = min(27.0, 66.0 / len(text)) * FINE
    font = ImageFont.load_default(height)
    layers = []
    for stroke in (0.12, 0.03):
        layer = Image.new("L", (side, side), 0)
        ImageDraw.Draw(layer).text(
            (side / 2, side / 2), text, fill=255, font=font, anchor="mm", stroke_width=stroke * height
        )
        layers.append(layer.rotate(-angle, Image.Resampling.BICUBIC))
    walls = np.clip(_coarse(layers[0]) - _coarse(layers[1]), 0, 1)
    # The light comes from the upper right: walls that look away from it are darker.
    slope = np.roll(walls, (1, -1), (0, 1)) - walls
    return 95 * walls + 50 * np.clip(slope, 0, 1)


def _ring_relief() -> Floats:
    side = 57 * FINE
    layer = Image.new("L", (side, side), 0)
    box = (side / 2 - 11 * FINE, side / 2 - 11 * FINE, side / 2 + 11 * FINE, side / 2 + 11 * FINE)
    ImageDraw.Draw(layer).ellipse(box, outline=255, width=4 * FINE)
    return 95 * _coarse(layer)
