"""What is learnt from at once: layouts without an end, where to cut them, and crops of clean print."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import IterableDataset, get_worker_info

from training.crops import ROWS, WIDTHS, Cut, codes, cuts, touches
from training.glyphs import EDGE, Grey, faces
from training.layout import CELL, Layout
from training.scenes import draw
from training.setting import letters, strip, style
from training.texts import text

Random = np.random.Generator
PRINTS = 48
"""Crops of clean print of a batch, on which the untouched recogniser's answers are kept."""


@dataclass(frozen=True, slots=True)
class Print:
    """A crop of clean print (ROWS, columns), and what it says as class numbers."""

    picture: Grey
    codes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Layouts of several scenes, as `Layout` has them, one after the other; `cap` (scenes): their text's height."""

    text: Tensor
    parts: Tensor
    core: Tensor
    along: Tensor
    near: Tensor
    cap: Tensor
    cuts: list[Cut]
    prints: list[Print]


class Drawn(IterableDataset[Batch]):
    """Batches of so many scenes without an end, each worker's of its own seed, in the fonts that training needs."""

    def __init__(self, seed: int, scenes: int) -> None:
        self.seed, self.scenes = seed, scenes

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        random = np.random.default_rng([self.seed, worker.id if worker else 0])
        cv2.setNumThreads(1)
        while True:
            yield batch(random, faces(), self.scenes)


def batch(random: Random, fonts: Sequence[str], scenes: int, prints: int = PRINTS) -> Batch:
    """So many scenes and crops of print, in `fonts`."""
    drawn = [draw(random, fonts) for _ in range(scenes)]
    found = [cut for at, each in enumerate(drawn) for cut in cuts(random, at, each.lines, each.others)]
    chosen = [cut for cut in found if cut.line >= 0 or not touches(cut, drawn[cut.scene].taken, CELL)]
    return Batch(
        text=_stacked(drawn, lambda each: each.text),
        parts=_stacked(drawn, lambda each: each.parts),
        core=_stacked(drawn, lambda each: each.core),
        along=_stacked(drawn, lambda each: each.along),
        near=_stacked(drawn, lambda each: each.near),
        cap=torch.tensor([each.cap for each in drawn]),
        cuts=chosen,
        prints=[clean(random, fonts) for _ in range(prints)],
    )


def _stacked(drawn: Sequence[Layout], pick: Callable[[Layout], npt.NDArray[np.generic]]) -> Tensor:
    return torch.from_numpy(np.stack([pick(each) for each in drawn]))


def clean(random: Random, fonts: Sequence[str]) -> Print:
    """A crop of clean print."""
    look = style(random, fonts)
    said = text(random, letters(look))
    mask = strip(random, said, look)
    room = int(random.integers(2, EDGE - 2))
    mask = mask[room : mask.shape[0] - room]
    columns = max(16, min(WIDTHS[-1], round(ROWS * mask.shape[1] / mask.shape[0] * random.uniform(0.8, 1.2))))
    small = np.asarray(cv2.resize(mask, (columns, ROWS), interpolation=cv2.INTER_AREA), np.float32) / 255
    ground, ink = random.uniform(0, 255, 2)
    ink = ink if abs(ink - ground) > 50 else (ground + 128) % 256
    picture = ground + (ink - ground) * small + random.normal(0, random.uniform(0, 8), small.shape)
    if random.random() < 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.6)))
    return Print(np.clip(picture, 0, 255).astype(np.uint8), codes(said))
