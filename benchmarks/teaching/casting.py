"""Marks in castings as heights under a lamp, drawn here and by nothing else: no line of it is `drawing`'s or
`training`'s, though light on heights is the same law (Lambert, Blinn and Phong).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Grey = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]
Random = np.random.Generator
_LARGE = 96
"""Cap height in pixels at which characters are set before they are brought to size."""
_STROKES = {
    "0": "0,1 0,5 2,6 4,5 4,1 2,0 0,1",
    "1": "1,1 2,0 2,6",
    "2": "0,1 1,0 3,0 4,1 4,2 0,6 4,6",
    "3": "0,0 4,0 2,2 4,3 4,5 3,6 1,6 0,5",
    "4": "4,4 0,4 3,0 3,6",
    "5": "4,0 0,0 0,3 3,3 4,4 4,5 3,6 0,6",
    "6": "3,0 0,3 0,5 1,6 3,6 4,5 4,4 3,3 0,3",
    "7": "0,0 4,0 2,6",
    "8": "1,3 0,2 0,1 1,0 3,0 4,1 4,2 3,3 1,3 0,4 0,5 1,6 3,6 4,5 4,4 3,3",
    "9": "4,3 1,3 0,2 0,1 1,0 3,0 4,1 4,3 1,6",
    "A": "0,6 2,0 4,6|1,4 3,4",
    "B": "0,6 0,0 3,0 4,1 4,2 3,3 0,3|3,3 4,4 4,5 3,6 0,6",
    "C": "4,0 1,0 0,1 0,5 1,6 4,6",
    "D": "0,0 2,0 4,2 4,4 2,6 0,6 0,0",
    "E": "4,0 0,0 0,6 4,6|0,3 3,3",
    "F": "4,0 0,0 0,6|0,3 3,3",
    "G": "4,0 1,0 0,1 0,5 1,6 4,6 4,3 2,3",
    "H": "0,0 0,6|4,0 4,6|0,3 4,3",
    "K": "0,0 0,6|4,0 0,4 4,6",
    "L": "0,0 0,6 4,6",
    "M": "0,6 0,0 2,3 4,0 4,6",
    "N": "0,6 0,0 4,6 4,0",
    "P": "0,6 0,0 4,0 4,3 0,3",
    "R": "0,6 0,0 4,0 4,3 0,3 4,6",
    "S": "4,0 0,0 0,3 4,3 4,6 0,6",
    "T": "0,0 4,0|2,0 2,6",
    "U": "0,0 0,6 4,6 4,0",
    "V": "0,0 2,6 4,0",
    "W": "0,0 1,6 2,3 3,6 4,0",
    "X": "0,0 4,6|4,0 0,6",
    "Y": "0,0 2,3 4,0|2,3 2,6",
    "Z": "0,0 4,0 0,6 4,6",
    "-": "1,3 3,3",
}
"""A cornered alphabet, as a hobby mill cuts it: other forms than `drawing.strokes` and `training.glyphs` have."""


@dataclass(frozen=True)
class Works:
    """A plant's way of casting and photographing. `font`: a file, or "" for the strokes; `wide` and `gap` in cap
    heights; `stroke` of the strokes; `depth`: of the relief in cap heights, negative is sunken; `draft`: the width of
    its walls; `sand`: height of the skin's grains; `cap`: pixels of a capital; `wear` 0..1; `smear`: pixels the hand
    moves."""

    font: str
    wide: float = 1.0
    gap: float = 0.16
    stroke: float = 0.14
    depth: float = 0.16
    draft: float = 0.05
    sand: float = 0.008
    shine: float = 0.3
    cap: tuple[float, float] = (22.0, 34.0)
    wear: float = 0.35
    smear: float = 0.8
    noise: float = 4.0


def photographed(works: Works, text: str, mold: int, random: Random) -> Grey:
    """A photo of a casting of the mold number `mold`, whose letters are set the same each time."""
    cap = random.uniform(*works.cap)
    mask = _set(works, text, np.random.default_rng([mold, 77]))
    scale = cap / _LARGE
    high, wide = round(cap * random.uniform(4.5, 7.0)), round(mask.shape[1] * scale + cap * random.uniform(3.0, 6.0))
    relief = _placed(mask, (high, wide), scale, random)
    walls = cv2.GaussianBlur(relief, (0, 0), max(0.6, works.draft * cap))
    height = _worn(np.asarray(walls, np.float32), works.wear, cap, random)
    skin = _skin((high, wide), cap, random)
    lit = _lit(works.depth * cap * height + works.sand * cap * skin, works.shine, random)
    return _taken(lit, works, random)


def _set(works: Works, text: str, random: Random) -> Field:
    images = [_wide(_glyph(works.font, each, works.stroke), works.wide) for each in text if each != " "]
    gap = works.gap * _LARGE
    edge = _LARGE // 3
    width = round(sum(image.shape[1] for image in images) + gap * (len(text) + 1)) + 2 * edge
    mask = np.zeros((_LARGE + 2 * edge, width), np.float32)
    left = float(edge)
    for image in images:
        top = edge + round(random.normal(0, 2.0))
        at = round(left)
        turned = cv2.warpAffine(
            image,
            cv2.getRotationMatrix2D((image.shape[1] / 2, _LARGE / 2), random.normal(0, 2.0), 1),
            image.shape[::-1],
        )
        place = mask[top : top + turned.shape[0], at : at + turned.shape[1]]
        np.maximum(place, turned[: place.shape[0], : place.shape[1]], out=place)
        left += image.shape[1] + gap * random.uniform(0.7, 1.3)
    return mask


def _wide(image: Field, factor: float) -> Field:
    return np.asarray(cv2.resize(image, (max(4, round(image.shape[1] * factor)), image.shape[0])), np.float32)


@cache
def _glyph(font: str, character: str, stroke: float) -> Field:
    """A character, from the top of an H to its foot, as wide as its ink."""
    if not font:
        return _stroked(character, stroke)
    face = ImageFont.truetype(font, 2 * _LARGE)
    top, bottom = (face.getbbox("H", anchor="ls")[at] for at in (1, 3))
    left, _, right, _ = face.getbbox(character, anchor="ls")
    image = Image.new("L", (round(right - left), round(bottom - top)))
    ImageDraw.Draw(image).text((-left, -top), character, 255, face, anchor="ls")
    grey = np.asarray(image, np.float32) / 255
    size = (max(4, round(grey.shape[1] * _LARGE / grey.shape[0])), _LARGE)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.float32)


def _stroked(character: str, stroke: float) -> Field:
    thick = max(1, round(stroke * _LARGE))
    image = np.zeros((_LARGE, round(0.62 * _LARGE)), np.uint8)
    spread = np.array([image.shape[1] - thick - 1, image.shape[0] - thick - 1])
    for line in _STROKES[character].split("|"):
        points = np.array([[float(each) for each in pair.split(",")] for pair in line.split()]) / (4, 6)
        cv2.polylines(image, [(points * spread + thick / 2).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
    used = np.flatnonzero(image.any(axis=0))
    return np.asarray(image[:, used[0] : used[-1] + 1] / 255, np.float32)


def _placed(mask: Field, shape: tuple[int, int], scale: float, random: Random) -> Field:
    """The mask in the middle of a picture, held by hand: turned a little, leaning, seen from the side."""
    high, wide = mask.shape
    corners = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32)
    turn = np.deg2rad(random.normal(0, 4.0))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    middle = np.array([wide, high]) / 2
    target = (
        (corners - middle) * scale @ rotation.T + np.array(shape[::-1]) / 2 + random.normal(0, 0.12 * scale * 96, 2)
    )
    target += random.normal(0, 0.035 * scale * high, (4, 2))
    warp = cv2.getPerspectiveTransform(corners, target.astype(np.float32))
    return np.asarray(cv2.warpPerspective(mask, warp, shape[::-1], flags=cv2.INTER_AREA), np.float32)


def _worn(relief: Field, wear: float, cap: float, random: Random) -> Field:
    left = 1 - wear * np.clip(0.5 + 0.9 * _cells(relief.shape, cap * 0.8, random), 0, 1)
    return np.asarray(relief * left, np.float32)


def _cells(shape: tuple[int, ...], size: float, random: Random) -> Field:
    """Smooth noise about 0 with cells of `size` pixels."""
    coarse = random.normal(0, 1, [max(2, round(side / size) + 1) for side in shape]).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _skin(shape: tuple[int, int], cap: float, random: Random) -> Field:
    """Grains of sand of many sizes, blow holes and a parting line."""
    skin = sum(_cells(shape, max(1.2, cap * size), random) * weight for size, weight in _GRAINS)
    holes = np.zeros(shape, np.float32)
    for _ in range(int(random.poisson(3))):
        at = (int(random.integers(shape[1])), int(random.integers(shape[0])))
        cv2.circle(holes, at, max(1, round(cap * random.uniform(0.04, 0.12))), 1.0, -1, cv2.LINE_AA)
    return np.asarray(skin - 3 * cv2.GaussianBlur(holes, (0, 0), 1.0), np.float32)


_GRAINS = ((0.05, 0.25), (0.12, 0.5), (0.4, 1.0), (1.5, 3.0))
"""Sizes in cap heights, and heights, of the grains."""


def _lit(height: Field, shine: float, random: Random) -> Field:
    """Brightness 0..1 of the heights (in pixels) under one lamp and the sky."""
    down, along = np.gradient(height)
    length = np.sqrt(down**2 + along**2 + 1)
    way, up = random.uniform(0, 2 * np.pi), np.deg2rad(random.uniform(22, 60))
    lamp = np.array([np.cos(way) * np.cos(up), np.sin(way) * np.cos(up), np.sin(up)])
    half = lamp + np.array([0, 0, 1])
    half /= np.linalg.norm(half)
    normal = np.stack([-along, -down, np.ones_like(height)]) / length
    matt = np.clip(np.tensordot(lamp, normal, 1), 0, None)
    gloss = np.clip(np.tensordot(half, normal, 1), 0, None) ** random.uniform(12, 40)
    albedo = random.uniform(0.35, 0.6)
    return np.asarray(albedo * (0.25 + 0.75 * matt) + shine * random.uniform(0.3, 1) * gloss, np.float32)


def _taken(lit: Field, works: Works, random: Random) -> Grey:
    """What a phone makes of it: vignette, shake, focus, gamma, noise that grows with light, JPEG."""
    high, wide = lit.shape
    rows, columns = np.ogrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    seen = lit * (1 - random.uniform(0, 0.35) * (rows**2 + columns**2) / 2)
    length = max(1, round(random.exponential(works.smear)))
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    way = random.uniform(0, np.pi)
    reach = (round(length * np.cos(way)), round(length * np.sin(way)))
    cv2.line(kernel, (length - reach[0], length - reach[1]), (length + reach[0], length + reach[1]), 1.0)
    seen = cv2.filter2D(seen.astype(np.float32), -1, kernel / kernel.sum())
    seen = cv2.GaussianBlur(seen, (0, 0), random.uniform(0.4, 1.1))
    grey = 255 * np.clip(seen, 0, 1) ** (1 / random.uniform(1.6, 2.4))
    grey += random.normal(0, 1, grey.shape) * works.noise * np.sqrt(np.clip(grey, 20, 255) / 128)
    coded = cv2.imencode(".jpg", np.clip(grey, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 75])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


def font(name: str) -> str:
    """Where a font of the system is; empty, so that strokes are taken, where it is not here."""
    found = sorted(Path("/usr/share/fonts").rglob(f"{name}.*"))
    return str(found[0]) if found else ""
