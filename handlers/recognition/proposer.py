"""Our own small recogniser of marks and lines in metal: reads a crop in 1.6 ms where PP-OCRv6 takes 10, and is silent
on crops at wrong angles, so that it can look at every crop and leave the larger one the few that count.

Trained on drawn pictures only; `training/README.md` is its model card.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Self

import cv2
import numpy as np

from handlers.recognition.alphabet import BLANK, CHARACTERS, SYMBOLS
from handlers.recognition.models import Floats, Grey, open_own
from handlers.recognition.recogniser import Line, Mask, as_it_is, batches, decode, unmasked

ROWS = 32
"""Rows of the model's input: a mark of the foundry's 640-pixel photos is 20 pixels high."""
WIDEST = 512
WIDTH_STEP = 16
"""Columns at most, and the multiple to which the crops of a batch are filled up with their mean."""
LEAST_SPREAD = 2.0
FARTHEST = 4.0
"""Grey levels of deviation below which a crop is not stretched further, and deviations at which outliers are clipped.
All five as in training."""
ANSWERS = [BLANK, *(SYMBOLS.index(character) for character in (*CHARACTERS, "-", ".", "/"))]
"""What the model's classes are in `SYMBOLS`."""


class Proposer:
    """The small recognition model; thread-safe, opened on construction. `mask` is put on its probabilities."""

    def __init__(self, threads: int = 1, mask: Mask = unmasked) -> None:
        self._mask = mask
        self._finish: Callable[[Line], Line] = as_it_is
        self._session = open_own("marks", threads)

    def read(self, crops: Sequence[Grey]) -> list[Line]:
        """Reads grey crops (height, width) of marks; the answers are in the order of the crops."""
        inputs = [_prepared(crop) for crop in crops]
        order = sorted(range(len(inputs)), key=lambda index: inputs[index].shape[1])
        lines = [Line("", 0.0)] * len(inputs)
        for batch in batches(order, [image.shape[1] for image in inputs]):
            for index, probabilities in zip(batch, self._run([inputs[i] for i in batch]), strict=True):
                lines[index] = self._finish(decode(probabilities))
        return lines

    def finishing(self, finish: Callable[[Line], Line]) -> Self:
        """The same model, whose lines are what `finish` makes of them."""
        other = copy(self)
        other._finish = finish
        return other

    def probabilities(self, crop: Grey) -> Floats:
        """One crop -> probabilities (steps, symbols): a step is four columns of the crop at `ROWS` rows."""
        return np.asarray(self._run([_prepared(crop)])[0], np.float32)

    def _run(self, images: list[Floats]) -> Floats:
        """Prepared crops -> probabilities (crops, steps, symbols) over `SYMBOLS`."""
        width = -(-max(image.shape[1] for image in images) // WIDTH_STEP) * WIDTH_STEP
        batch = np.zeros((len(images), 1, ROWS, width), np.float32)
        for row, image in zip(batch, images, strict=True):
            row[0, :, : image.shape[1]] = image
        (narrow,) = self._session.run(None, {"x": batch})
        full = np.zeros((*narrow.shape[:2], len(SYMBOLS)), np.float32)
        full[..., ANSWERS] = narrow
        return self._mask(full)


def _prepared(crop: Grey) -> Floats:
    """`ROWS` high, mean 0 and deviation 1: marks differ in contrast by a factor of thirty."""
    width = min(WIDEST, max(8, round(crop.shape[1] * ROWS / crop.shape[0])))
    small = cv2.resize(crop, (width, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)
    stretched = (small - small.mean()) / max(float(small.std()), LEAST_SPREAD)
    return np.asarray(np.clip(stretched, -FARTHEST, FARTHEST), np.float32)
