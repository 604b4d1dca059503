"""Crops with what they say: drawn pads go through the reader's own mask and cut, drawn lines are cut as found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from handlers.recognition.crops import PADDING, Box, angles_for, box_at, mark_crops, upright
from handlers.recognition.mask import Blob, find_mark
from handlers.recognition.pads import Pad
from handlers.recognition.patch import RADIUS, Patch, cut_patch
from handlers.recognition.rivals import UPSIDE_DOWN
from training import strips
from training.glyphs import Floats, Grey
from training.relief import Marked, draw

LEVEL, ASKEW = 21.0, 48.0
"""Degrees off up to which a crop says its text, and from which it says nothing; between, it is not learned."""
WHOLE, GONE = 0.88, 0.2
"""Part of a character inside the crop from which it is read, and up to which it is not there."""
GOOD, BAD = 3, 2
"""Crops kept per pad: near its text's angle, and off it."""
LINES = 0.55
"""Part of the drawings that are lines."""


@dataclass(frozen=True, slots=True)
class Sample:
    """`text` is "" for what must not be read; `off` is degrees from the text's angle."""

    crop: Grey
    text: str
    off: float


def stream(seed: int) -> Iterator[Sample]:
    """Samples without end."""
    random = np.random.default_rng([seed, 5])
    while True:
        yield from of_line(random) if random.random() < LINES else of_pad(random)


def of_line(random: np.random.Generator) -> list[Sample]:
    """Two cuts of a line, the second now and then upside down; one of a ground without text."""
    text = "" if random.random() < 0.12 else strips.line_text(random)
    strip = strips.draw(random, text)
    samples = []
    for flipped in (False, random.random() < 0.4) if text else (False,):
        crop, off = strips.crop(random, strip, flipped)
        says = upside_down(text, abs(upright(off))) if flipped else text
        if says is not None:
            samples.append(Sample(crop, says, upright(off)))
    return samples


def of_pad(random: np.random.Generator) -> list[Sample]:
    return of_marked(random, draw(random, "" if random.random() < 0.07 else None))


def of_marked(random: np.random.Generator, marked: Marked, sizes: Sequence[tuple[float, float]] = ()) -> list[Sample]:
    """Crops of a pad's mark as the mask shows it, and of boxes of those sizes, in radii, around the pad's middle."""
    pad, patch = _seen(random, marked)
    truth = [_in_patch(points, marked, pad, patch) for points in marked.characters]
    blob = find_mark(patch) if not truth or random.random() < 0.8 else _true_blob(truth)
    if blob is None and truth:
        blob = _true_blob(truth)
    if blob is None:
        return []
    blob = _jittered(random, blob)
    angles = _chosen_angles(random, blob, marked)
    boxes = [box_at(blob.points, angle) for angle in angles] + _around(random, marked, patch, sizes)
    samples = []
    for box, crop in zip(boxes, mark_crops(patch, boxes), strict=True):
        text = _says(marked, truth, box.grown(PADDING))
        if text is not None:
            samples.append(Sample(crop, text, upright(box.angle - marked.angle)))
    return samples


def _around(
    random: np.random.Generator, marked: Marked, patch: Patch, sizes: Sequence[tuple[float, float]]
) -> list[Box]:
    """Boxes of each size, one near the text's angle and one at any."""
    middle = (patch.middle, patch.middle)
    angles = (marked.angle + random.uniform(-15, 15), random.uniform(0, 360))
    return [Box(middle, wide * RADIUS, high * RADIUS, float(angle)) for wide, high in sizes for angle in angles]


def _seen(random: np.random.Generator, marked: Marked) -> tuple[Pad, Patch]:
    """The pad as it would be found: a little off, a little too large or small."""
    x, y = (each + random.normal(0, 0.02) * marked.radius for each in marked.centre)
    stretch = 1 + random.normal(0, 0.02)
    radius = marked.radius * (1 + random.normal(0.0, 0.025))
    pad = Pad((x, y), (radius * stretch, radius / stretch), float(random.uniform(0, 180)))
    return pad, cut_patch(marked.image, pad)


def _in_patch(points: Floats, marked: Marked, pad: Pad, patch: Patch) -> Floats:
    """Points in radii of the true pad -> pixels of the patch."""
    photo = points * marked.radius + np.array(marked.centre, np.float32)
    return np.asarray((photo - np.array(pad.centre, np.float32)) * patch.scale + patch.middle, np.float32)


def _true_blob(truth: list[Floats]) -> Blob:
    return Blob(np.concatenate(truth), 1.0)


def _jittered(random: np.random.Generator, blob: Blob) -> Blob:
    """Now and then a speck outside or a piece missing stretches or shortens the box."""
    points = blob.points
    if random.random() < 0.2:
        low, high = points.min(axis=0), points.max(axis=0)
        speck = low + (high - low) * random.uniform(-0.22, 1.22, 2).astype(np.float32)
        points = np.concatenate([points, speck[None].astype(np.float32)])
    return Blob(points, blob.strength)


def _chosen_angles(random: np.random.Generator, blob: Blob, marked: Marked) -> list[float]:
    """Angles as the reader tries them, those near the text's first, and some in between."""
    tried = [angle + random.normal(0, 1.5) for angle, _ in angles_for(blob)]
    around = [marked.angle + random.uniform(-14, 14) for _ in range(2)]
    good = [angle for angle in [*tried, *around] if abs(upright(angle - marked.angle)) < LEVEL]
    bad = [angle for angle in [*tried, float(random.uniform(0, 360))] if abs(upright(angle - marked.angle)) > ASKEW]
    random.shuffle(good)
    random.shuffle(bad)
    if bad and abs(upright(bad[0] - marked.angle)) < 120 and random.random() < 0.3:
        bad.insert(0, marked.angle + 180 + random.uniform(-20, 20))  # upside down is the hardest to tell
    return good[:GOOD] + bad[:BAD]


def _says(marked: Marked, truth: list[Floats], box: Box) -> str | None:
    """What a crop of this box shows, "" for nothing to be read, None where that is a matter of taste."""
    off = abs(upright(box.angle - marked.angle))
    if not marked.text:
        return ""
    inside = [_part_inside(points, box) for points in truth]
    visible = "".join(c for c, part in zip(marked.text, inside, strict=True) if part >= WHOLE)
    partial = any(GONE < part < WHOLE for part in inside)
    if off > 180 - ASKEW:
        return upside_down(marked.text if not partial else "?", off)
    if off > ASKEW:
        return None if all(each in "0OXZNHI" for each in marked.text) else ""
    return None if partial or off > LEVEL else visible


def upside_down(text: str, off: float) -> str | None:
    """Most texts say nothing upside down; a 98 says 86, and of an M nobody knows."""
    if all(each in UPSIDE_DOWN for each in text):
        turned = "".join(UPSIDE_DOWN[each] for each in reversed(text))
        return turned if off > 180 - LEVEL and not set(text) & set("MW") else None
    plain = set(text) <= {*UPSIDE_DOWN, "1"}
    return None if plain and "1" in text and len(set(text)) > 1 else ""


def _part_inside(points: Floats, box: Box) -> float:
    turn = math.radians(box.angle)
    offset = points - np.array(box.middle, np.float32)
    along = np.abs(offset @ np.array([math.cos(turn), math.sin(turn)], np.float32))
    across = np.abs(offset @ np.array([-math.sin(turn), math.cos(turn)], np.float32))
    return float(((along <= box.width / 2) & (across <= box.height / 2)).mean()) if len(points) else 0.0
