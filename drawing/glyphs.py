"""Text as a mask, character by character: fonts that installed packages carry (OpenCV's Rubik, Pillow's Aileron) and
our own strokes, drawn as lines or as rows of dots.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from drawing.strokes import polylines

Floats = npt.NDArray[np.float32]
FACES = ("regular", "bold", "black", "italic", "aileron", "strokes")
_WEIGHTS = {"regular": 400, "bold": 700, "black": 900, "italic": 500}
_LARGE = 160
"""Cap height in pixels at which characters are drawn before they are brought to size."""


@dataclass(frozen=True)
class Type:
    """How a text is set; lengths are in cap heights, `jitter` is of each character's place and turn."""

    face: str = "bold"
    aspect: float = 1.0
    gap: float = 0.18
    stroke: float = 0.13
    jitter: float = 0.0
    dots: float = 0.0


def strip(text: str, look: Type, cap: int, random: np.random.Generator) -> Floats:
    """The mask (height, width) in 0..1 of a text with capitals of `cap` pixels, with a margin of `margin(cap)`."""
    images = [_character(each, look, cap) for each in text]
    gap = round(look.gap * cap)
    edge = margin(cap)
    width = sum(image.shape[1] for image in images) + gap * (len(images) - 1)
    mask = np.zeros((cap + 2 * edge, width + 2 * edge), np.float32)
    left = edge
    for image in images:
        _paste(mask, image, left, edge + round(random.normal(0, 0.04) * look.jitter * cap), look, random)
        left += image.shape[1] + gap
    return mask


def margin(cap: int) -> int:
    """The empty border of a strip, for light and shadow around the characters."""
    return round(0.4 * cap)


def _paste(mask: Floats, image: Floats, left: int, top: int, look: Type, random: np.random.Generator) -> None:
    high, wide = image.shape
    room = round(0.15 * high)
    padded = np.pad(image, room)
    if look.jitter:
        turn = cv2.getRotationMatrix2D((padded.shape[1] / 2, padded.shape[0] / 2), random.normal(0, 4) * look.jitter, 1)
        depth = 1 - look.jitter * random.uniform(0, 0.35)
        padded = np.asarray(cv2.warpAffine(padded, turn, padded.shape[::-1]) * depth, np.float32)
    top = min(max(top - room, 0), mask.shape[0] - high - 2 * room)
    place = mask[top : top + high + 2 * room, left - room : left + wide + room]
    np.maximum(place, padded, out=place)


def _character(character: str, look: Type, cap: int) -> Floats:
    if look.face == "strokes":
        return _stroked(character, look, cap)
    large = _lettered(character, look.face)
    size = (max(2, round(large.shape[1] * cap / _LARGE * look.aspect)), cap)
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.float32)


def _stroked(character: str, look: Type, cap: int) -> Floats:
    """Lines, or dots of the stroke's width every `dots` cap heights."""
    fine, inset = 2, look.stroke / 2
    high, wide = cap * fine, round(cap * fine * 0.62 * look.aspect)
    image = np.zeros((high, max(wide, 4)), np.uint8)
    spread = np.array([wide - 2 * inset * high, high * (1 - 2 * inset)])
    thick = max(1, round(look.stroke * high))
    for line in polylines(character):
        points = np.array(line) * spread + inset * high
        if look.dots:
            for x, y in _dotted(points, look.dots * high):
                cv2.circle(image, (round(x), round(y)), max(1, thick // 2), 255, -1, cv2.LINE_AA)
        else:
            cv2.polylines(image, [points.round().astype(np.int32)], False, 255, thick, cv2.LINE_AA)
    if character in "1.":
        used = np.flatnonzero(image.any(axis=0))
        image = image[:, used[0] : used[-1] + 1]
    size = (max(2, image.shape[1] // fine), cap)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA) / 255, np.float32)


def _dotted(points: npt.NDArray[np.float64], step: float) -> npt.NDArray[np.float64]:
    """Points every `step` or a little less along a polyline, ends included."""
    lengths = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    at = np.linspace(0, lengths[-1], 1 + max(1, int(np.ceil(lengths[-1] / step))))
    return np.stack([np.interp(at, lengths, points[:, axis]) for axis in (0, 1)], axis=1)


@cache
def _lettered(character: str, face: str) -> Floats:
    """A character of a real font, `_LARGE` pixels from the top of an H to its foot, as wide as its ink."""
    image, (top, bottom) = _inked(character, face), _rows(_inked("H", face))
    columns = np.flatnonzero(image.max(axis=0) > 25)
    cut = image[top:bottom, columns[0] : columns[-1] + 1]
    size = (max(2, round(cut.shape[1] * _LARGE / (bottom - top))), _LARGE)
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_LINEAR) / 255, np.float32)


def _rows(image: npt.NDArray[np.uint8]) -> tuple[int, int]:
    rows = np.flatnonzero(image.max(axis=1) > 127)
    return int(rows[0]), int(rows[-1]) + 1


def _inked(character: str, face: str) -> npt.NDArray[np.uint8]:
    canvas = np.zeros((400, 400), np.uint8)
    if face == "aileron":
        picture = Image.fromarray(canvas)
        ImageDraw.Draw(picture).text((100, 300), character, 255, ImageFont.load_default(220), anchor="ls")
        return np.asarray(picture)
    font = cv2.FontFace("italic" if face == "italic" else "sans")
    cv2.putText(canvas, character, (100, 300), (255,), font, 220, _WEIGHTS[face])
    return canvas
