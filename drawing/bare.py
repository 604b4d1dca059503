"""Pictures without marks: whatever is read in them is invented."""

import cv2
import numpy as np

from drawing import hubs, lines
from drawing.camera import Camera, Grey, shoot, uneven
from drawing.glyphs import Floats
from drawing.hubs import Hub
from drawing.scenes import ground, scenery
from drawing.surfaces import clouds, grain

_HUBS = (Hub(), Hub(pad=(120, 190), texture=7, uneven=0.3), Hub(hard=True), Hub(sides=(400, 900), scratches=8))
_SCENES = (lines.ENGRAVED, lines.ROUND, lines.RUSTY)


def hub(random: np.random.Generator) -> Grey:
    return hubs.draw(_HUBS[int(random.integers(len(_HUBS)))], "", random)


def metal(random: np.random.Generator) -> Grey:
    return _photo(ground(_shape(random), str(random.choice(["steel", "cast", "paint"])), random), random)


def rust(random: np.random.Generator) -> Grey:
    return _photo(ground(_shape(random), "rust", random), random)


def texture(random: np.random.Generator) -> Grey:
    """Knurling, mesh, bricks, threads: things that repeat."""
    shape, step = _shape(random), random.uniform(8, 40)
    rows, columns = np.indices(shape, np.float32)
    turn = random.uniform(0, np.pi)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    across = rows * np.cos(turn) - columns * np.sin(turn)
    wave = np.sin(along * 2 * np.pi / step)
    if random.random() < 0.7:
        wave = np.maximum(wave, np.sin(across * 2 * np.pi / (step * random.uniform(0.6, 2.5))))
    sharp = np.tanh(wave * random.uniform(1, 6))
    canvas = random.uniform(80, 160) + random.uniform(15, 60) * sharp + 10 * clouds(random, shape, 120)
    return _photo(np.asarray(canvas, np.float32), random)


def scene(random: np.random.Generator) -> Grey:
    """A workshop, with or without a roll end, a plate or a bar that carries nothing."""
    if random.random() < 0.4:
        return _photo(scenery(_shape(random), random), random)
    return lines.draw(_SCENES[int(random.integers(len(_SCENES)))], (), random)


def noise(random: np.random.Generator) -> Grey:
    """A sensor in the dark, a blank, a gradient, snow, scattered blobs."""
    shape, which = _shape(random), int(random.integers(4))
    canvas = np.full(shape, random.uniform(5, 250), np.float32)
    if which == 0:
        canvas += grain(random, shape, random.uniform(0, 4), random.uniform(5, 60))
    elif which == 1:
        uneven(canvas, random, 0.7)
    elif which == 2:
        canvas += random.uniform(10, 60) * clouds(random, shape, random.uniform(8, 200))
    else:
        _blobs(canvas, random)
    return shoot(canvas, Camera(0.5, random.uniform(0, 12), int(random.integers(40, 95))), random)


def _blobs(canvas: Floats, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(5, 60))):
        x, y = (random.uniform(0, 1, 2) * canvas.shape[::-1]).astype(int).tolist()
        wide, high = random.integers(2, 40, 2).tolist()
        level, turn = random.uniform(0, 255), random.uniform(0, 180)
        cv2.ellipse(canvas, (x, y), (wide, high), turn, 0, 360, (level,), -1, cv2.LINE_AA)


def _shape(random: np.random.Generator) -> tuple[int, int]:
    if random.random() < 0.2:
        return int(random.integers(32, 70)), int(random.integers(100, 220))
    return int(random.integers(300, 1000)), int(random.integers(300, 1200))


def _photo(canvas: Floats, random: np.random.Generator) -> Grey:
    uneven(canvas, random, random.uniform(0, 0.35))
    camera = Camera(random.uniform(0.4, 1.2), random.uniform(1, 6), int(random.integers(60, 93)))
    return shoot(np.clip(canvas, 0, 255), camera, random)
