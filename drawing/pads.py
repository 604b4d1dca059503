"""One pad that fills the picture: a small cut such as a detector makes, or line art as a scanner's threshold does."""

import cv2
import numpy as np

from drawing.camera import Camera, Grey, shoot
from drawing.glyphs import Floats
from drawing.hubs import Hub, mark_on
from drawing.marks import put
from drawing.surfaces import away_from, blend, clouds, grain, inside


def draw_cut(text: str, random: np.random.Generator) -> Grey:
    """A pad cut out of a hub's photo, 56 to 120 pixels wide."""
    side = int(random.integers(56, 121))
    shape = (side + int(random.integers(-3, 4)), side)
    canvas = random.uniform(60, 120) + grain(random, shape, 0.8, 4)
    radius, x, y = side * random.uniform(0.42, 0.5), side / 2 + random.normal(0, 1), shape[0] / 2 + random.normal(0, 1)
    cover = inside(away_from(shape, x, y), radius, 2.5)
    blend(canvas, random.uniform(200, 253) + grain(random, shape, 0.8, 3), cover)
    hub = Hub(ways=("outline", "outline", "raised", "sunken"), depth=(0.6, 1.1), wear=(0, 0.4))
    put(canvas, mark_on(hub, text, x, y, radius * 0.92, random), random)
    return shoot(canvas, Camera(random.uniform(0.5, 0.9), random.uniform(1, 3), int(random.integers(70, 93))), random)


def draw_art(text: str, random: np.random.Generator) -> Grey:
    """Black lines on white: the pad's ragged edge, the outline of the mark, specks; some lines broken."""
    side = int(random.integers(320, 520))
    shape = (side, side)
    canvas = np.full(shape, 254, np.float32)
    hub = Hub(depth=(1.5, 1.9), wear=(0, 0.25))
    put(canvas, mark_on(hub, text, side / 2, side / 2, side * 0.44, random), random)
    ragged = away_from(shape, side / 2, side / 2) + clouds(random, shape, side * 0.05) * side * 0.006
    edge = inside(np.abs(ragged - side * random.uniform(0.47, 0.5)), side * 0.012)
    canvas -= 120 * edge + _specks(shape, random)
    rough = canvas + 22 * clouds(random, shape, side * 0.02)
    ink = np.asarray(np.where(rough < random.uniform(150, 190), 8, 252), np.float32)
    return shoot(ink, Camera(random.uniform(0.6, 1.2), 1.0, 85), random)


def _specks(shape: tuple[int, int], random: np.random.Generator) -> Floats:
    layer = np.zeros(shape, np.uint8)
    for _ in range(int(random.integers(10, 50))):
        x, y = random.uniform(0, shape[0], 2).astype(int).tolist()
        cv2.circle(layer, (x, y), int(random.integers(1, max(2, shape[0] // 90))), 255, -1)
    return np.asarray(layer * 0.5, np.float32)
