"""How a text is set: its font, the width of its letters, gaps and strokes, and the mask that comes of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.glyphs import CHARACTERS, EDGE, HEIGHT, Grey, bolder, dotted, glyph, is_own
from training.texts import SYMBOLS

Random = np.random.Generator
OWN_CHARACTERS = "".join(sorted(f"{CHARACTERS} "))
"""What our own fonts can set."""
WORD_GAP = 0.35
"""Width of a space, in cap heights, besides the gap that is between characters anyway."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a block of lines is set. `wide`: factor of the letters' width; `gap`: between letters, in cap heights; `bold`
    and `hollow`: pixels by which strokes are thicker, or thick as outlines, of `HEIGHT`; `loose`: how unevenly it was
    struck, 0 not at all; `shear`: how far its top leans to the right, in heights."""

    face: str
    wide: float
    gap: float
    bold: int
    loose: float
    hollow: int
    shear: float


def style(random: Random, fonts: Sequence[str]) -> Style:
    """Any style, in one of the `fonts` (`glyphs.faces()` in training; `glyphs.own()` needs no package) or of dots."""
    kind = random.random()
    face = str(random.choice(fonts)) if kind < 0.8 else str(random.choice(dotted()))
    gap = float(random.uniform(0.06, 0.4)) if random.random() < 0.85 else float(random.uniform(0.4, 1.3))
    bold = int(random.choice([0, 0, 0, 2, 4, 6])) if not is_own(face) or random.random() < 0.4 else 0
    loose = float(random.choice([0.0, 0.0, 0.5, 1.5])) * random.random()
    hollow = int(random.choice([0, 3, 5])) if random.random() < 0.2 else 0
    return Style(face, float(random.uniform(0.65, 1.25)), gap, bold, loose, hollow, float(random.normal(0, 0.05)))


def letters(look: Style) -> str:
    """The characters that a style can set."""
    return OWN_CHARACTERS if is_own(look.face) else SYMBOLS


def strip(random: Random, said: str, look: Style) -> Grey:
    """The mask of a text in 0..255, its capitals HEIGHT rows high, with EDGE around it."""
    images, end = _placed(said, look)
    width = max(math.ceil(end + EDGE), 2 * EDGE + 8)
    mask = np.zeros((HEIGHT + 2 * EDGE, width + EDGE), np.uint8)
    for image, left in images:
        _paste(random, mask, image, left, look.loose)
    if look.hollow:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (look.hollow, look.hollow))
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, kernel), np.uint8)
    return mask[:, :width]


def length(mask: Grey) -> float:
    """Length of a text in pixels of its mask, without the edge around it."""
    return float(mask.shape[1] - 2 * EDGE)


def _placed(said: str, look: Style) -> tuple[list[tuple[Grey, int]], float]:
    """The characters' masks, each with its first column, and the column at which the last one ends."""
    gap = look.gap * HEIGHT
    images: list[tuple[Grey, int]] = []
    at = float(EDGE)
    for each in said:
        if each == " ":
            at += HEIGHT * (WORD_GAP + look.gap)
            continue
        one = bolder(glyph(look.face, each), look.bold // 2)
        size = (max(4, round(one.mask.shape[1] * look.wide)), one.mask.shape[0])
        images.append((np.asarray(cv2.resize(one.mask, size), np.uint8), round(at - EDGE * look.wide)))
        at += one.advance * look.wide + gap
    return images, at - gap


def _paste(random: Random, mask: Grey, image: Grey, left: int, loose: float) -> None:
    if loose:
        image = _struck(random, image, loose)
    start = max(left, 0)
    piece = image[: mask.shape[0], start - left : start - left + mask.shape[1] - start]
    place = mask[: piece.shape[0], start : start + piece.shape[1]]
    np.maximum(place, piece, out=place)


def _struck(random: Random, image: Grey, loose: float) -> Grey:
    """A character as a hand strikes it: turned, shifted, deeper or less deep."""
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, random.normal(0, 3 * loose), 1 + random.normal(0, 0.02 * loose))
    turn[1, 2] += random.normal(0, 2.5 * loose)
    turned = cv2.warpAffine(image, turn, (image.shape[1], image.shape[0]))
    return np.asarray(turned * random.uniform(1 - 0.3 * loose, 1), np.uint8)
