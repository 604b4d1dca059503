"""Characters as masks: Debian's fonts for training, and stroke fonts of our own like casting and stamping letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Floats = npt.NDArray[np.float32]
Grey = npt.NDArray[np.uint8]
Line = list[tuple[float, float]]

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-./"
"""What our own fonts have, but for the space."""
HEIGHT = 72
"""Rows of a capital before it is placed."""
EDGE = 20
"""Empty rows and columns around it, for strokes that grow."""
FONTS = Path(".fonts") if Path(".fonts").is_dir() else Path("/usr/share/fonts")
"""Where fonts are: copies of them in the working folder, for machines without Debian's packages, or those."""
NAMES = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansCondensed-Bold", "DejaVuSansMono-Bold", "DejaVuSerif-Bold"),
    *("LiberationSans-Regular", "LiberationSans-Bold", "LiberationSansNarrow-Bold", "LiberationMono-Bold"),
    *("LiberationSerif-Bold", "FreeSans", "FreeSansBold", "FreeMonoBold", "FreeSerifBold", "Lato-Bold", "Lato-Heavy"),
    *("Lato-Black", "Lato-Medium", "OpenSans-CondBold", "OpenSans-Bold", "OpenSans-ExtraBold", "OpenSans-CondLight"),
    *("BebasNeue-Bold", "BebasNeue-Regular", "BebasNeue-Book", "osifont", "OSP-DIN", "Play-Bold", "Play-Regular"),
    *("routed-gothic", "routed-gothic-narrow", "routed-gothic-wide", "LeagueMono-CondensedBold", "LeagueMono-Bold"),
    *("LeagueMono-NarrowRegular", "LeagueSpartan-Bold", "LeagueSpartan-SemiBold", "Cabin-Bold", "Cabin-Medium"),
    *("RobotoSlab-Bold", "RobotoSlab-Regular", "Hack-Bold", "Cantarell-Bold", "Cantarell-ExtraBold", "OCRB", "OCRA"),
    *("Inconsolata", "RobotoCondensed-Bold", "RobotoCondensed-Regular", "Roboto-Medium", "Roboto-Black"),
    *("NotoSans-Bold", "NotoSansDisplay-Bold", "JetBrainsMono-Bold", "FiraCode-Bold"),
    *("Inter-Black", "Inter-ExtraBold", "Inter-Medium", "Sora-ExtraBold", "Sora-SemiBold", "Manrope-ExtraBold"),
    *("Karla-ExtraBold", "Mplus1-Black", "Mplus1-ExtraBold", "Mplus2-Black", "NationalPark-Heavy", "Dosis-ExtraBold"),
    *("LeagueSpartan-Black", "LeagueSpartan-ExtraBold", "NanumGothicExtraBold", "NanumSquareRoundEB"),
    *("SwitzeraADF-ExtraBold", "Comfortaa-Bold", "Quicksand-Bold", "RG2014EM", "RG2014C"),
)
OWN = 60
"""Stroke fonts of our own, each with its own weight, width, corners and forms of 0, 1, 3, 4, 6, 7, G and J."""
DOTTED = 24
"""As many again are rows of dots, as peening machines and ink jets set them."""
MATRIX = 24
"""And as many of five by seven dots, in which a V is a U but for its lowest two rows."""
CORNER = 0.45
"""How far from a corner it may be cut, where a character is 4 wide and 6 tall."""

_NINE: Line = [(0, 5), (1, 6), (3, 6), (4, 5), (4, 1), (3, 0), (1, 0), (0, 1), (0, 2.5), (1, 3.4), (3, 3.4), (4, 2.5)]
_STROKES: dict[str, list[list[Line]]] = {
    "0": [
        [[(1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0)]],
        [[(1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0)]],
        [[(1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0)], [(3.6, 0.9), (0.4, 5.1)]],
    ],
    "1": [
        [[(0.6, 1.3), (2, 0), (2, 6)], [(0.5, 6), (3.5, 6)]],
        [[(0.8, 0.8), (2, 0), (2, 6)], [(1, 6), (3, 6)]],
        [[(0.6, 1.5), (2, 0), (2, 6)]],
        [[(0.2, 2), (2, 0), (2, 6)]],
        [[(2, 0), (2, 6)]],
    ],
    "2": [
        [[(0, 1), (1, 0), (3, 0), (4, 1), (4, 2), (0, 6), (4, 6)]],
        [[(0, 1.2), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3.4), (1, 4.4), (0, 6), (4, 6)]],
    ],
    "3": [
        [
            [(0, 0.9), (1, 0), (3, 0), (4, 1), (4, 2), (3, 3), (1.5, 3)],
            [(3, 3), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5.1)],
        ],
        [[(0, 0), (4, 0), (1.8, 2.5), (3, 2.5), (4, 3.6), (4, 5), (3, 6), (1, 6), (0, 5)]],
    ],
    "4": [
        [[(3, 6), (3, 0), (0, 4), (4, 4)]],
        [[(3.2, 6), (3.2, 2.4)], [(2.2, 0), (0, 4.2), (4, 4.2)]],
        [[(2.6, 6), (2.6, 0), (0, 4.4), (4, 4.4)]],
    ],
    "5": [
        [[(4, 0), (0.2, 0), (0, 2.7), (1, 2.3), (3, 2.3), (4, 3.3), (4, 5), (3, 6), (1, 6), (0, 5)]],
        [[(3.8, 0), (0.5, 0), (0.5, 2.6), (2.8, 2.6), (4, 3.6), (4, 5), (3, 6), (1, 6), (0, 5.4)]],
    ],
    "6": [
        [[(4 - x, 6 - y) for x, y in _NINE]],
        [[(3, 0), (0.6, 3), (0, 4.2), (0, 5), (1, 6), (3, 6), (4, 5), (4, 4), (3, 3), (1.2, 3), (0.2, 4)]],
    ],
    "7": [[[(0, 0), (4, 0), (1.5, 6)]], [[(0, 0), (4, 0), (2, 3), (1.6, 6)]], [[(0, 0.9), (0, 0), (4, 0), (1.3, 6)]]],
    "8": [
        [
            [(1, 0), (3, 0), (4, 1), (4, 2), (3, 3), (1, 3), (0, 2), (0, 1), (1, 0)],
            [(1, 3), (3, 3), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5), (0, 4), (1, 3)],
        ]
    ],
    "9": [[_NINE], [[(1, 6), (3.4, 3), (4, 1.8), (4, 1), (3, 0), (1, 0), (0, 1), (0, 2), (1, 3), (2.8, 3), (3.8, 2)]]],
    "A": [
        [[(0, 6), (2, 0), (4, 6)], [(0.7, 4), (3.3, 4)]],
        [[(0, 6), (0, 1.4), (1.2, 0), (2.8, 0), (4, 1.4), (4, 6)], [(0, 3.6), (4, 3.6)]],
    ],
    "B": [[[(0, 3), (3, 3), (4, 2), (4, 1), (3, 0), (0, 0), (0, 6), (3, 6), (4, 5), (4, 4), (3, 3)]]],
    "C": [[[(4, 1), (3, 0), (1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5)]]],
    "D": [[[(0, 0), (2.7, 0), (4, 1.3), (4, 4.7), (2.7, 6), (0, 6), (0, 0)]]],
    "E": [[[(4, 0), (0, 0), (0, 6), (4, 6)], [(0, 3), (3.2, 3)]]],
    "F": [[[(4, 0), (0, 0), (0, 6)], [(0, 3), (3.2, 3)]]],
    "G": [
        [[(4, 1), (3, 0), (1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5), (4, 3.3), (2.3, 3.3)]],
        [[(3.8, 1.5), (3, 0.2), (1.2, 0), (0, 1.5), (0, 4.6), (1, 6), (3, 6), (4, 5), (4, 4.2), (1.8, 3)]],
        [[(4, 1), (3, 0), (1, 0), (0, 1), (0, 5), (1, 6), (3, 6), (4, 5)], [(2.2, 3.4), (4, 3.4), (4, 6)]],
        [[(3.6, 2.1), (3.8, 0.6), (2.8, 0), (1, 0.4), (0, 2), (0, 5), (1, 6), (3, 6), (4, 5), (3.9, 4.2), (1.6, 3.1)]],
    ],
    "H": [[[(0, 0), (0, 6)], [(4, 0), (4, 6)], [(0, 3), (4, 3)]]],
    "I": [[[(2, 0), (2, 6)], [(0.7, 0), (3.3, 0)], [(0.7, 6), (3.3, 6)]], [[(2, 0), (2, 6)]]],
    "J": [[[(4, 0), (4, 5), (3, 6), (1, 6), (0, 5)]], [[(1.6, 0), (4, 0), (4, 5), (3, 6), (1, 6), (0, 5)]]],
    "K": [[[(0, 0), (0, 6)], [(4, 0), (0, 3.6)], [(1.3, 2.6), (4, 6)]]],
    "L": [[[(0, 0), (0, 6), (3.8, 6)]]],
    "M": [[[(0, 6), (0, 0), (2.2, 3.6), (4.4, 0), (4.4, 6)]]],
    "N": [[[(0, 6), (0, 0), (4, 6), (4, 0)]]],
    "O": [[[(1.3, 0), (3.2, 0), (4.5, 1.5), (4.5, 4.5), (3.2, 6), (1.3, 6), (0, 4.5), (0, 1.5), (1.3, 0)]]],
    "P": [[[(0, 6), (0, 0), (3, 0), (4, 1), (4, 2.4), (3, 3.4), (0, 3.4)]]],
    "Q": [[[(1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1), (1, 0)], [(2.3, 4.2), (4.2, 6.4)]]],
    "R": [[[(0, 6), (0, 0), (3, 0), (4, 1), (4, 2.3), (3, 3.2), (0, 3.2)], [(2, 3.2), (4, 6)]]],
    "S": [[[(4, 1), (3, 0), (1, 0), (0, 1), (0, 2), (1, 3), (3, 3), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5)]]],
    "T": [[[(0, 0), (4, 0)], [(2, 0), (2, 6)]]],
    "U": [[[(0, 0), (0, 5), (1, 6), (3, 6), (4, 5), (4, 0)]]],
    "V": [[[(0, 0), (2, 6), (4, 0)]]],
    "W": [[[(0, 0), (1.2, 6), (2.5, 1.5), (3.8, 6), (5, 0)]]],
    "X": [[[(0, 0), (4, 6)], [(4, 0), (0, 6)]]],
    "Y": [[[(0, 0), (2, 2.8), (4, 0)], [(2, 2.8), (2, 6)]]],
    "Z": [[[(0, 0), (4, 0), (0, 6), (4, 6)]]],
    "-": [[[(0.6, 3), (3.4, 3)]]],
    ".": [[[(2, 5.9), (2.2, 6)]]],
    "/": [[[(4, 0), (0, 6)]]],
}


_COLUMNS = {
    **{
        "0": ("3E41413E", "3E5149453E", "3E4141413E"),
        "1": ("00427F4000", "04027F0000"),
        "2": ("4261514946", "7249494946"),
    },
    **{"3": ("2141454B31", "2249494936"), "4": ("1814127F10",), "5": ("2745454539", "4F49494931")},
    **{"6": ("3C4A494930", "3E49494932"), "7": ("0171090503", "0101790503"), "8": ("3649494936",)},
    **{"9": ("064949291E", "264949493E"), "A": ("7E1111117E", "7C1211127C"), "B": ("7F49494936",)},
    **{"C": ("3E41414122",), "D": ("7F4141413E", "7F4141221C"), "E": ("7F49494941",), "F": ("7F09090901",)},
    **{
        "G": ("3E4149497A", "3E41495132"),
        "H": ("7F0808087F",),
        "I": ("00417F4100",),
        "J": ("2040413F01", "304040403F"),
    },
    **{"K": ("7F08142241",), "L": ("7F40404040",), "M": ("7F020C027F",), "N": ("7F0408107F",), "O": ("3E4141413E",)},
    **{"P": ("7F09090906",), "Q": ("3E4151215E",), "R": ("7F09192946",), "S": ("4649494931", "2649494932")},
    **{"T": ("01017F0101",), "U": ("3F4040403F",), "V": ("1F2040201F", "0718601807"), "W": ("3F4038403F",)},
    **{"X": ("6314081463",), "Y": ("0708700807",), "Z": ("6151494543",), "-": ("0808080808",), ".": ("006000",)},
    **{"/": ("2010080402",)},
}
"""Columns from the left, of seven dots each, the lowest bit at the top, as in the character sets of LCD modules."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character's mask in 0..255 with `EDGE` around it, and the columns it takes in a line."""

    mask: Grey
    advance: float


@cache
def faces() -> list[str]:
    """All fonts by name: those of Debian that are installed, then our own; a missing one stops the training."""
    files = {path.stem: path for path in sorted(FONTS.rglob("*.?tf"))}
    missing = [name for name in NAMES if name not in files]
    if missing:
        raise FileNotFoundError(f"fonts not installed: {missing}; training/README.md names their packages")
    return [*(str(files[name]) for name in NAMES), *own()]


def own() -> list[str]:
    """Our own fonts of strokes, which need no package."""
    return [f"own:{seed}" for seed in range(OWN)]


def dotted() -> list[str]:
    """The fonts of dots."""
    return [*(f"dots:{seed}" for seed in range(DOTTED)), *(f"matrix:{seed}" for seed in range(MATRIX))]


def is_own(face: str) -> bool:
    """Whether a font is of our own strokes or dots, and has `CHARACTERS` alone."""
    return face.partition(":")[0] in ("dots", "matrix", "own")


@cache
def glyph(face: str, character: str) -> Glyph:
    kind, _, seed = face.partition(":")
    if kind == "matrix":
        return _matrix(int(seed), character)
    return _own(int(seed), character, kind == "dots") if seed.isdecimal() else _printed(face, character)


def bolder(one: Glyph, pixels: int) -> Glyph:
    """The character with strokes that are so much wider on each side."""
    if not pixels:
        return one
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    return Glyph(np.asarray(cv2.dilate(one.mask, disc), np.uint8), one.advance + 2 * pixels)


def _printed(path: str, character: str) -> Glyph:
    font = _font(path)
    left, _, right, _ = font.getbbox(character)
    cap = font.getbbox("H")
    size = (int(right - left) + 2 * EDGE, int(cap[3] - cap[1]) + 2 * EDGE)
    image = Image.new("L", size, 0)
    ImageDraw.Draw(image).text((EDGE - left, EDGE - cap[1]), character, fill=255, font=font)
    return Glyph(np.asarray(image, np.uint8), float(right - left))


@cache
def _font(path: str) -> ImageFont.FreeTypeFont:
    trial = ImageFont.truetype(path, 100).getbbox("H")
    return ImageFont.truetype(path, 100 * HEIGHT / (trial[3] - trial[1]))


def _own(seed: int, character: str, dots: bool) -> Glyph:
    random = np.random.default_rng([seed, 78 if dots else 77])
    weight, wide = random.uniform(0.08, 0.14) if dots else random.uniform(0.09, 0.25), random.uniform(0.42, 0.85)
    rounded, apart = random.random() < 0.5, random.uniform(1.0, 2.0)
    forms = _STROKES[character]
    form = forms[int(np.random.default_rng([seed, ord(character)]).integers(len(forms)))]
    thick = max(2, round(weight * HEIGHT))
    tall, across = HEIGHT - thick, max(6.0, wide * HEIGHT - thick)
    points = np.concatenate([np.array(line) for line in form])
    left, right = points[:, 0].min() / 4 * across, points[:, 0].max() / 4 * across
    mask = np.zeros((HEIGHT + 2 * EDGE, round(right - left) + thick + 2 * EDGE), np.uint8)
    for line in form:
        path = _rounded(np.array(line)) if rounded else np.array(line)
        x = (path[:, 0] / 4 * across - left) + EDGE + thick / 2
        y = path[:, 1] / 6 * tall + EDGE + thick / 2
        _stroke(mask, np.stack([x, y], 1), thick, apart * thick if dots else 0.0)
    return Glyph(mask, right - left + thick)


def _matrix(seed: int, character: str) -> Glyph:
    """A character of separate dots, or of dots that touch."""
    random = np.random.default_rng([seed, 79])
    down, thick, wide = HEIGHT / 7, random.uniform(0.45, 1.15), random.uniform(0.75, 1.25)
    forms = _COLUMNS[character]
    columns = bytes.fromhex(forms[int(np.random.default_rng([seed, ord(character)]).integers(len(forms)))])
    across, radius = down * wide, round(down * thick * 8)
    mask = np.zeros((HEIGHT + 2 * EDGE, round(across * len(columns)) + 2 * EDGE), np.uint8)
    for x, column in enumerate(columns):
        for y in range(7):
            if column >> y & 1:
                at = (round((EDGE + (x + 0.5) * across) * 16), round((EDGE + (y + 0.5) * down) * 16))
                cv2.circle(mask, at, radius, 255, -1, cv2.LINE_AA, 4)
    return Glyph(mask, across * len(columns))


def _stroke(mask: Grey, path: npt.NDArray[np.float64], thick: int, apart: float) -> None:
    """A line of the thickness, or dots of it that many pixels apart at most."""
    if not apart:
        cv2.polylines(mask, [np.round(path * 16).astype(np.int32)], False, 255, thick, cv2.LINE_AA, 4)
        return
    lengths = np.concatenate([[0.0], np.hypot(*np.diff(path, axis=0).T).cumsum()])
    at = np.linspace(0, lengths[-1], 1 + max(1, int(np.ceil(lengths[-1] / apart))))
    for x, y in zip(*(np.interp(at, lengths, path[:, axis]) for axis in (0, 1)), strict=True):
        cv2.circle(mask, (round(x * 16), round(y * 16)), thick * 8, 255, -1, cv2.LINE_AA, 4)


def _rounded(path: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Corners cut twice (Chaikin's), ends kept, never far into a long side: an octagon becomes round, a V stays a V."""
    for far in (CORNER, CORNER / 2):
        sides = np.diff(path, axis=0)
        part = np.minimum(0.25, far / np.maximum(np.hypot(*sides.T), 1e-6))[:, None]
        cut = np.stack([path[:-1] + part * sides, path[1:] - part * sides], 1).reshape(-1, 2)
        path = np.concatenate([path[:1], cut, path[-1:]])
    return path
