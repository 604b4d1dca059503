"""The heights of a surface from photos of it under several lamps: what a lamp shows of a rough ground is its slopes.

Slopes of a matt surface are linear in its brightness, whatever the lamps: of photos that lie over one another to the
pixel, the two strongest differences span the slopes to the right and down, and of all pairs that these may be, one is
the slopes of a surface. (Woodham, "Photometric method for determining surface orientation", 1980; Belhumeur, Kriegman
and Yuille, "The bas-relief ambiguity", 1999, section 3: integrability.) Photos of a fixed camera lie so by themselves;
hand-held ones are laid so, where that succeeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from handlers.recognition.models import Floats, Grey

SIDE = 640
"""Longest side, in pixels, at which photos are laid over one another."""
FEW = 200
"""The same at which they are searched for how they lie."""
LEAST = 3
"""Photos that it takes: their mean is what the surface throws back, two differences are its slopes."""
NARROW = 32
"""Shorter side in pixels from which a photo has a relief: brightness is levelled over `WIDE` pixels to either side."""
ALIKE = 0.3
"""Correlation of two photos' own reliefs from which they are laid over one another."""
LAID = 0.7
"""Correlation of a photo with what all others say that it shows, from which it lies so to the pixel."""
DIFFERENT = 0.12
"""Part of the photos' contrast that their second difference must have: under one lamp there is none."""
TURNS = tuple(1.5 * step for step in range(-6, 7))
"""Degrees by which a hand-held photo may differ from another one."""
SCALES = tuple(1 + 0.03 * step for step in range(-4, 5))
"""Sizes of it, as parts of the other's."""
AWAY = 0.3
"""Part of a side by which it may be moved."""
WIDE = 12.0
"""Pixels over which brightness is levelled: what it changes more slowly is the lamp."""
SOFT = 1.0
"""Pixels over which brightness is smoothed before slopes are told from it."""
SMOOTH, COARSE = 0.8, 8.0
"""Pixels between which the heights lie that one photo tells: finer ones are noise, coarser ones bend with the lamp."""
EVEN = 15.0
"""Pixels over which these heights are brought to one contrast."""
FLAT = 0.08
"""How little of a slope across the lamp's direction is believed."""
SLOW = 0.003
"""What is added to the square of a wave's number (radians a pixel), so that slopes of waves longer than 115 pixels make
no heights: they are unevenness of the light."""
ROUNDS = 3
"""How often photos are moved to what the others say, each time better."""
TINY = 1e-6
"""What keeps pictures that show nothing from being divided by nothing."""
_EVERYWHERE = np.zeros((0, 0), np.uint8)
_END = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
"""A photo is moved until it gains no more than that, 60 times at most."""


@dataclass(frozen=True, slots=True)
class Relief:
    """Heights as a picture, `SIDE` pixels long at most, as the photo with the number `of` shows the surface; `photos`:
    those that it is made of."""

    picture: Grey
    of: int
    photos: frozenset[int]


def relief_of(photos: Sequence[Grey]) -> Relief | None:
    """The relief that photos (height, width) show; None where they do not lie over one another, or under one lamp.

    Photos that are too narrow for one are left out.
    """
    small = {at: _resized(photo) for at, photo in enumerate(photos)}
    levels = {at: _levelled(photo) for at, photo in small.items() if min(photo.shape) >= NARROW}
    if len(levels) < LEAST:
        return None
    of, ways = _ways(levels)
    stack = _stack(levels, of, ways)
    heights = _heights(np.asarray(np.stack(list(stack.values())), np.float32)) if len(stack) >= LEAST else None
    if heights is None:
        return None
    return Relief(_grey(heights), of, frozenset(stack))


def _ways(levels: Mapping[int, Floats]) -> tuple[int, dict[int, Floats]]:
    """The photo that most others can be laid over, and how a point of it comes to its place in each of them (3, 3)."""
    found: dict[tuple[int, int], tuple[float, Floats]] = {}
    for one, other in combinations(levels, 2):
        alike, way = _laid(levels[one], levels[other])
        if alike >= ALIKE:
            found[one, other] = alike, way
            found[other, one] = alike, np.asarray(np.linalg.inv(way), np.float32)
    sums = {at: sum(alike for (one, _), (alike, _) in found.items() if one == at) for at in levels}
    of = max(sums, key=lambda at: sums[at])
    return of, {other: way for (one, other), (_, way) in found.items() if one == of}


def _laid(one: Floats, other: Floats) -> tuple[float, Floats]:
    """How a photo lies over another one, and the correlation of their reliefs then; as they are, where that does."""
    mine, theirs = (_along_the_lamp(each) for each in (one, other))
    if _unmoved(mine, theirs):
        return 1.0, np.eye(3, dtype=np.float32)
    sign, start = _searched(mine, theirs)
    return _moved(mine, sign * theirs, start)


def _unmoved(mine: Floats, theirs: Floats) -> bool:
    """Whether a photo is from the same fixed camera: of all moves none makes it more like the other, or unlike."""
    if mine.shape != theirs.shape:
        return False
    _, _, way = _scanned(mine, theirs, (0.0,), (1.0,))
    return bool(np.abs(way[:, 2]).max() <= 1)


def _moved(mine: Floats, theirs: Floats, start: Floats) -> tuple[float, Floats]:
    alike, way = _fitted(mine, np.asarray(theirs, np.float32), start, cv2.MOTION_AFFINE, 1)
    return alike, np.asarray(np.vstack([way, [0, 0, 1]]), np.float32)


def _fitted(one: Floats, other: Floats, start: Floats, motion: int, soft: int) -> tuple[float, Floats]:
    """How the other lies over the one, from a start near it, and their correlation then; -1 where it does nowhere.

    (Evangelidis and Psarakis, "Parametric image alignment using enhanced correlation coefficient", 2008)
    """
    try:
        alike, way = cv2.findTransformECC(one, other, start.copy(), motion, _END, _EVERYWHERE, soft)
    except cv2.error:
        return -1.0, start
    return float(alike), np.asarray(way, np.float32)


def _searched(mine: Floats, theirs: Floats) -> tuple[int, Floats]:
    """The turn, scale and move by which a relief is most like another one, or most unlike: a lamp on the other side."""
    factor = min(1.0, FEW / max(mine.shape))
    small, other = (np.asarray(cv2.resize(each, None, fx=factor, fy=factor), np.float32) for each in (mine, theirs))
    _, signed, way = _scanned(small, other, TURNS, SCALES)
    way[:, 2] /= factor
    return (1 if signed > 0 else -1), way


def _scanned(
    mine: Floats, theirs: Floats, turns: Sequence[float], scales: Sequence[float]
) -> tuple[float, float, Floats]:
    """Correlation without and with its sign, and the way (2, 3), of the best turn, scale and move."""
    high, wide = mine.shape
    window = np.outer(np.hanning(high + 2)[1:-1], np.hanning(wide + 2)[1:-1])
    spectrum = np.conj(np.fft.fft2(mine * window))
    room = np.array([int(high * AWAY), int(wide * AWAY)])
    norm = float(np.linalg.norm(mine * window))
    found = []
    for turn, scale in ((turn, scale) for turn in turns for scale in scales):
        way = cv2.getRotationMatrix2D(((wide - 1) / 2, (high - 1) / 2), turn, scale)
        there = _seen(theirs, np.vstack([way, [0, 0, 1]]), mine.shape) * window
        across = np.real(np.fft.ifft2(spectrum * np.fft.fft2(there))) / max(norm * float(np.linalg.norm(there)), TINY)
        near = np.roll(across, room, (0, 1))[: 2 * room[0] + 1, : 2 * room[1] + 1]
        y, x = np.unravel_index(np.abs(near).argmax(), near.shape)
        way[:, 2] += way[:, :2] @ (x - room[1], y - room[0])
        found.append((float(abs(near[y, x])), float(near[y, x]), np.asarray(way, np.float32)))
    return max(found, key=lambda each: each[0])


def _stack(levels: Mapping[int, Floats], of: int, ways: Mapping[int, Floats]) -> dict[int, Floats]:
    """The photos as they lie over that one, to the pixel: each is moved to what all others say that it shows."""
    ways = dict(ways)
    shape = levels[of].shape
    alike: dict[int, float] = {}
    fixed = [at for at, way in ways.items() if (way == np.eye(3)).all()]
    for _ in range(ROUNDS):
        for at in [at for at in ways if at not in fixed]:
            others = [levels[of], *(_seen(levels[each], way, shape) for each, way in ways.items() if each != at)]
            told = _told(others, _seen(levels[at], ways[at], shape))
            alike[at], ways[at] = _fitted(told, levels[at], ways[at], cv2.MOTION_HOMOGRAPHY, 3)
        ways = {at: way for at, way in ways.items() if alike.get(at, 1.0) >= ALIKE}
    laid = {at: _seen(levels[at], way, shape) for at, way in ways.items() if alike.get(at, 1.0) >= LAID}
    return {of: levels[of], **laid}


def _told(others: Sequence[Floats], seen: Floats) -> Floats:
    """What the others say of a photo: the sum of them that is most like it."""
    columns = np.stack([each.ravel() for each in others], axis=1)
    shares, *_ = np.linalg.lstsq(columns, seen.ravel(), rcond=None)
    return np.asarray((columns @ shares).reshape(seen.shape), np.float32)


def _heights(stack: Floats) -> Floats | None:
    """Photos (n, height, width) -> heights, or the opposite; None where one lamp lit them all."""
    count, high, wide = stack.shape
    _, sizes, parts = np.linalg.svd((stack - stack.mean(axis=0)).reshape(count, -1), full_matrices=False)
    if sizes[1] < DIFFERENT * np.linalg.norm(stack):
        return None
    first, second = (_blurred(np.asarray(parts[at] * sizes[at], np.float32).reshape(high, wide), SOFT) for at in (0, 1))
    (down1, right1), (down2, right2) = np.gradient(first), np.gradient(second)
    # Slopes (a first + b second) to the right and (c first + d second) down are a surface's where they have no curl.
    curl = np.stack([down1, down2, -right1, -right2], axis=-1).reshape(-1, 4)
    a, b, c, d = np.linalg.eigh(curl.T @ curl)[1][:, 0]
    heights = _integrated(a * first + b * second, c * first + d * second)
    return np.asarray(heights - _blurred(heights, 2 * WIDE), np.float32)


def _integrated(right: Floats, down: Floats) -> Floats:
    """Slopes -> heights. (Frankot and Chellappa, 1988; mirrored at the edges)"""
    high, wide = right.shape
    right, down = (
        np.asarray(cv2.copyMakeBorder(each, 0, high, 0, wide, cv2.BORDER_REFLECT), np.float32) for each in (right, down)
    )
    right[:, wide:] *= -1
    down[high:] *= -1
    y, x = np.fft.fftfreq(2 * high)[:, None] * 2 * np.pi, np.fft.fftfreq(2 * wide)[None] * 2 * np.pi
    heights = (-1j * x * np.fft.fft2(right) - 1j * y * np.fft.fft2(down)) / (x**2 + y**2 + SLOW)
    return np.asarray(np.real(np.fft.ifft2(heights))[:high, :wide], np.float32)


def _along_the_lamp(level: Floats) -> Floats:
    """The heights that one photo tells, up to their sign: its slopes along the lamp's direction, which is that of most
    contrast, integrated; so photos under different lamps are alike."""
    soft = _blurred(level, SOFT)
    down, right = np.gradient(soft)
    lamp = 0.5 * np.arctan2(2 * (right * down).mean(), (right**2 - down**2).mean())
    high, wide = level.shape
    framed = cv2.copyMakeBorder(level, high // 2, high // 2, wide // 2, wide // 2, cv2.BORDER_REFLECT)
    y, x = (np.fft.fftfreq(side) * 2 * np.pi for side in framed.shape)
    along = np.cos(lamp) * x[None] + np.sin(lamp) * y[:, None]
    far = x[None] ** 2 + y[:, None] ** 2
    band = np.exp(-far * SMOOTH**2 / 2) * (1 - np.exp(-far * COARSE**2 / 2))
    heights = np.real(np.fft.ifft2(np.fft.fft2(framed) * -1j * along / (along**2 + FLAT * far + TINY) * band))
    heights = np.asarray(heights[high // 2 : high // 2 + high, wide // 2 : wide // 2 + wide], np.float32)
    return np.asarray(heights / (np.sqrt(_blurred(np.asarray(heights**2, np.float32), EVEN)) + TINY), np.float32)


def _levelled(photo: Grey) -> Floats:
    """Brightness as a ratio to that around it."""
    logarithm = np.log(photo.astype(np.float32) + 8)
    return np.asarray(logarithm - _blurred(logarithm, WIDE), np.float32)


def _resized(photo: Grey) -> Grey:
    """The photo, `SIDE` pixels long at most."""
    factor = SIDE / max(photo.shape)
    if factor >= 1:
        return photo
    size = (max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def _seen(photo: Floats, way: object, shape: tuple[int, ...]) -> Floats:
    """A photo as it lies over another one."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (shape[1], shape[0])
    matrix = np.asarray(way, np.float32)
    return np.asarray(cv2.warpPerspective(photo, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT), np.float32)


def _grey(heights: Floats) -> Grey:
    """Heights as a picture: what there is least of, the characters, is dark."""
    rare = np.sign(((heights - heights.mean()) ** 3).mean()) or 1.0
    low, high = np.percentile(-heights * rare, (1, 99))
    shown = np.clip((-heights * rare - low) / max(high - low, 1e-9), 0, 1)
    return np.asarray(28 + 200 * shown, np.uint8)


def _blurred(field: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)
