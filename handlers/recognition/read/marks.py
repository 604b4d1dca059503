"""The small network for marks in metal: a tenth of the larger one's time, and eyes of its own for worn characters.

It knows capitals, digits, `-`, `.` and `/`, no small letters and no spaces; trained on drawn marks alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from handlers.recognition.models import Floats, Grey, open_model
from handlers.recognition.read.recogniser import Mask, batches, unmasked
from handlers.recognition.read.symbols import BLANK, CHARACTERS, SYMBOLS

ROWS = 32
WIDEST = 512
WIDTH_STEP = 16
LEAST_SPREAD = 2.0
FARTHEST = 4.0
"""As in its training: rows of a crop; columns at most, and the multiple to which crops of a batch are filled up; grey
levels of deviation below which a crop is not stretched further, and deviations at which outliers are clipped."""
ANSWERS = [BLANK, *(SYMBOLS.index(character, 2) for character in (*CHARACTERS, "-", ".", "/"))]
"""What the network's classes are in `SYMBOLS`."""


class Marks:
    """The network; thread-safe, opened on construction. `mask` is put on its probabilities."""

    def __init__(self, threads: int = 1, mask: Mask = unmasked) -> None:
        self._mask = mask
        self._session = open_model("marks", threads)

    def read(self, crops: Sequence[Grey]) -> list[Floats]:
        """Grey crops (height, width) -> probabilities (steps, symbols), in the order of the crops."""
        inputs = [_prepared(crop) for crop in crops]
        order = sorted(range(len(inputs)), key=lambda index: inputs[index].shape[1])
        answers: dict[int, Floats] = {}
        for batch in batches(order, [image.shape[1] for image in inputs], WIDTH_STEP):
            for index, steps in zip(batch, self._run([inputs[at] for at in batch]), strict=True):
                answers[index] = steps[: math.ceil(inputs[index].shape[1] / 4)]
        return [answers[index] for index in range(len(inputs))]

    def _run(self, images: list[Floats]) -> Floats:
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
