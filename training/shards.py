"""Drawn crops on disk and on the device: grouped by width, so that a batch is hardly wider than its crops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from training.glyphs import CHARACTERS, Grey
from training.samples import Sample

ROWS = 48
"""Rows of a cached crop; the network sees 32."""
WIDTHS = (48, 64, 80, 104, 136, 176, 232, 304, 400, 512, 640)
"""Columns of the groups; wider crops are textures and left out."""
LONGEST = 14
CODES = {character: index + 1 for index, character in enumerate(CHARACTERS)}


@dataclass(frozen=True, slots=True)
class Batch:
    """Crops (crops, 48, columns) in 0..255, columns that each one fills, and codes (crops, 14) of `lengths` characters.

    Lengths stay on the CPU, where the loss wants them.
    """

    crops: Tensor
    widths: Tensor
    codes: Tensor
    lengths: Tensor


def write(path: Path, samples: list[Sample]) -> None:
    """One file of samples, each crop filled up with its last column."""
    arrays = {}
    for group, width in enumerate(WIDTHS):
        low = WIDTHS[group - 1] if group else 0
        chosen = [each for each in samples if low < each.crop.shape[1] <= width and len(each.text) <= LONGEST]
        filled = [_filled(each.crop, width) for each in chosen]
        arrays[f"crops{width}"] = np.array(filled, np.uint8).reshape(-1, ROWS, width)
        arrays[f"widths{width}"] = np.array([each.crop.shape[1] for each in chosen], np.int64)
        arrays[f"texts{width}"] = np.array([each.text for each in chosen])
    part = path.with_suffix(".part.npz")
    np.savez(part, **arrays)  # type: ignore[arg-type]
    part.rename(path)


def _filled(crop: Grey, width: int) -> Grey:
    return cv2.copyMakeBorder(crop, 0, 0, 0, width - crop.shape[1], cv2.BORDER_REPLICATE)  # type: ignore[return-value]


def coded(texts: list[str]) -> tuple[Tensor, Tensor]:
    codes, lengths = torch.zeros(len(texts), LONGEST, dtype=torch.long), torch.zeros(len(texts), dtype=torch.long)
    for row, text in enumerate(texts):
        lengths[row] = len(text)
        codes[row, : len(text)] = torch.tensor([CODES[each] for each in text], dtype=torch.long)
    return codes, lengths


class Shards:
    """The samples of all files with seeds from `low` up to `high`; `refresh` takes up files written since."""

    def __init__(self, folder: Path, low: int, high: int, device: torch.device) -> None:
        self._folder, self._low, self._high, self._device = folder, low, high, device
        self._taken: set[int] = set()
        self.groups: dict[int, Batch] = {}
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self._folder.glob("*[0-9].npz")):
            seed = int(path.stem)
            if self._low <= seed < self._high and seed not in self._taken:
                self._take(path)
                self._taken.add(seed)

    def __len__(self) -> int:
        return sum(len(group.widths) for group in self.groups.values())

    def draw(self, random: np.random.Generator, count: int) -> Batch:
        """Samples of one group, which is chosen by its size."""
        sizes = np.array([len(group.widths) for group in self.groups.values()], float)
        group = list(self.groups.values())[int(random.choice(len(sizes), p=sizes / sizes.sum()))]
        chosen = torch.from_numpy(random.integers(len(group.widths), size=count))
        return picked(group, chosen)

    def _take(self, path: Path) -> None:
        held = np.load(path)
        for width in WIDTHS:
            codes, lengths = coded([str(text) for text in held[f"texts{width}"]])
            crops, widths = (torch.from_numpy(held[f"{name}{width}"]) for name in ("crops", "widths"))
            new = Batch(crops.to(self._device), widths.to(self._device), codes.to(self._device), lengths)
            self.groups[width] = _joined(self.groups[width], new) if width in self.groups else new


def picked(group: Batch, chosen: Tensor) -> Batch:
    there = chosen.to(group.crops.device)
    return Batch(group.crops[there], group.widths[there], group.codes[there], group.lengths[chosen])


def _joined(old: Batch, new: Batch) -> Batch:
    pairs = ((old.crops, new.crops), (old.widths, new.widths), (old.codes, new.codes), (old.lengths, new.lengths))
    return Batch(*(torch.cat(pair) for pair in pairs))
