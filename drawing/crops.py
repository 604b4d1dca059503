"""Tight cuts of one mark or one line, about 140 x 40 pixels, as a detector or a hand makes them."""

from dataclasses import replace

import numpy as np

from drawing.camera import Camera, Grey, shoot, uneven
from drawing.glyphs import margin, strip
from drawing.lines import setting
from drawing.marks import Mark, put
from drawing.scenes import ground

WAYS = ("stamped", "stamped", "engraved", "peened", "raised", "sunken")


def draw(text: str, random: np.random.Generator) -> Grey:
    """One line, worn, a few degrees off, every third one upside down."""
    way = str(random.choice(WAYS))
    look = replace(setting(way, random), gap=random.uniform(0.12, 0.22), aspect=random.uniform(0.7, 0.95))
    cap = random.uniform(18, 30)
    wide = strip(text, look, 40, np.random.default_rng(0)).shape[1] - 2 * margin(40)
    shape = (round(cap * random.uniform(1.25, 1.7)), round(wide * cap / 40 + cap * random.uniform(0.3, 0.9)))
    canvas = surface(shape, random)
    mark = Mark(
        text=text,
        way="sunken" if way == "stamped" else way,
        x=shape[1] / 2,
        y=shape[0] / 2,
        cap=cap,
        angle=random.normal(0, 2.0) + (180 if random.random() < 1 / 3 else 0),
        light=random.uniform(0, 360),
        depth=random.uniform(0.65, 1.2),
        wear=random.uniform(0.05, 0.4),
        shear=random.normal(0, 0.08),
        set_as=look,
    )
    put(canvas, mark, random)
    uneven(canvas, random, random.uniform(0, 0.3))
    camera = Camera(random.uniform(0.4, 0.9), random.uniform(2, 7), int(random.integers(55, 90)))
    return shoot(canvas, camera, random)


def surface(shape: tuple[int, int], random: np.random.Generator) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """A piece of a larger surface, so that blotches and streaks keep their size."""
    look = str(random.choice(["steel", "cast", "paint", "rust"]))
    larger = ground((shape[0] + 160, shape[1] + 160), look, random)
    piece = np.ascontiguousarray(larger[80 : 80 + shape[0], 80 : 80 + shape[1]])
    return np.asarray(piece.mean() + (piece - piece.mean()) * random.uniform(0.3, 0.7), np.float32)
