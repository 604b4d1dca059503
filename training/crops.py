"""Crops of lines as the reader cuts them, a little off, upside down and beside the text, from photographed scenes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from training.layout import SIDE, Line
from training.texts import SYMBOLS

Random = np.random.Generator
ROWS = 48
"""Rows of a crop, fixed by PP-OCRv6."""
WIDTHS = (96, 224, 448)
"""Columns of a batch of crops; narrower ones are filled up with 0, as when crops of several widths are read at once."""
TURNED = dict(zip("0689HINOSXZ-.:/+ ", "0986HINOSXZ-.:/+ ", strict=True))
"""What characters are upside down: the others are nothing."""
TWICE = 2
"""Crops of each line, each a little different."""
UPSIDE_DOWN, BESIDE, SIDEWAYS = 0.09, 0.05, 0.03
"""Parts of the crops that are on their head, beside any text, and on their side."""
LEVELS = 4
"""Sizes of a picture, each half the one before, that crops are sampled from."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One crop: of which scene and line (-1: none), what it says as class numbers, its columns and where it lies.

    `place`: middle (x, y), angle in radians, columns and rows in pixels of the scene, bend, shear. `small`: the part of
    a crop's rows that its detail has, 1 is all.
    """

    scene: int
    line: int
    codes: tuple[int, ...]
    columns: int
    place: tuple[float, ...]
    small: float


def codes(said: str) -> tuple[int, ...]:
    """A text as classes of the recogniser."""
    return tuple(SYMBOLS.index(each) + 1 for each in said)


def cuts(random: Random, scene: int, lines: list[Line], others: list[Line]) -> list[Cut]:
    """Two crops of each whole line of a scene, some of things that are no text, and some of nothing."""
    whole = [(at, line) for at, line in enumerate(lines) if line.whole]
    found = [cut for at, line in whole * TWICE if (cut := _cut(random, scene, at, line))]
    found += [cut for line in others[:2] if random.random() < 0.5 and (cut := _cut(random, scene, -1, line))]
    if random.random() < BESIDE * max(1, len(lines)) * 1.5:
        found.append(_beside(random, scene))
    return found


def _cut(random: Random, scene: int, at: int, line: Line) -> Cut | None:
    """A crop of the line as the reader would make it; None where it would be too long, or too narrow to tell."""
    above, below = random.uniform(0.52, 1.0, 2)
    before, after = (random.uniform(0.03, 0.5) if random.random() < 0.8 else random.uniform(0.3, 1.2) for _ in range(2))
    rows = (above + below) * line.cap
    length = line.length + (before + after) * line.cap
    columns = _columns(random, ROWS * length / rows)
    if columns > WIDTHS[-1] or columns < 6 * len(line.text):
        return None
    middle = line.points(np.array([(after - before) * line.cap / 2]), np.array([(below - above) * line.cap / 2]))[0]
    angle, bend = _off(random, line, length), _bend(random, line, length)
    kind, said = random.random(), line.text
    if kind < UPSIDE_DOWN:
        angle, bend, said = angle + 180, -bend, _upside_down(said)
    elif kind < UPSIDE_DOWN + SIDEWAYS and len(said) > 2 and not bend:
        angle, said, columns = angle + float(random.choice([90, -90])), "", ROWS
        length = rows
    small = float(random.uniform(0.25, 0.7)) if random.random() < 0.25 else 1.0
    shear = line.shear + random.normal(0, 0.05)
    place = (float(middle[0]), float(middle[1]), math.radians(angle), length, rows, bend, shear)
    return Cut(scene, at, codes(said), columns, place, small)


def _columns(random: Random, usual: float) -> int:
    """Columns of a crop that is squeezed or stretched by up to a quarter; squeezed where it would be too long."""
    columns = round(usual * random.uniform(0.8, 1.25))
    return columns if columns <= WIDTHS[-1] else round(usual * 0.8)


def _off(random: Random, line: Line, length: float) -> float:
    """The line's angle in degrees, missed by a few, never so far that its ends leave the crop."""
    turn = random.normal(0, 3.5) if random.random() < 0.7 else random.uniform(-12, 12)
    most = math.degrees(math.atan2(0.45 * line.cap, length / 2))
    return line.angle + float(np.clip(turn, -most, most))


def _bend(random: Random, line: Line, length: float) -> float:
    """The line's radius, missed a little; a line that is nearly straight may be taken for one, and the other way."""
    bend = line.bend * float(np.exp(random.normal(0, 0.1))) if line.bend else 0.0
    if bend and length**2 / (8 * abs(line.bend)) < 0.2 * line.cap and random.random() < 0.5:
        return 0.0
    if not line.bend and random.random() < 0.04:
        return float(random.choice([-1, 1])) * length**2 / 8 / (random.uniform(0.05, 0.2) * line.cap)
    return bend


def _upside_down(said: str) -> str:
    return "".join(TURNED[each] for each in reversed(said)) if set(said) <= TURNED.keys() else ""


def _beside(random: Random, scene: int) -> Cut:
    rows = float(np.exp(random.uniform(math.log(12), math.log(120))))
    columns = int(random.integers(32, WIDTHS[0] * 2))
    x, y = random.uniform(0.1, 0.9, 2) * SIDE
    return Cut(scene, -1, (), columns, (x, y, random.uniform(0, 6.3), rows * columns / ROWS, rows, 0.0, 0.0), 1.0)


def touches(cut: Cut, taken: npt.NDArray[np.uint8], cell: int) -> bool:
    """Whether any text lies within a crop that is meant to hold none; `taken` (cells) is where text is."""
    x, y, _, length, rows, _, _ = cut.place
    reach = math.hypot(length, rows) / 2
    top, left = (max(0, int((each - reach) / cell)) for each in (y, x))
    bottom, right = (int((each + reach) / cell) + 1 for each in (y, x))
    return bool(taken[top:bottom, left:right].any())


def cut_out(pictures: Tensor, chosen: list[Cut], width: int) -> Tensor:
    """Crops (n, 1, ROWS, width) in -1..1, beyond each one's columns 0, of pictures (scenes, 1, side, side) in 0..1."""
    place = torch.tensor([each.place for each in chosen], dtype=torch.float32, device=pictures.device)
    columns = torch.tensor([each.columns for each in chosen], device=pictures.device)
    scenes = torch.tensor([each.scene for each in chosen], device=pictures.device)
    crops = _sampled(pictures, scenes, _points(place, columns, width), place[:, 4] / ROWS)
    inside = torch.arange(width, device=pictures.device) < columns[:, None]
    crops = _coarse(crops, [each.small for each in chosen])
    return torch.where(inside[:, None, None], crops * 2 - 1, 0.0)


def _points(place: Tensor, columns: Tensor, width: int) -> Tensor:
    """Where in its picture each pixel of a crop lies (n, ROWS, width, 2)."""
    x, y, turn, length, rows, bend, shear = (each[:, None, None] for each in place.T)
    steps = (torch.arange(width, device=place.device) + 0.5) / columns[:, None] - 0.5
    down = (((torch.arange(ROWS, device=place.device) + 0.5) / ROWS - 0.5)[None, :, None]) * rows
    along = steps[:, None, :] * length - shear * down
    cos, sin = torch.cos(turn), torch.sin(turn)
    safe = torch.where(bend == 0, torch.ones_like(bend), bend)
    phi = along / safe
    a = torch.where(bend == 0, along, (safe - down) * torch.sin(phi))
    b = torch.where(bend == 0, down.expand_as(along), safe - (safe - down) * torch.cos(phi))
    return torch.stack([x + a * cos - b * sin, y + a * sin + b * cos], -1)


def _sampled(pictures: Tensor, scenes: Tensor, points: Tensor, scale: Tensor) -> Tensor:
    """Bilinear samples from the size of the picture that has about as many pixels as the crop.

    `scale`: pixels of the picture for each of the crop. All sizes of a picture lie behind one another in one row.
    """
    side = pictures.shape[-1]
    levels = [pictures]
    while len(levels) < LEVELS:
        levels.append(functional.avg_pool2d(levels[-1], 2))
    flat = torch.cat([each.flatten(1) for each in levels], 1)
    sizes = torch.tensor([each.shape[-1] for each in levels], device=pictures.device)
    starts = torch.cumsum(sizes**2, 0) - sizes**2
    level = torch.log2(scale.clamp(min=1)).round().long().clamp(max=LEVELS - 1)
    size, start = sizes[level][:, None, None], starts[level][:, None, None]
    at = ((points + 0.5) * (size / side)[..., None] - 0.5).clamp(min=0)
    return _bilinear(flat[scenes], torch.minimum(at, (size - 1.001)[..., None]), size, start)


def _bilinear(rows: Tensor, at: Tensor, size: Tensor, start: Tensor) -> Tensor:
    """Values at places `at` (n, high, wide, 2) of pictures of `size`, which begin at `start` in each of the `rows`."""
    low = at.floor()
    index = start + low[..., 1].long() * size + low[..., 0].long()
    four = rows.gather(1, torch.cat([index, index + 1, index + size, index + size + 1], 1).flatten(1))
    corners = four.view(len(rows), 4, *index.shape[1:])
    u, v = (at - low).unbind(-1)
    top = corners[:, 0] * (1 - u) + corners[:, 1] * u
    bottom = corners[:, 2] * (1 - u) + corners[:, 3] * u
    return (top * (1 - v) + bottom * v)[:, None]


def _coarse(crops: Tensor, small: list[float]) -> Tensor:
    """Some of the crops with the detail of a few rows only, those of a batch alike."""
    chosen = [at for at, each in enumerate(small) if each < 1]
    if not chosen:
        return crops
    part = small[chosen[0]]
    size = (round(ROWS * part), round(crops.shape[-1] * part))
    less = functional.interpolate(crops[chosen], size, mode="area")
    crops = crops.clone()
    crops[chosen] = functional.interpolate(less, crops.shape[-2:], mode="bicubic").clamp(0, 1)
    return crops
