"""Scenes with lines of text at any angle, and where the lines are: what the line finder learns from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from training import relief
from training.glyphs import Floats, Grey
from training.relief import grains, shade, soft
from training.strips import CAP, ROOM, ground, line_text, set_line

SIDE = 448
"""Pixels of a scene's sides."""
CELL = 4
"""Pixels of a scene per cell of the answer."""
CORE = 0.6
"""Part of a line's cap height that its core has; as much is taken off its ends: cores of two lines never touch."""

PADS = 0.25
"""Part of the scenes that are pads."""

Corners = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Scene:
    """`image` (SIDE, SIDE); `core` in 0..1 and `along`, the cosine and sine of twice the text's angle, per cell."""

    image: Grey
    core: Floats
    along: Floats


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of metal: where it lies, and the angle of its own axis in degrees."""

    middle: tuple[float, float]
    size: tuple[float, float]
    angle: float
    cover: Floats


def draw(random: np.random.Generator) -> Scene:
    return _pads(random) if random.random() < PADS else _metal(random)


def _pads(random: np.random.Generator) -> Scene:
    """Nine pads with their marks, or none, as the reader of hubs cuts and enlarges them."""
    image, core, along = _blank()
    side = SIDE // 3
    for row in range(3):
        for column in range(3):
            marked = relief.draw(random, "" if random.random() < 0.1 else None)
            scale = side * random.uniform(0.34, 0.5) / marked.radius
            size = round(marked.image.shape[0] * scale)
            how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
            cell = cv2.resize(marked.image, (size, size), interpolation=how)
            first = (size - side) // 2 if size > side else 0
            cell = cell[first : first + side, first : first + side]
            image[row * side : row * side + cell.shape[0], column * side : column * side + cell.shape[1]] = cell
            if marked.text:
                middle = np.array([column, row]) * side + (min(size, side) - 1) / 2
                corners = _around(marked) * marked.radius * scale + middle
                _enter(core, along, corners, marked.angle)
    return Scene(image, core, along)


def _blank() -> tuple[Grey, Floats, Floats]:
    cells = SIDE // CELL
    return (
        np.full((SIDE, SIDE), 60, np.uint8),
        np.zeros((cells, cells), np.float32),
        np.zeros((2, cells, cells), np.float32),
    )


def _around(marked: relief.Marked) -> Corners:
    """The corners of a mark's box along its angle, in radii from its pad's middle."""
    turn = math.radians(marked.angle)
    along, down = np.array([math.cos(turn), math.sin(turn)]), np.array([-math.sin(turn), math.cos(turn)])
    points = np.concatenate(marked.characters)
    x, y = points @ along, points @ down
    return np.array(
        [
            u * along + v * down
            for u, v in ((x.min(), y.min()), (x.max(), y.min()), (x.max(), y.max()), (x.min(), y.max()))
        ]
    )


def _metal(random: np.random.Generator) -> Scene:
    canvas = _background(random)
    part = _part(random)
    level = random.uniform(35, 215)
    surface = level + ground(random, (SIDE, SIDE)) * level * random.uniform(0.01, 0.2)
    surface = surface * _roundness(random, part) if random.random() < 0.35 else surface
    canvas = canvas + (surface - canvas) * part.cover
    _furnish(random, canvas, part)
    _, core, along = _blank()
    for corners, angle in _write(random, canvas, part, level):
        _enter(core, along, corners, angle)
    return Scene(_photograph(random, canvas), core, along)


def _background(random: np.random.Generator) -> Floats:
    """A workshop out of focus: beams, boxes, round things, lamps."""
    shape = (SIDE, SIDE)
    canvas = np.full(shape, random.uniform(20, 200), np.float32) + random.uniform(0, 30) * grains(random, 120, shape)
    for _ in range(int(random.integers(0, 14))):
        at, size = random.uniform(0, SIDE, 2), random.uniform(8, 260, 2) * (1, random.uniform(0.1, 1))
        points = cv2.boxPoints((at, size, random.uniform(0, 180))).round().astype(np.int32)
        level = random.uniform(5, 250)
        if random.random() < 0.6:
            cv2.fillConvexPoly(canvas, points, level, cv2.LINE_AA)
        else:
            axes = (max(1, int(size[0] / 2)), max(1, int(size[1] / 2)))
            cv2.ellipse(canvas, tuple(int(v) for v in at), axes, random.uniform(0, 180), 0, 360, level, -1, cv2.LINE_AA)
    canvas = soft(canvas, random.uniform(0.5, 5))
    return canvas + random.uniform(0, 10) * grains(random, random.uniform(1, 8), shape)


def _part(random: np.random.Generator) -> Part:
    """A plate, a disc, a bar across the picture, or metal all over."""
    kind, angle = random.random(), random.uniform(-180, 180)
    middle = (SIDE / 2 + random.normal(0, 40), SIDE / 2 + random.normal(0, 40))
    cover = np.zeros((SIDE, SIDE), np.uint8)
    size = (SIDE * random.uniform(0.5, 1.05), SIDE * random.uniform(0.25, 0.7))
    if kind < 0.35:
        cv2.fillConvexPoly(cover, cv2.boxPoints((middle, size, angle)).round().astype(np.int32), 255, cv2.LINE_AA)
    elif kind < 0.65:
        radius = SIDE * random.uniform(0.25, 0.6)
        size = (1.5 * radius, 1.3 * radius)
        cv2.circle(cover, (round(middle[0]), round(middle[1])), round(radius), 255, -1, cv2.LINE_AA)
    elif kind < 0.82:
        size = (2.5 * SIDE, SIDE * random.uniform(0.2, 0.6))
        cv2.fillConvexPoly(cover, cv2.boxPoints((middle, size, angle)).round().astype(np.int32), 255, cv2.LINE_AA)
        size = (0.9 * SIDE, size[1])
    else:
        cover[:], size = 255, (0.95 * SIDE, 0.95 * SIDE)
    return Part(middle, size, angle, np.asarray(soft(cover / np.float32(255), random.uniform(0.4, 2)), np.float32))


def _roundness(random: np.random.Generator, part: Part) -> Floats:
    """Light along the axis of a round part, with a streak of glare."""
    turn = math.radians(part.angle)
    rows, columns = np.indices((SIDE, SIDE), np.float32)
    across = ((rows - part.middle[1]) * math.cos(turn) - (columns - part.middle[0]) * math.sin(turn)) / (
        part.size[1] / 2
    )
    lit = np.sqrt(np.clip(1 - np.clip(across + random.uniform(-0.5, 0.5), -1, 1) ** 2, 0, 1))
    glare = random.uniform(0, 1.2) * np.exp(-(((across - random.uniform(-0.7, 0.7)) / random.uniform(0.05, 0.2)) ** 2))
    return np.asarray(0.35 + 0.75 * lit + glare, np.float32)


def _furnish(random: np.random.Generator, canvas: Floats, part: Part) -> None:
    """Bores, bolts, rings of a lathe, rows of holes, threads, scratches, seams: what must not be taken for text."""
    if random.random() < 0.25:
        away = np.hypot(
            *(np.indices((SIDE, SIDE), np.float32) - np.array(part.middle[::-1], np.float32)[:, None, None])
        )
        wave = grains(random, random.uniform(1, 4), (SIDE, 8))[:, 0]
        canvas += part.cover * random.uniform(1, 9) * wave[np.clip(away, 0, SIDE - 1).astype(int)]
    for _ in range(int(random.integers(0, 5))):
        _bore(random, canvas, random.uniform(0, SIDE, 2), random.uniform(4, 45))
    if random.random() < 0.3:
        step, size = random.uniform(10, 50), random.uniform(2, 10)
        start, turn = random.uniform(0, SIDE, 2), random.uniform(0, 2 * math.pi)
        for index in range(int(random.integers(3, 14))):
            _bore(random, canvas, start + index * step * np.array([math.cos(turn), math.sin(turn)]), size)
    if random.random() < 0.2:
        _thread(random, canvas)
    for _ in range(int(random.integers(0, 10))):
        start = random.uniform(0, SIDE, 2)
        stop = start + random.normal(0, 90, 2)
        points = np.array([start, (start + stop) / 2 + random.normal(0, 8, 2), stop]).round().astype(np.int32)
        cv2.polylines(canvas, [points], False, random.uniform(10, 245), int(random.integers(1, 4)), cv2.LINE_AA)
    if random.random() < 0.3:
        dirt = grains(random, random.uniform(6, 40), (SIDE, SIDE)) > random.uniform(1.2, 2.2)
        canvas *= 1 - random.uniform(0.1, 0.6) * soft(np.asarray(dirt, np.float32), 1.5)


def _bore(random: np.random.Generator, canvas: Floats, at: Floats, radius: float) -> None:
    place, full = (round(float(at[0])), round(float(at[1]))), max(1, round(radius))
    if random.random() < 0.6:
        cv2.circle(canvas, place, max(1, round(radius * 1.08)), random.uniform(120, 240), -1, cv2.LINE_AA)
    cv2.circle(
        canvas, place, full, random.uniform(5, 110), -1 if random.random() < 0.8 else max(1, full // 4), cv2.LINE_AA
    )
    if random.random() < 0.4:
        cv2.circle(canvas, place, max(1, full // 2), random.uniform(20, 200), -1, cv2.LINE_AA)


def _thread(random: np.random.Generator, canvas: Floats) -> None:
    """Parallel ridges in a rectangle: a thread, knurling, cooling fins."""
    size, angle = random.uniform(30, 200, 2), random.uniform(0, 180)
    cover = np.zeros((SIDE, SIDE), np.uint8)
    corners = cv2.boxPoints((random.uniform(0, SIDE, 2), size, angle)).round().astype(np.int32)
    cv2.fillConvexPoly(cover, corners, 1)
    rows, columns = np.indices((SIDE, SIDE), np.float32)
    turn = math.radians(angle + random.choice([0, 90, 30]))
    wave = np.sin((columns * math.cos(turn) + rows * math.sin(turn)) * 2 * math.pi / random.uniform(4, 24))
    canvas += cover * random.uniform(10, 60) * wave


def _write(random: np.random.Generator, canvas: Floats, part: Part, level: float) -> list[tuple[Corners, float]]:
    """Up to three lines of one kind on the part, unless it carries none; their corners and angles."""
    count = int(random.choice([0, 1, 2, 3], p=[0.12, 0.58, 0.22, 0.08]))
    angle = part.angle + random.choice([0, 0, 180]) + random.normal(0, 3)
    height = float(np.clip(np.exp(random.normal(math.log(28), 0.5)), 10, 110))
    first = random.uniform(-0.5, 0.5) * max(0.0, part.size[1] - 2 * count * height)
    turn, written = math.radians(angle), []
    painted, depth = random.random() < 0.18, 10 ** random.uniform(-0.6, 0.15)
    for index in range(count):
        text = line_text(random)
        if len(text) < 4 and random.random() < 0.6:
            text = line_text(random)
        mask, wall = set_line(random, text)
        cap = min(height, 0.85 * part.size[0] * CAP / (mask.shape[1] - 2 * ROOM))
        if cap < 9:
            continue
        signal = mask * random.choice([-1, 1]) if painted else shade(random, mask, wall)
        down = first + (index - (count - 1) / 2) * height * random.uniform(1.3, 1.9)
        beside = random.uniform(-0.5, 0.5) * max(0.0, part.size[0] - (mask.shape[1] - 2 * ROOM) * cap / CAP) * 0.9
        at = np.array(part.middle) + beside * np.array([math.cos(turn), math.sin(turn)])
        at = at + down * np.array([-math.sin(turn), math.cos(turn)])
        corners = _lay(canvas, np.asarray(signal, np.float32), at, cap, turn, max(depth * level, 13.0))
        if ((corners > -0.5 * cap) & (corners < SIDE + 0.5 * cap)).all():
            written.append((corners, angle))
    return written


def _lay(canvas: Floats, signal: Floats, at: Corners, cap: float, turn: float, strength: float) -> Corners:
    """Adds the line to the canvas, its middle at `at`; the corners of its text."""
    scale = cap / CAP
    linear = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    middle = np.array([signal.shape[1] / 2, signal.shape[0] / 2])
    source = signal if scale > 0.7 else soft(signal, 0.4 / scale)
    laid = cv2.warpAffine(source, np.column_stack([linear, at - linear @ middle]), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
    canvas += np.float32(min(strength, 110.0)) * laid
    half = np.array([signal.shape[1] / 2 - ROOM, CAP / 2])
    return np.asarray(np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half @ linear.T + at)


def _enter(core: Floats, along: Floats, corners: Corners, angle: float) -> None:
    """The line's core and angle into the answer."""
    inset = (1 - CORE) / 2 * float(np.linalg.norm(corners[3] - corners[0]))
    right = (corners[1] - corners[0]) / np.linalg.norm(corners[1] - corners[0])
    down = (corners[3] - corners[0]) / np.linalg.norm(corners[3] - corners[0])
    moves = inset * np.array([right + down, down - right, -right - down, right - down])
    fine = np.zeros(core.shape, np.uint8)
    points = ((corners + moves + 0.5) / CELL - 0.5) * 16
    cv2.fillPoly(fine, [points.round().astype(np.int32)], 255, cv2.LINE_AA, 4)
    np.maximum(core, fine / np.float32(255), out=core)
    double = 2 * math.radians(angle)
    along[:, fine > 0] = np.array([math.cos(double), math.sin(double)], np.float32)[:, None]


def _photograph(random: np.random.Generator, canvas: Floats) -> Grey:
    slope = random.normal(0, 0.15, 2)
    ramp = np.linspace(-1, 1, SIDE, dtype=np.float32)
    canvas = canvas * (1 + slope[0] * ramp[None, :]) * (1 + slope[1] * ramp[:, None])
    canvas = soft(canvas, abs(random.normal(0, 0.9)) + 0.35)
    canvas = canvas + random.standard_normal(canvas.shape, np.float32) * abs(random.normal(0, 5))
    picture = np.clip(canvas, 0, 255).astype(np.uint8)
    if random.random() < 0.6:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.uniform(40, 95))])[1]
        picture = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    return np.asarray(picture, np.uint8)
