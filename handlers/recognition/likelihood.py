"""How likely each of some texts is in each of some crops: CTC's forward algorithm.

A crop that reads 1Z50 still says how much it would be a 1250. (Graves et al., "Connectionist temporal classification",
2006, section 4.1)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from handlers.recognition.alphabet import BLANK, STROKE, SYMBOLS
from handlers.recognition.models import Floats

FAINTEST = 1e-4
"""Least probability of a symbol at a step: one blot does not rule a text out."""
Doubles = npt.NDArray[np.float64]


def likelihoods(crops: Sequence[Floats], texts: Sequence[str]) -> Doubles:
    """Probabilities (steps, symbols) of crops, and texts -> (texts, crops): of a text in a crop, per character in 0..1.

    A text is compared without spaces, and has one character at least; a plain stroke is a 1 or an L.
    """
    bare = [text.replace(" ", "") for text in texts]
    longest = max(len(text) for text in bare)
    paths = np.array([_path(text, longest) for text in bare])
    ways = _forward(_even(crops), paths)
    ends = 2 * np.array([len(text) for text in bare])
    rows = np.arange(len(bare))
    total = ways[:, rows, ends] + ways[:, rows, ends - 1]
    return np.asarray(total.T ** (2.0 / ends[:, None]), np.float64)


def _path(text: str, longest: int) -> list[int]:
    """The text's symbols with blanks around each, filled up with blanks behind."""
    path = [BLANK]
    for character in text:
        path += [SYMBOLS.index(character, 2), BLANK]
    return path + [BLANK] * (2 * (longest - len(text)))


def _may_skip(paths: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Where the blank before a symbol may be left out: (texts, path) but not between two alike."""
    skip = np.zeros(paths.shape, bool)
    skip[:, 3::2] = paths[:, 3::2] != paths[:, 1:-2:2]
    return skip


def _even(crops: Sequence[Floats]) -> Doubles:
    """(crops, steps, symbols), the shorter ones filled up with steps that are surely blank."""
    even = np.zeros((len(crops), max(len(crop) for crop in crops), len(SYMBOLS)))
    even[:, :, BLANK] = 1.0
    for row, crop in zip(even, crops, strict=True):
        row[: len(crop)] = crop
    stroke = even[:, :, SYMBOLS.index(STROKE)]
    for symbol in "1L":
        even[:, :, SYMBOLS.index(symbol)] += stroke
    even[:, :, BLANK] += even[:, :, SYMBOLS.index(" ")]
    return np.clip(even, FAINTEST, 1.0)


def _forward(probabilities: Doubles, paths: npt.NDArray[np.int64]) -> Doubles:
    """(crops, steps, symbols) -> (crops, texts, path): the probability of all ways to each place, after the last step.

    Symbols are looked up step by step: those of all steps at once were the largest thing in memory.
    """
    skip = _may_skip(paths)
    ways = np.zeros((len(probabilities), *paths.shape))
    ways[:, :, :2] = probabilities[:, 0, paths[:, :2]]
    for step in range(1, probabilities.shape[1]):
        more = ways.copy()
        more[:, :, 1:] += ways[:, :, :-1]
        more[:, :, 2:] += np.where(skip[:, 2:], ways[:, :, :-2], 0.0)
        ways = more * probabilities[:, step, paths]
    return ways
