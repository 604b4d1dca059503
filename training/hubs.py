"""Pads of hubs as the accuracy benchmark lights, wears and photographs them, in the training's own letters.

Another physics of relief, wear and camera than `relief`'s, and above all pads that carry a ring, a scratch or nothing.
Texts, fonts and seeds are not the benchmark's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from benchmarks.accuracy.camera import Camera, shoot, uneven
from benchmarks.accuracy.glyphs import margin
from benchmarks.accuracy.hubs import Hub, pad, ring
from benchmarks.accuracy.marks import Mark, finely, lay
from benchmarks.accuracy.surfaces import grain, scratch
from handlers.recognition.sweep import SIZES
from training.glyphs import Floats
from training.relief import Marked, random_text
from training.samples import Sample, of_marked
from training.strips import CAP, ROOM, set_characters

BARE, RINGED = 0.15, 0.5
"""Part of the pads without a mark, and of those with an ejector pin's ring."""
SIDE = 4.4
"""Side of the picture in radii of the pad."""
HUBS = (
    Hub(depth=(0.8, 1.2)),
    Hub(ways=("raised", "raised", "sunken"), depth=(0.6, 1.15), pad=(110, 210), texture=6, uneven=0.2),
    Hub(ways=("filled",), depth=(0.45, 1.1), pad=(120, 245), texture=6, uneven=0.2),
    Hub(ways=("outline", "raised", "sunken"), depth=(0.22, 0.55), pad=(140, 250), texture=2),
    Hub(
        ways=("outline", "raised", "sunken"), depth=(0.7, 1.2), wear=(0.25, 0.8), pad=(110, 240), texture=6, uneven=0.2
    ),
    Hub(ways=("outline", "raised", "sunken"), depth=(0.7, 1.3), wear=(0, 0.4), pad=(140, 255), texture=4, hard=True),
)
OFTEN = (0, 1, 2, 3, 4, 4, 5)
"""Kinds of pads, and how often each is drawn: the worn ones twice."""


def stream(seed: int) -> Iterator[Sample]:
    """Samples without end."""
    random = np.random.default_rng([seed, 992])
    while True:
        text = "" if random.random() < BARE else random_text(random)
        yield from of_marked(random, draw(text, random), SIZES)


def draw(text: str, random: np.random.Generator) -> Marked:
    """A pad with the text, or with a ring or nothing, in the dark recess around it."""
    hub = HUBS[OFTEN[int(random.integers(len(OFTEN)))]]
    radius = float(np.exp(random.uniform(math.log(17), math.log(60))))
    side = round(SIDE * radius)
    canvas = np.asarray(random.uniform(90, 215) + grain(random, (side, side), 0.8, random.uniform(8, 18)), np.float32)
    x, y = (side / 2 + random.normal(0, 0.05) * radius for _ in "xy")
    pad(canvas, hub, x, y, radius, random)
    angle, characters = 0.0, list[Floats]()
    if text:
        angle, characters = _put(canvas, hub, text, (x, y), radius, random)
    elif random.random() < RINGED:
        ring(canvas, x, y, radius * random.uniform(0.2, 0.55), random)
    scratch(canvas, random, int(random.poisson(0.15 * hub.scratches)), 0.3)
    if hub.uneven:
        uneven(canvas, random, hub.uneven)
    photo = shoot(canvas, _camera(hub, radius, random), random)
    return Marked(photo, (x, y), radius, text, angle, characters)


def _put(
    canvas: Floats, hub: Hub, text: str, middle: tuple[float, float], radius: float, random: np.random.Generator
) -> tuple[float, list[Floats]]:
    """Lays the text on the pad: its angle, and each character's pixels in radii from the pad's middle."""
    masks = set_characters(random, text, dots=0.05)
    mask = np.asarray(np.max(masks, axis=0), np.float32)
    cap = random.uniform(0.66, 1.0) * radius
    reach = math.hypot(mask.shape[1] - 2 * ROOM, CAP) * cap / CAP
    cap *= min(1.0, 1.72 * radius / reach)
    mark = Mark(
        text=text,
        way=str(random.choice(hub.ways)),
        x=middle[0] + random.normal(0, 0.06) * radius,
        y=middle[1] + random.normal(0, 0.06) * radius,
        cap=cap,
        angle=random.uniform(-180, 180),
        light=random.uniform(0, 360),
        depth=random.uniform(*hub.depth),
        wear=random.uniform(*hub.wear),
    )
    room, size = ROOM - margin(CAP), finely(cap) / CAP
    lay(canvas, mark, np.asarray(cv2.resize(mask[room:-room, room:-room], None, fx=size, fy=size), np.float32), random)
    return mark.angle, [_placed(each, mark, middle, radius) for each in masks]


def _placed(mask: Floats, mark: Mark, middle: tuple[float, float], radius: float) -> Floats:
    """Pixels of a character's mask as points in radii from the pad's middle."""
    turn = math.radians(mark.angle)
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    points = np.argwhere(mask > 0.5)[::3, ::-1] - np.array(mask.shape[::-1]) / 2
    photo = points @ rotation.T * mark.cap / CAP + (mark.x - middle[0], mark.y - middle[1])
    return np.asarray(photo / radius, np.float32)


def _camera(hub: Hub, radius: float, random: np.random.Generator) -> Camera:
    if hub.hard:
        return Camera(random.uniform(0.8, 1.6), random.uniform(4, 10), int(random.integers(28, 60)))
    camera = Camera(random.uniform(0.5, 1.0), random.uniform(1, 4), int(random.integers(60, 93)))
    return replace(camera, blur=camera.blur * min(1.3, max(0.6, radius / 28)))
