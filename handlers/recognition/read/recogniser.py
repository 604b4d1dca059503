"""The network that reads: upright crops in, for each eight columns how likely each symbol is. Made by `training/`, from
PP-OCRv6's recogniser; it says nothing of crops that stand on their head."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from handlers.recognition.models import Floats, Grey, open_model
from handlers.recognition.read.symbols import fold

ROWS = 48
"""Rows of a crop, fixed by PP-OCRv6."""
COLUMNS = 1600
"""Columns of a crop at most: a line of 33 times its height; longer ones are squeezed."""
COLUMNS_A_STEP = 8
"""Columns of a crop that one step of the answer is about."""
BATCH = 1024
"""Columns of a run, all its crops together; more at once cost as much each and take more memory."""
STEP = 32
"""Crops whose columns round up to the same multiple are read at once."""
Mask = Callable[[Floats], Floats]


def unmasked(probabilities: Floats) -> Floats:
    """Every symbol may be read."""
    return probabilities


class Recogniser:
    """The reading network; thread-safe, opened on construction. `mask` is put on its probabilities."""

    def __init__(self, threads: int = 2, mask: Mask = unmasked) -> None:
        self._session = open_model("recogniser", threads)
        self._mask = mask
        self._fold = fold(self._session.get_modelmeta().custom_metadata_map["characters"])

    def read(self, crops: Sequence[Grey]) -> list[Floats]:
        """Grey crops (ROWS, columns) -> probabilities (columns / 8, symbols), in the order of the crops."""
        inputs = [_fitted(crop) for crop in crops]
        order = sorted(range(len(inputs)), key=lambda index: inputs[index].shape[1])
        answers: dict[int, Floats] = {}
        for batch in batches(order, [each.shape[1] for each in inputs]):
            for index, steps in zip(batch, self._run([inputs[at] for at in batch]), strict=True):
                answers[index] = steps[: max(1, math.ceil(inputs[index].shape[1] / COLUMNS_A_STEP))]
        return [answers[index] for index in range(len(inputs))]

    def _run(self, crops: list[Grey]) -> Floats:
        width = _round_up(max(crop.shape[1] for crop in crops))
        batch = np.zeros((len(crops), 1, ROWS, width), np.float32)
        for row, crop in zip(batch, crops, strict=True):
            row[0, :, : crop.shape[1]] = crop.astype(np.float32) / 127.5 - 1.0
        (full,) = self._session.run(None, {"x": batch})
        return self._mask(self._fold(np.asarray(full, np.float32)))


def _fitted(crop: Grey) -> Grey:
    if crop.shape[1] <= COLUMNS:
        return crop
    return np.asarray(cv2.resize(crop, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.uint8)


def _round_up(columns: int, step: int = STEP) -> int:
    return math.ceil(columns / step) * step


def batches(order: list[int], widths: list[int], step: int = STEP) -> list[list[int]]:
    """Splits indices, sorted by width, where the width rounded up to `step` changes or a batch is full."""
    found: list[list[int]] = []
    for index in order:
        last, width = found[-1] if found else [], _round_up(widths[index], step)
        if last and (len(last) + 1) * width <= BATCH and _round_up(widths[last[0]], step) == width:
            last.append(index)
        else:
            found.append([index])
    return found
