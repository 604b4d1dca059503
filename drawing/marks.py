"""Marks as light sees them: a mask of text becomes a field of relative brightness, laid over a picture."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from drawing.glyphs import Floats, Type, strip
from drawing.surfaces import blurred, clouds

_STEEP = 0.12
"""Slope of a blurred edge, in masks per pixel and blur, that counts as full light."""

_PAINT = np.float32(215.0)


@dataclass(frozen=True)
class Mark:
    """A text, how it is set and made, and where it goes.

    `way`: outline, raised, sunken, filled, engraved, peened, painted. `cap`: the cap height in pixels of the picture;
    `angle`: degrees clockwise; `light`: where it comes from, in the same degrees; `depth`: contrast, 1 is a fair one;
    `wear`: 0 new .. 1 gone; `bend`: how far the middle of the line lies under its ends, in cap heights.
    """

    text: str
    way: str
    x: float
    y: float
    cap: float
    angle: float
    light: float = 225.0
    depth: float = 1.0
    wear: float = 0.0
    shear: float = 0.0
    bend: float = 0.0
    set_as: Type = field(default_factory=Type)


def put(canvas: Floats, mark: Mark, random: np.random.Generator) -> None:
    """Multiplies the mark into the canvas."""
    fine = finely(mark.cap)
    lay(canvas, mark, strip(mark.text, mark.set_as, fine, random), random)


def finely(cap: float) -> int:
    """Pixels of a capital in the mask of a mark whose capitals have `cap` in the picture."""
    return max(40, round(cap * (2 if cap < 40 else 1)))


def lay(canvas: Floats, mark: Mark, mask: Floats, random: np.random.Generator) -> None:
    """The same with a mask (height, width) in 0..1 of the text, `finely` drawn, in place of the mark's own."""
    fine = finely(mark.cap)
    if mark.bend:
        mask = _bent(mask, mark.bend * fine)
    change = _lit(mask, mark, fine, random) * np.float32(mark.depth)
    if mark.wear:
        change *= _worn(mask.shape, mark.wear, fine, random)
    _warp(canvas, change, mark, mark.cap / fine)


def extent(mark: Mark) -> tuple[float, float]:
    """Width and height in pixels of the mark's text along and across its line."""
    mask = strip(mark.text, mark.set_as, 40, np.random.default_rng(0))
    return (mask.shape[1] - 32) * mark.cap / 40, mark.cap


def _lit(mask: Floats, mark: Mark, fine: int, random: np.random.Generator) -> Floats:
    """Relative brightness: 0 leaves the ground, -1 is black, +1 twice as bright; of paint, how much of it covers."""
    toward = np.deg2rad(mark.light - mark.angle)
    soft = 0.035 * fine
    slope = _slope(mask, soft, float(toward))
    if mark.way == "outline":
        wide = np.asarray(cv2.dilate(mask, _disc(round(0.07 * fine))), np.float32)
        walls = np.clip(wide - cv2.erode(mask, _disc(round(0.02 * fine))), 0, 1)
        return np.asarray(blurred(-0.42 * walls, soft / 2) + 0.16 * _slope(walls, soft, float(toward)), np.float32)
    if mark.way == "raised":
        shade = np.clip(_shifted(mask, 0.1 * fine, float(toward)) - mask, 0, 1)
        return np.asarray(0.45 * slope - 0.3 * blurred(shade, soft) + 0.03 * mask, np.float32)
    if mark.way == "sunken":
        return np.asarray(-0.4 * slope - 0.12 * blurred(mask, soft), np.float32)
    if mark.way == "engraved":
        burr = blurred(np.asarray(cv2.dilate(mask, _disc(round(0.05 * fine))) - mask, np.float32), soft / 2)
        return np.asarray(-0.42 * slope - 0.25 * blurred(mask, soft / 2) + 0.1 * burr, np.float32)
    if mark.way == "peened":
        return np.asarray(-0.4 * slope - 0.3 * blurred(mask, soft / 2), np.float32)
    if mark.way == "painted":
        cover = np.clip(0.8 + 0.25 * clouds(random, mask.shape, fine * 0.5), 0.3, 1.0)
        return np.asarray(blurred(mask, soft / 2) * cover - 0.1 * slope, np.float32)
    cover = np.clip(0.8 + 0.3 * clouds(random, mask.shape, fine * 0.4), 0.1, 1)
    return np.asarray(-0.6 * blurred(mask, soft / 2) * cover, np.float32)


def _slope(height: Floats, soft: float, toward: float) -> Floats:
    """How much of the light from `toward` (radians) falls on the flanks of a relief, about -1..1."""
    rows, columns = np.gradient(blurred(height, soft))
    light = -(columns * np.cos(toward) + rows * np.sin(toward))
    return np.asarray(np.clip(light * soft / _STEEP / 2, -1.2, 1.2), np.float32)


def _shifted(mask: Floats, far: float, toward: float) -> Floats:
    """The mask moved away from the light."""
    move = np.array([[1, 0, -far * np.cos(toward)], [0, 1, -far * np.sin(toward)]])
    return np.asarray(cv2.warpAffine(mask, move, mask.shape[::-1]), np.float32)


def _worn(shape: tuple[int, ...], wear: float, fine: int, random: np.random.Generator) -> Floats:
    """What is left of a mark, in patches about as large as a character."""
    patches = clouds(random, shape, fine * 0.7)
    return np.asarray(np.clip(1.0 - 0.75 * wear + 0.45 * wear * patches, 0.2, 1), np.float32)


def _bent(mask: Floats, sag: float) -> Floats:
    room = round(abs(sag))
    mask = np.pad(mask, ((room, room), (0, 0)))
    rows, columns = (np.asarray(each, np.float32) for each in np.indices(mask.shape))
    along = columns / mask.shape[1] * 2 - 1
    source = np.asarray(rows - sag * (1 - along**2), np.float32)
    return np.asarray(cv2.remap(mask, columns, source, cv2.INTER_LINEAR), np.float32)


def _warp(canvas: Floats, change: Floats, mark: Mark, scale: float) -> None:
    """Turns, shears and scales the field to its place; only the part of the canvas under it is touched."""
    turn = np.deg2rad(mark.angle)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = scale * rotation @ np.array([[1, mark.shear], [0, 1]])
    if scale < 1:
        change = blurred(change, 0.4 / scale)
    middle = np.array([change.shape[1] / 2, change.shape[0] / 2])
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * middle @ linear.T + (mark.x, mark.y)
    low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)) + 1, canvas.shape[::-1]).astype(int)
    if (high <= low).any():
        return
    move = np.column_stack([linear, np.array([mark.x, mark.y]) - low - linear @ middle])
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    place = canvas[low[1] : high[1], low[0] : high[0]]
    laid = np.asarray(cv2.warpAffine(change, move, size), np.float32)
    place += laid * (_PAINT - place if mark.way == "painted" else place)


def _disc(radius: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    side = 2 * max(1, radius) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
