"""Tight cuts of one mark or line as the accuracy benchmark lights and photographs them, in the training's own letters.

Another physics of relief, wear, ground and camera than `strips`'. Texts, fonts and seeds are not the benchmark's.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from benchmarks.accuracy.camera import Camera, shoot, uneven
from benchmarks.accuracy.crops import WAYS, surface
from benchmarks.accuracy.glyphs import margin
from benchmarks.accuracy.marks import Mark, finely, lay
from handlers.recognition.crops import Box, cut
from training.glyphs import Floats, Grey
from training.samples import Sample, upside_down
from training.strips import CAP, ROOM, line_text, set_line

EMPTY = 0.08
"""Part of the pictures that show ground alone."""
DOTS = 0.25
"""Part of the texts that are of dots."""
FLIPPED = 0.4
"""Part of the others that are also cut upside down."""
TURN, GROWTH = 6.0, 0.1
"""Degrees and parts of the height by which the reader's cuts differ from the picture, at most (`tight.py`)."""


def stream(seed: int) -> Iterator[Sample]:
    """Samples without end."""
    random = np.random.default_rng([seed, 991])
    while True:
        yield from of_cut(random)


def of_cut(random: np.random.Generator) -> list[Sample]:
    """Two cuts of a small picture, and now and then one upside down; one of a ground without text."""
    text = "" if random.random() < EMPTY else line_text(random)
    picture = draw(text, random)
    height, width = picture.shape
    level = Box((width / 2, height / 2), width, height, 0.0)
    samples = []
    for flipped in [False, False] + [True] * (random.random() < FLIPPED) if text else [False]:
        turn = random.uniform(-TURN, TURN)
        says = upside_down(text, 180 - abs(turn)) if flipped else text
        box = level.grown(random.uniform(-GROWTH, GROWTH)).turned(turn + 180 * flipped)
        if says is not None:
            samples.append(Sample(cut(picture, box), says, turn + 180 * flipped))
    return samples


def draw(text: str, random: np.random.Generator) -> Grey:
    """A picture of the text alone, upright, or of its ground."""
    cap = random.uniform(16, 32)
    mask = _mask(text, random) if text else None
    wide = (mask.shape[1] - 2 * margin(CAP)) * cap / CAP if mask is not None else random.uniform(10, 240)
    shape = (round(cap * random.uniform(1.2, 1.75)), round(wide + cap * random.uniform(0.25, 0.95)))
    canvas = surface(shape, random)
    if mask is not None:
        mark = _mark(text, cap, shape, random)
        size = finely(cap) / CAP
        lay(canvas, mark, np.asarray(cv2.resize(mask, None, fx=size, fy=size), np.float32), random)
    uneven(canvas, random, random.uniform(0, 0.3))
    camera = Camera(random.uniform(0.35, 0.95), random.uniform(1.5, 7), int(random.integers(50, 92)))
    return shoot(canvas, camera, random)


def _mask(text: str, random: np.random.Generator) -> Floats:
    """The text in a font of the training's, with the benchmark's margin around it."""
    mask, _ = set_line(random, text, DOTS)
    room = ROOM - margin(CAP)
    return mask[room:-room, room:-room]


def _mark(text: str, cap: float, shape: tuple[int, int], random: np.random.Generator) -> Mark:
    way = str(random.choice(WAYS))
    return Mark(
        text=text,
        way="sunken" if way == "stamped" else way,
        x=shape[1] / 2,
        y=shape[0] / 2,
        cap=cap,
        angle=random.normal(0, 2.0),
        light=random.uniform(0, 360),
        depth=random.uniform(0.6, 1.25),
        wear=random.uniform(0, 0.45),
        shear=random.normal(0, 0.06),
    )
