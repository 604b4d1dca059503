"""Lines of text on metal, and marks cropped by hand: drawn upright, photographed, cut as badly as detectors do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from handlers.recognition.crops import Box, cut
from training.glyphs import HEIGHT, Floats, Grey, bolder, dotted, faces, glyph
from training.relief import LETTERS, grains, random_text, shade, soft, stroke_width

CAP = 40
"""Pixels of a capital while it is drawn, and of a crop's rows when it is cut."""
ROOM = 44
"""Pixels of ground around the text, for neighbours, light and cuts beside the line."""
DIGITS = "0123456789"
FORMATS = (
    *(
        "#@####@",
        "@#####",
        "@@####",
        "####",
        "######",
        "@@@#######",
        "##@####@###",
        "@@######@####",
        "#####",
        "########",
    ),
    *("#@####@", "@@@#######", "@@#######@", "@@@@##", "@@@@@@#####", "@@@####@@#####", "#@#@#@", "@#@#@#@#"),
    *("##.##.##", "####-##-##", "##/##", "@##-###", "##.##", "##-####"),
)
"""Digits and letters; one in four with separators, as in dates."""
ALIKE = 0.3
LETTERS_ALIKE, DIGITS_ALIKE = "GGBSZUVD", "66825013"
"""Part of the texts that get one more character of those which are confused most, letters as letters."""
DOTS = 0.42
"""Part of the lines that are of dots."""
BOLDER, THICKER = 0.3, 0.05
"""Part of the other lines whose strokes grow, and by how much of a capital on each side, at most: black faces, and
metal that did not fill the counters of its letters."""
LOOSE = (0.3, 1.0, 2.0)
"""How unevenly characters are struck, against a stamp set by hand."""


@dataclass(frozen=True, slots=True)
class Strip:
    """`image`: the line, upright, on a piece of its ground; `middle`, `width`, `cap`: of its text, in pixels."""

    image: Grey
    text: str
    middle: tuple[float, float]
    width: float
    cap: float


def line_text(random: np.random.Generator) -> str:
    """A casting mark of up to eight characters, a number as mills write it, or any characters."""
    text = _any_text(random)
    if random.random() >= ALIKE:
        return text
    at = int(random.integers(len(text)))
    alike = LETTERS_ALIKE if text[at].isalpha() else DIGITS_ALIKE if text[at].isdigit() else text[at]
    return text[:at] + str(random.choice(list(alike))) + text[at + 1 :]


def _any_text(random: np.random.Generator) -> str:
    kind = random.random()
    if kind < 0.45:
        return random_text(random)
    if kind < 0.85:
        pick = {"#": DIGITS, "@": LETTERS}
        form = FORMATS[int(random.integers(len(FORMATS)))]
        return "".join(str(random.choice(list(pick[each]))) if each in pick else each for each in form)
    return "".join(random.choice(list(LETTERS + DIGITS * 4), random.integers(4, 15)))


def draw(random: np.random.Generator, text: str) -> Strip:
    """A line of the text, or none of it: ground, rows of holes, edges."""
    mask, wall = set_line(random, text) if text else _nothing(random)
    signal = shade(random, mask, wall)
    if random.random() < 0.13:  # paint
        signal = (
            random.choice([-1, 1], p=[0.25, 0.75]) * mask * np.clip(0.9 + 0.25 * grains(random, 9, mask.shape), 0.3, 1)
        )
    signal[:, : ROOM // 2] *= random.choice([0, 1])
    photo, scale = _photograph(random, np.asarray(signal, np.float32))
    middle = ((mask.shape[1] / 2 - 0.5) * scale, (mask.shape[0] / 2 - 0.5) * scale)
    return Strip(photo, text, middle, (mask.shape[1] - 2 * ROOM) * scale, CAP * scale)


def crop(random: np.random.Generator, strip: Strip, upside_down: bool) -> tuple[Grey, float]:
    """A cut as a detector or a hand makes it, and its degrees off the line."""
    off = float(np.clip(random.normal(0, 2.5) if random.random() < 0.65 else random.uniform(-13, 13), -14, 14))
    if strip.width > 5 * strip.cap:
        off *= 0.5
    x, y = strip.middle
    turn = math.radians(off)
    high = strip.cap * random.uniform(1.02, 1.75) + strip.width * abs(math.sin(turn)) * random.uniform(0.3, 1)
    wide = strip.width + strip.cap * random.uniform(0.0, 1.0)
    x += random.uniform(-0.5, 0.5) * (wide - strip.width)
    y += random.normal(0, 0.25) * max(0.0, high - strip.cap)
    box = Box((x, y), wide, high, off + (180 if upside_down else 0))
    return cut(strip.image, box), off + (180 if upside_down else 0)


def set_line(random: np.random.Generator, text: str, dots: float = DOTS) -> tuple[Floats, float]:
    """The mask of a line in 0..1 with `ROOM` around it, and the width of its strokes."""
    masks = set_characters(random, text, dots)
    return np.asarray(np.max(masks, axis=0), np.float32), stroke_width(masks)


def set_characters(random: np.random.Generator, text: str, dots: float = DOTS) -> list[Floats]:
    """The same, a mask for each character."""
    plain = all(each.isalnum() for each in text)
    fonts = dotted() if (of_dots := random.random() < dots) else faces()
    face = fonts[int(random.integers(len(fonts)))]
    thicker = round(random.uniform(0, THICKER) * HEIGHT) if not of_dots and random.random() < BOLDER else 0
    squeeze, gap = random.uniform(0.6, 1.15), random.uniform(0.03, 0.34) * CAP
    glyphs = [bolder(glyph(face, each), thicker) for each in text]
    factor = CAP / HEIGHT
    starts = np.cumsum([0.0, *(each.advance * squeeze * factor + gap for each in glyphs[:-1])])
    length = float(starts[-1] + glyphs[-1].advance * squeeze * factor)
    shape = (CAP + 2 * ROOM, max(CAP // 2, math.ceil(length)) + 2 * ROOM)
    masks = []
    bend = random.normal(0, 0.1) if random.random() < 0.3 else 0.0
    loose = random.choice(LOOSE) if plain else 0.3
    shear = math.tan(math.radians(random.normal(0, 5)))
    for each, start in zip(glyphs, starts, strict=True):
        middle = start + each.advance * squeeze * factor / 2 - length / 2
        one = _placed(
            random,
            each.mask,
            shape,
            middle,
            bend * CAP * ((2 * middle / max(length, 1)) ** 2 - 0.4),
            squeeze,
            shear,
            loose,
        )
        masks.append(one)
    return masks


def _placed(
    random: np.random.Generator,
    mask: Grey,
    shape: tuple[int, int],
    middle: float,
    lift: float,
    squeeze: float,
    shear: float,
    loose: float,
) -> Floats:
    """One character on the canvas; `loose` stamps are turned, shifted and struck unevenly deep."""
    turn, factor = math.radians(random.normal(0, 2.5) * loose), CAP / HEIGHT
    rotate = factor * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    linear = rotate @ np.array([[squeeze, shear], [0.0, 1.0]])
    at = np.array([shape[1] / 2 + middle, shape[0] / 2 + lift + random.normal(0, 0.02) * CAP * loose])
    shift = at - linear @ np.array([mask.shape[1] / 2, mask.shape[0] / 2])
    depth = 1 - 0.35 * min(loose, 1.0) * random.random()
    matrix = np.column_stack([linear, shift])
    placed = cv2.warpAffine(mask, matrix, shape[::-1], flags=cv2.INTER_LINEAR)
    return np.asarray(placed * np.float32(depth / 255), np.float32)


def _nothing(random: np.random.Generator) -> tuple[Floats, float]:
    """Rows of holes, threads, scratches, an edge, or the bare ground."""
    shape = (CAP + 2 * ROOM, int(random.integers(60, 420)) + 2 * ROOM)
    canvas = np.zeros(shape, np.uint8)
    kind, step = random.random(), int(random.integers(9, 60))
    if kind < 0.3:
        for x in range(int(random.integers(0, step)), shape[1], step):
            y = round(shape[0] / 2 + random.normal(0, 2))
            cv2.circle(
                canvas, (x, y), max(3, int(step * random.uniform(0.2, 0.45))), 255, int(random.choice([-1, 3, 5]))
            )
    elif kind < 0.5:
        lean = int(random.normal(0, 25))
        for x in range(-40, shape[1] + 40, step):
            cv2.line(canvas, (x, 0), (x + lean, shape[0]), 255, max(2, step // 3), cv2.LINE_AA)
    elif kind < 0.8:
        for _ in range(int(random.integers(1, 9))):
            ends = [(int(random.integers(shape[1])), int(random.integers(shape[0]))) for _ in range(2)]
            cv2.line(canvas, *ends, 255, int(random.integers(1, 8)), cv2.LINE_AA)
    return np.asarray(canvas / 255, np.float32), 6.0


def _photograph(random: np.random.Generator, signal: Floats) -> tuple[Grey, float]:
    """The line lit, on its ground, blurred, reduced to its size in a photo, with noise and JPEG; and that factor.

    Three in five are photos as they are taken: relief that is a part of the light which falls on dark metal, half a
    pixel of blur, a little noise. The others go further than that.
    """
    shape, fair = signal.shape, random.random() < 0.6
    base = random.uniform(35, 160) if fair else random.uniform(45, 215)
    strong = base * random.uniform(0.15, 0.6) if fair else 10 ** random.uniform(1.1, 1.95)
    contrast = min(strong, max(base, 255 - base) * 0.8)
    rough = random.uniform(2, 12) if fair else contrast * random.uniform(0.02, 0.55)
    canvas = base + ground(random, shape) * rough + contrast * signal
    slope = random.normal(0, 0.15, 2) * base
    canvas += np.linspace(-slope[0], slope[0], shape[1], dtype=np.float32)[None, :]
    canvas += np.linspace(-slope[1], slope[1], shape[0], dtype=np.float32)[:, None]
    if random.random() < (0.1 if fair else 0.25):
        canvas += _highlight(random, shape) * base
    if random.random() < 0.15:  # the edge of the part, light or dark
        rows = np.arange(shape[0], dtype=np.float32)[:, None] - shape[0] / 2
        canvas += random.uniform(-0.6, 0.6) * base * np.clip((rows * random.choice([-1, 1]) - 0.75 * CAP) / 4, 0, 1)
    scale = float(np.clip(np.exp(random.normal(math.log(24), 0.4)), 12, 60)) / CAP
    size = (max(8, round(shape[1] * scale)), max(8, round(shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    canvas = np.asarray(cv2.resize(canvas.astype(np.float32), size, interpolation=how), np.float32)
    blur = random.uniform(0.35, 1.0) if fair else max(0.35, min(abs(random.normal(0, 0.03)), 0.06) * CAP * scale)
    noise = random.uniform(1.5, 7) if fair else min(contrast * abs(random.normal(0, 0.15)), 14)
    canvas = soft(canvas, blur) + random.standard_normal(size[::-1], np.float32) * noise
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    if random.random() < (0.9 if fair else 0.7):
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(45, 96))])[1]
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8), size[0] / shape[1]


def _highlight(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """A bar's, along the line or across it."""
    side, far = int(random.integers(2)), random.uniform(-0.4, 1.4)
    along = np.linspace(0, 1, shape[side], dtype=np.float32) - far
    glow = random.uniform(0.1, 0.6) * np.exp(-((along / random.uniform(0.1, 0.4)) ** 2))
    return np.asarray(np.expand_dims(glow, 1 - side), np.float32)


def ground(random: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Grain, blotches, grinding marks, pits: mean about 0 and deviation about 1."""
    canvas = random.uniform(0.3, 1) * grains(random, random.uniform(1, 3), shape)
    canvas += random.uniform(0, 1) * grains(random, random.uniform(6, 60), shape)
    if random.random() < 0.4:
        long = (shape[0] + shape[1]) // 2
        streaks = cv2.blur(random.standard_normal((2 * long, 2 * long), np.float32), (random.integers(20, 90), 1))
        turn = cv2.getRotationMatrix2D((long, long), random.choice([0, 90, random.uniform(0, 180)]), 1)
        turned = cv2.warpAffine(streaks, turn, (2 * long, 2 * long), borderMode=cv2.BORDER_REFLECT)
        piece = turned[long - shape[0] // 2 :, long - shape[1] // 2 :][: shape[0], : shape[1]]
        canvas += random.uniform(0.3, 1.5) * piece / max(float(piece.std()), 1e-6)
    if random.random() < 0.3:
        pits = soft(np.asarray(grains(random, random.uniform(2, 7), shape) > random.uniform(1.8, 2.6), np.float32), 1)
        canvas += random.choice([-1, 1], p=[0.8, 0.2]) * random.uniform(2, 7) * pits
    return np.asarray(canvas / max(float(canvas.std()), 1e-6), np.float32)
