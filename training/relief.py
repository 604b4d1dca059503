"""A pad with a mark in relief, as a camera sees it: seeded, in the pixels of the photo it would be part of."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from training.glyphs import Floats, Grey, faces, glyph

CANVAS = 100
"""Pixels of the pad's radius while it is drawn."""
SIDE = 256
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZABCDEFGHJKLMNPRSTUVWXYZABCDEFGHJKLMNPRSTUVWXYZOOIQQ"
"""I, O and Q are rare: foundries avoid them."""


@dataclass(frozen=True, slots=True)
class Marked:
    """`image`: the pad in its surroundings, in pixels of a photo; `radius`, `centre`: of the pad in it.

    `characters`: per character its pixels as points (n, 2) in radii from the pad's middle; `angle` in degrees.
    """

    image: Grey
    centre: tuple[float, float]
    radius: float
    text: str
    angle: float
    characters: list[Floats]


def random_text(random: np.random.Generator) -> str:
    digit = lambda count: "".join(random.choice(list("0123456789"), count))  # noqa: E731
    letter = lambda count: "".join(random.choice(list(LETTERS), count))  # noqa: E731
    kind = random.random()
    if kind < 0.38:
        return digit(int(random.choice([1, 2, 3, 4], p=[0.2, 0.45, 0.25, 0.1])))
    if kind < 0.62:
        return letter(1) + digit(int(random.choice([1, 2, 3], p=[0.45, 0.4, 0.15])))
    if kind < 0.74:
        return digit(int(random.choice([1, 2]))) + letter(1)
    if kind < 0.93:
        return "".join(random.choice(list(LETTERS + "0123456789" * 4), random.integers(1, 5)))
    return "".join(random.choice(list(LETTERS + "0123456789" * 4), random.integers(5, 9)))


def draw(random: np.random.Generator, text: str | None = None) -> Marked:
    """A pad with `text` or a random one; "" for a pad with a ring, a scratch or only its grain."""
    text = random_text(random) if text is None else text
    angle = float(random.uniform(-180, 180))
    masks = _place(random, text, angle) if text else []
    union = np.max(masks, axis=0) if masks else np.zeros((SIDE, SIDE), np.float32)
    signal = shade(random, union if text else _other(random), wall=stroke_width(masks))
    if random.random() < 0.08:
        photo, radius = _line_art(random, union)
    else:
        photo, radius = _photograph(random, signal)
    points = [np.argwhere(mask > 0.5)[::3, ::-1].astype(np.float32) for mask in masks]
    middle = photo.shape[0] / 2 - 0.5
    scaled = [(each - SIDE / 2) / CANVAS for each in points]
    return Marked(photo, (middle, middle), radius, text, angle, scaled)


def stroke_width(masks: list[Floats]) -> float:
    """Pixels across the strokes of a mark, from area and outline of its first character."""
    if not masks:
        return 8.0
    area = float((masks[0] > 0.5).sum())
    edge = float((cv2.Canny((masks[0] * 255).astype(np.uint8), 80, 160) > 0).sum())
    return max(3.0, 2 * area / max(edge, 1))


def _place(random: np.random.Generator, text: str, angle: float) -> list[Floats]:
    """One mask (SIDE, SIDE) in 0..1 per character, set in a line at the angle, near the middle of the pad."""
    names = faces()
    face = names[int(random.integers(len(names)))]
    squeeze, gap = random.uniform(0.6, 1.12), random.uniform(0.02, 0.3) * 72
    grow = int(random.choice([-3, 0, 0, 0, 3, 6]))
    glyphs = [glyph(face, character) for character in text]
    starts = np.cumsum([0.0, *(each.advance * squeeze + gap for each in glyphs[:-1])])
    length = starts[-1] + glyphs[-1].advance * squeeze
    tall = random.uniform(0.42, 1.15) * CANVAS
    scale = min(tall / 72, random.uniform(1.25, 1.55) * CANVAS / math.hypot(length, 72))
    shear = math.tan(math.radians(random.normal(0, 4)))
    spare = max(0.0, 0.76 * CANVAS - scale * math.hypot(length, 72) / 2)
    direction, off = random.uniform(0, 2 * math.pi), spare * random.uniform(0, 1)
    at = SIDE / 2 + off * np.array([math.cos(direction), math.sin(direction)])
    bend = random.normal(0, 0.05) if random.random() < 0.25 else 0.0
    masks = []
    for each, start in zip(glyphs, starts, strict=True):
        mask = each.mask
        if grow:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(grow), abs(grow)))
            changed = cv2.dilate(mask, kernel) if grow > 0 else cv2.erode(mask, kernel)
            mask = changed if (changed > 127).sum() > 0.55 * (mask > 127).sum() else mask
        middle = start + each.advance * squeeze / 2 - length / 2
        lift = bend * middle * middle / 72 + random.normal(0, 1.2)
        turn = math.radians(angle + math.degrees(2 * bend * middle / 72) + random.normal(0, 1.2))
        # Mask pixels -> text pixels (squeezed, sheared, shifted) -> canvas pixels (turned, scaled).
        inner = np.array([[squeeze, shear], [0.0, 1.0]])
        rotate = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        base = math.radians(angle)
        line = scale * np.array([[math.cos(base), -math.sin(base)], [math.sin(base), math.cos(base)]])
        own = np.array([mask.shape[1] / 2, mask.shape[0] / 2])
        linear = rotate @ inner
        shift = at + line @ np.array([middle, lift]) - linear @ own
        matrix = np.column_stack([linear, shift])
        flags = cv2.INTER_LINEAR if scale > 0.5 else cv2.INTER_AREA
        masks.append(cv2.warpAffine(mask, matrix, (SIDE, SIDE), flags=flags).astype(np.float32) / 255)
    return masks


def _other(random: np.random.Generator) -> Floats:
    """What is on a pad without a mark: an ejector's ring, scratches, a dent, nothing."""
    canvas = np.zeros((SIDE, SIDE), np.uint8)
    at = tuple(int(SIDE / 2 + random.normal(0, 14)) for _ in range(2))
    kind = random.random()
    if kind < 0.3:
        cv2.circle(canvas, at, int(random.uniform(20, 60)), 255, int(random.choice([3, 6, 10, -1])), cv2.LINE_AA)
    elif kind < 0.7:
        for _ in range(int(random.integers(1, 7))):
            _scratch(random, canvas, int(random.integers(1, 9)))
    elif kind < 0.9:
        noise = grains(random, random.uniform(5, 14))
        canvas = ((noise > random.uniform(0.8, 1.6)) * 255).astype(np.uint8)
    return canvas.astype(np.float32) / 255


def _scratch(random: np.random.Generator, canvas: Grey, thick: int) -> None:
    start = SIDE / 2 + random.normal(0, 45, 2)
    path = [start]
    turn = random.uniform(0, 2 * math.pi)
    for _ in range(int(random.integers(1, 5))):
        turn += random.normal(0, 0.4)
        path.append(path[-1] + random.uniform(10, 50) * np.array([math.cos(turn), math.sin(turn)]))
    cv2.polylines(canvas, [np.round(path).astype(np.int32)], False, 255, thick, cv2.LINE_AA)


def grains(random: np.random.Generator, size: float, shape: tuple[int, int] = (SIDE, SIDE)) -> Floats:
    """Noise with grains of `size` pixels, mean 0 and deviation 1."""
    small = [max(4, round(side / max(1.0, size))) for side in shape]
    noise = random.standard_normal(small, np.float32)
    grown = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown / (grown.std() + 1e-6), np.float32)


def soft(image: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(0.3, sigma)), np.float32)


def shade(random: np.random.Generator, mask: Floats, wall: float) -> Floats:
    """Light on the mark relative to its pad, in -1..1: walls, slopes that face the light or not, paint or shade."""
    edge = random.uniform(0.12, 0.45) * wall
    kind = random.random()
    height = soft(mask, edge)
    turn = random.uniform(0, 2 * math.pi)
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3), cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    steep = cv2.magnitude(gx, gy)
    top = float(np.percentile(steep[steep > 0.02], 97)) if (steep > 0.02).any() else 1.0
    slope = (gx * math.cos(turn) + gy * math.sin(turn)) / (top + 1e-6)
    walls = np.minimum(steep / (top + 1e-6), 1.3)
    flat = soft(mask, random.uniform(0.3, 1.5))
    if kind < 0.3:  # outlined, as on the foundry's own hubs: dark walls all around, darker away from the light
        width = max(1, round(random.uniform(0.25, 0.8) * wall))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width + 1, width + 1))
        outer = cv2.dilate(mask, kernel)
        inner = mask if random.random() < 0.6 else cv2.erode(mask, kernel)
        ring = soft(np.clip(outer - inner, 0, 1), random.uniform(0.6, 3))
        signal = -ring * (1 + random.uniform(0, 0.7) * slope) + random.uniform(-0.2, 0.2) * flat
    elif kind < 0.7:
        bias = random.normal(0, 0.2)
        signal = slope + bias * walls + random.normal(0, 0.12) * flat
    elif kind < 0.84:
        signal = random.choice([-1, 1], p=[0.7, 0.3]) * flat + random.uniform(0, 0.5) * slope
    else:
        signal = random.uniform(-1, 1) * walls + random.uniform(-1, 1) * slope + random.uniform(-0.7, 0.7) * flat
    if random.random() < 0.35:  # cast shadow
        far = random.uniform(0.3, 1.2) * wall
        moved = np.roll(flat, (round(far * math.sin(turn)), round(far * math.cos(turn))), (0, 1))
        signal = signal - random.uniform(0.2, 0.7) * np.clip(soft(moved, edge) - flat, 0, 1)
    if random.random() < 0.45:  # worn, or filled with sand
        worn = soft(grains(random, random.uniform(10, 60), mask.shape), 2)
        signal = signal * np.clip(1.1 + worn * random.uniform(0.3, 0.8), random.uniform(0, 0.4), 1)
    peak = float(np.percentile(np.abs(signal), 99.7)) + 1e-6
    return np.asarray(signal / max(peak, 0.05), np.float32)


def _photograph(random: np.random.Generator, signal: Floats) -> tuple[Grey, float]:
    """The pad lit, grained, scratched, blurred, reduced to its size in a photo, with noise and JPEG."""
    hard = random.random()
    base = random.uniform(95, 250)
    room = 255 - base if random.random() < 0.15 else base
    contrast = min(10 ** random.uniform(1.0 if hard > 0.3 else 0.85, 2.05), room)
    columns = (np.arange(SIDE, dtype=np.float32) - SIDE / 2) / CANVAS
    tilt = random.normal(0, 0.07, 2) * base
    curve = random.normal(0, 0.03) * base
    canvas = base + tilt[0] * columns[None, :] + tilt[1] * columns[:, None]
    canvas += curve * (columns[None, :] ** 2 + columns[:, None] ** 2)
    canvas += grains(random, random.uniform(1, 5)) * min(contrast * random.uniform(0, 0.22), 14)
    if random.random() < 0.3:
        canvas += grains(random, random.uniform(15, 50)) * min(contrast * random.uniform(0, 0.2), 12)
    canvas += contrast * signal
    if random.random() < 0.25:
        lines = np.zeros((SIDE, SIDE), np.uint8)
        for _ in range(int(random.integers(1, 5))):
            _scratch(random, lines, int(random.integers(1, 4)))
        canvas += random.uniform(-0.7, 0.7) * contrast * lines / 255
    if random.random() < 0.15:
        spots = np.zeros((SIDE, SIDE), np.uint8)
        for _ in range(int(random.integers(1, 12))):
            at = tuple(int(each) for each in SIDE / 2 + random.normal(0, 45, 2))
            cv2.circle(spots, at, int(random.integers(1, 6)), 255, -1, cv2.LINE_AA)
        canvas += random.uniform(-1, 0.6) * contrast * spots / 255
    away = np.sqrt(columns[None, :] ** 2 + columns[:, None] ** 2)
    around = base * random.uniform(0.2, 0.75)
    edge = np.clip((1.0 - away) / random.uniform(0.02, 0.08) + 0.5, 0, 1)
    canvas = around + (canvas - around) * edge
    radius = float(np.clip(np.exp(random.normal(math.log(30), 0.45)), 14, 110))
    size = round(SIDE * radius / CANVAS)
    canvas = cv2.resize(canvas.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    blur = abs(random.normal(0, 0.025)) * radius if hard > 0.25 else random.uniform(0, 0.06) * radius
    canvas = soft(canvas, min(max(blur, 0.35), 0.07 * radius))
    if random.random() < 0.12:  # a shaken camera
        length = max(2, round(random.uniform(0.04, 0.14) * radius))
        turn = random.uniform(0, math.pi)
        kernel = np.zeros((2 * length + 1,) * 2, np.float32)
        x, y = round(length / 2 * math.cos(turn)), round(length / 2 * math.sin(turn))
        cv2.line(kernel, (length - x, length - y), (length + x, length + y), 1.0)
        canvas = cv2.filter2D(canvas, -1, kernel / kernel.sum())
    canvas = canvas + random.standard_normal(canvas.shape, np.float32) * min(contrast * abs(random.normal(0, 0.12)), 16)
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        quality = int(random.uniform(25 if hard < 0.25 else 55, 97))
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8), size / SIDE * CANVAS


def _line_art(random: np.random.Generator, mask: Floats) -> tuple[Grey, float]:
    """Black on white by a threshold, with ragged lines and specks: the outline, or the filled character."""
    shape = mask
    if random.random() < 0.8:
        width = int(random.integers(5, 12))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
        shape = np.clip(cv2.dilate(mask, kernel) - mask, 0, 1)
    rough = soft(shape, 1.5) + 0.12 * soft(grains(random, 4), 1)
    ink = (rough > 0.42).astype(np.uint8) * 255
    for _ in range(int(random.integers(0, 25))):
        at = tuple(int(each) for each in SIDE / 2 + random.normal(0, 55, 2))
        cv2.circle(ink, at, int(random.integers(1, 4)), 255, -1)
    cv2.circle(ink, (SIDE // 2, SIDE // 2), CANVAS, 255, 5)
    size = round(SIDE * random.uniform(0.4, 1.6))
    return np.asarray(255 - cv2.resize(ink, (size, size), interpolation=cv2.INTER_AREA), np.uint8), size / SIDE * CANVAS
