"""Lines of text in metal: engraved, stamped, dot-peened, painted, cast; on flat, round and rusty ground."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from drawing.camera import Camera, Grey, shoot, uneven
from drawing.glyphs import Floats, Type
from drawing.marks import Mark, extent, put
from drawing.scenes import Shape, Spot, bar, plate, roll_end

Scene = Callable[[Shape, str, np.random.Generator], tuple[Floats, list[Spot]]]
MEDIUM: tuple[Shape, ...] = ((600, 800), (900, 1200), (1200, 900), (1024, 1024), (1080, 1440))
PHONE: tuple[Shape, ...] = ((3000, 4000), (4000, 3000))


@dataclass(frozen=True)
class Line:
    """What sets one kind of scene apart: where (`scenes`), on what (`grounds`) and how (`ways`) a line stands."""

    scenes: tuple[Scene, ...]
    grounds: tuple[str, ...]
    ways: tuple[str, ...]
    depth: tuple[float, float] = (0.6, 1.1)
    wear: tuple[float, float] = (0.0, 0.35)
    shapes: tuple[Shape, ...] = MEDIUM


def draw(kind: Line, texts: tuple[str, ...], random: np.random.Generator) -> Grey:
    """A scene with one line for each text, two at most."""
    scene: Scene = kind.scenes[int(random.integers(len(kind.scenes)))]
    shape = kind.shapes[int(random.integers(len(kind.shapes)))]
    canvas, spots = scene(shape, str(random.choice(kind.grounds)), random)
    way, light = str(random.choice(kind.ways)), random.uniform(0, 360)
    if texts:
        first = line_at(kind, texts[0], spots[0], way, random)
        for text, spot in zip(texts, spots, strict=False):
            put(canvas, fit(replace(first, text=text, x=spot.x, y=spot.y, light=light), spot), random)
    uneven(canvas, random, random.uniform(0, 0.35))
    factor = max(shape) / 1200
    camera = Camera(random.uniform(0.5, 1.1) * factor**0.5, random.uniform(2, 6), int(random.integers(70, 93)))
    return shoot(canvas, camera, random)


def line_at(kind: Line, text: str, spot: Spot, way: str, random: np.random.Generator) -> Mark:
    """A line on a spot, before it is fitted to it."""
    bend = random.uniform(-0.25, 0.25) if random.random() < 0.3 else 0.0
    return Mark(
        text=text,
        way="sunken" if way == "stamped" else way,
        x=spot.x,
        y=spot.y,
        cap=spot.height * random.uniform(0.6, 1.0),
        angle=spot.angle + random.normal(0, 2),
        depth=random.uniform(*kind.depth),
        wear=random.uniform(*kind.wear),
        shear=random.normal(0, 0.06),
        bend=bend,
        set_as=setting(way, random),
    )


def fit(mark: Mark, spot: Spot) -> Mark:
    """The mark, reduced where it is too long for its spot."""
    return replace(mark, cap=mark.cap * min(1.0, spot.length / extent(mark)[0]))


def setting(way: str, random: np.random.Generator) -> Type:
    """How each way of marking sets its characters."""
    gap, aspect = random.uniform(0.14, 0.34), random.uniform(0.75, 1.1)
    if way == "peened":
        width = random.uniform(0.09, 0.13)
        return Type("strokes", aspect, gap, width, 0.15, dots=width * random.uniform(1.05, 1.5))
    if way == "stamped":
        face = str(random.choice(["regular", "bold", "aileron", "strokes"]))
        return Type(face, aspect, gap, random.uniform(0.1, 0.16), 1.0)
    if way in ("raised", "sunken"):
        return Type(str(random.choice(["regular", "bold", "black", "aileron"])), aspect, gap, 0.15, 0.1)
    face = str(random.choice(["strokes", "strokes", "regular", "italic"]))
    return Type(face, aspect, gap, random.uniform(0.09, 0.17), random.choice([0.2, 0.9]))


FLAT: tuple[Scene, ...] = (plate, roll_end)
ENGRAVED = Line(FLAT, ("steel", "cast", "paint"), ("engraved",))
STAMPED = Line(FLAT, ("steel", "cast", "paint"), ("stamped",))
PEENED = Line(FLAT, ("steel", "paint"), ("peened",))
ROUND = Line((bar,), ("steel", "cast"), ("engraved", "stamped", "peened"))
RUSTY = Line((plate, roll_end, bar), ("rust",), ("engraved", "stamped", "peened"), depth=(1.0, 1.4))
PAINTED = Line((roll_end,), ("paint", "rust"), ("painted",), depth=(0.7, 1.0))
TWO = Line((plate,), ("steel", "cast", "paint"), ("engraved", "stamped", "peened", "raised"), wear=(0.0, 0.3))
PHONE_SCENE = Line((roll_end,), ("paint", "cast", "rust"), ("engraved", "stamped", "painted"), shapes=PHONE)
SAME_COLOUR = Line((plate, bar), ("paint", "cast"), ("raised",), depth=(0.45, 0.8), wear=(0.0, 0.3))
