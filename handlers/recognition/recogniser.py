"""PP-OCRv6 text recognition: upright line crops in, texts with scores and alternatives out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Self

import cv2
import numpy as np
import numpy.typing as npt

from handlers.recognition.alphabet import BLANK, OTHER, SEPARATORS, STROKE, SYMBOLS, fold
from handlers.recognition.models import Floats, Grey, normalise, open_model
from handlers.recognition.reading import Alternative, merge

HEIGHT = 48
"""Rows of the model's input, fixed by PP-OCRv6."""
MAX_WIDTH = 1600
"""Columns at most: a line of 33 times its height; longer ones are squeezed."""
BATCH_COLUMNS = 1536
"""Columns per run, all crops together: 16 marks of 96, or one long line. The cost per crop is the same for any batch
(9-15 ms for 48x96), the memory is not: each eight columns come out as 18,710 probabilities, several times over."""
WIDTH_STEP = 32
"""Crops whose widths round up to the same multiple share a batch."""
STROKE_OF_A_NUMBER = re.compile(rf"(?<=\d){STROKE}|{STROKE}(?=\d)")
CHOICES = 3
"""Characters kept per position for the alternatives."""
Mask = Callable[[Floats], Floats]


def unmasked(probabilities: Floats) -> Floats:
    """Every character may be read."""
    return probabilities


@dataclass(frozen=True, slots=True)
class Line:
    """What one crop says; `score` is the mean probability of its characters in 0..1, 0 for no text.

    `steps`: the probabilities (steps, symbols) that it was read from, where they are known.
    """

    text: str
    score: float
    alternatives: tuple[Alternative, ...] = ()
    steps: Floats | None = field(default=None, compare=False, repr=False)

    def marks_only(self) -> Line:
        """The line as a casting mark: letters and digits only, a dash is a scratch, a plain stroke is a 1."""
        return self._rewritten(_as_mark)

    def as_label(self) -> Line:
        """The line as print: a plain stroke beside a digit is a 1, elsewhere an L."""
        return self._rewritten(_as_label)

    def _rewritten(self, rewrite: Callable[[str], str]) -> Line:
        text = rewrite(self.text)
        kept = merge((replace(each, text=rewrite(each.text)) for each in self.alternatives), text)
        return Line(text, self.score if text else 0.0, kept, self.steps)


class Recogniser:
    """The recognition model; thread-safe, opened on construction. `mask` is put on its probabilities."""

    def __init__(self, threads: int = 2, mask: Mask = unmasked) -> None:
        self._mask = mask
        self._finish: Callable[[Line], Line] = as_it_is
        self._session = open_model("PP-OCRv6_rec_small", threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self._fold = fold(metadata["character"].splitlines())

    def read(self, crops: Sequence[Grey]) -> list[Line]:
        """Reads grey crops (height, width) of any size; the answers are in the order of the crops."""
        inputs = [_resize(crop) for crop in crops]
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
        """One crop -> probabilities (steps, symbols): a step is eight columns of the crop at 48 rows."""
        return np.asarray(self._run([_resize(crop)])[0], np.float32)

    def _run(self, images: list[Grey]) -> Floats:
        """Images of 48 rows -> probabilities (crops, steps, symbols) over our alphabet."""
        width = _round_up(max(image.shape[1] for image in images))
        batch = np.zeros((len(images), 3, HEIGHT, width), np.float32)
        for row, image in zip(batch, images, strict=True):
            row[:, :, : image.shape[1]] = normalise(image)
        (full,) = self._session.run(None, {"x": batch})
        return self._mask(self._fold(full))


def as_it_is(line: Line) -> Line:
    """No other reading is expected than that which is read."""
    return line


def _as_mark(text: str) -> str:
    return "".join(character for character in text.replace(STROKE, "1") if character not in SEPARATORS)


def _as_label(text: str) -> str:
    return STROKE_OF_A_NUMBER.sub("1", text).replace(STROKE, "L")


def decode(probabilities: Floats) -> Line:
    """Greedy CTC: probabilities (steps, symbols) -> the line and its most plausible neighbours."""
    peaks = [probabilities[step] for step in surest_steps(probabilities)]
    # A symbol outside our alphabet says nothing, but it must cost confidence: the crop shows more than we read.
    read = [peak for peak in peaks if int(peak.argmax()) != OTHER]
    if not read:
        return Line("", 0.0, steps=probabilities)
    text = "".join(SYMBOLS[int(peak.argmax())] for peak in read)
    score = float(sum(peak.max() for peak in read)) / len(peaks)
    return Line(text.strip(), score, _alternatives(read, text, score), probabilities)


def surest_steps(probabilities: Floats) -> list[int]:
    """For each symbol that greedy CTC reads, the step of its run at which it is surest."""
    best = probabilities.argmax(axis=1)
    starts = [step for step, symbol in enumerate(best) if symbol != BLANK and (step == 0 or symbol != best[step - 1])]
    return [_surest(probabilities, best, step) for step in starts]


def _surest(probabilities: Floats, best: npt.NDArray[np.int64], start: int) -> int:
    stop = start
    while stop < len(best) and best[stop] == best[start]:
        stop += 1
    return start + int(probabilities[start:stop, best[start]].argmax())


def _alternatives(peaks: list[Floats], text: str, score: float) -> tuple[Alternative, ...]:
    """Texts that differ in one character, each as likely as that character is against the one read."""
    found: dict[str, float] = {}
    for place, peak in enumerate(peaks):
        for symbol in peak.argsort()[::-1][1 : CHOICES + 1]:
            if symbol in (BLANK, OTHER) or peak[symbol] < 0.001:
                continue
            other = (text[:place] + SYMBOLS[int(symbol)] + text[place + 1 :]).strip()
            found[other] = max(found.get(other, 0.0), score * float(peak[symbol] / peak.max()))
    ranked = sorted(found.items(), key=lambda item: -item[1])
    return tuple(Alternative(other, confidence) for other, confidence in ranked[:5])


def _resize(crop: Grey) -> Grey:
    height, width = crop.shape
    target = min(MAX_WIDTH, max(8, math.ceil(HEIGHT * width / height)))
    how = cv2.INTER_AREA if height > HEIGHT else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(crop, (target, HEIGHT), interpolation=how), np.uint8)


def _round_up(width: int) -> int:
    return math.ceil(width / WIDTH_STEP) * WIDTH_STEP


def batches(order: list[int], widths: list[int]) -> list[list[int]]:
    """Splits indices, sorted by width, where the rounded width changes or a batch is full."""
    found: list[list[int]] = []
    for index in order:
        last, width = found[-1] if found else [], _round_up(widths[index])
        if last and (len(last) + 1) * width <= BATCH_COLUMNS and _round_up(widths[last[0]]) == width:
            last.append(index)
        else:
            found.append([index])
    return found
