"""CTC: what a crop's probabilities say at once, and how likely any given text is in it.

(Graves et al., "Connectionist temporal classification", 2006: section 3 and section 4.1)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handlers.recognition.models import Floats
from handlers.recognition.read.symbols import BLANK, STROKE, SYMBOLS

FAINTEST = 1e-4
"""Least probability of a symbol at a step: one blot does not rule a text out."""
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peak:
    """A character as a crop shows it: its symbol, the probability of each symbol where it is surest, and the step."""

    symbol: int
    shares: Floats
    step: int


def peaks(steps: Floats) -> list[Peak]:
    """Greedy CTC: probabilities (steps, symbols) -> the characters from left to right."""
    best = steps.argmax(axis=1)
    found: list[Peak] = []
    start = 0
    for at in range(1, len(best) + 1):
        if at < len(best) and best[at] == best[start]:
            continue
        if best[start] != BLANK:
            surest = start + int(steps[start:at, best[start]].argmax())
            found.append(Peak(int(best[start]), steps[surest], surest))
        start = at
    return found


def likelihoods(crops: Sequence[Floats], texts: Sequence[str]) -> Doubles:
    """Probabilities (steps, symbols) of crops, and texts -> (texts, crops): how likely each text is in each crop.

    Spaces do not count; a plain stroke is a 1, an I or an L.
    """
    plain = [text.replace(" ", "") for text in texts]
    longest = max(len(text) for text in plain)
    paths = np.array([_path(text, longest) for text in plain])
    return _forward(_even(crops), paths, 2 * np.array([len(text) for text in plain]))


def aligned(steps: Floats, text: str) -> list[Peak]:
    """The characters of a text where a crop shows them best (Viterbi's path through CTC's), spaces left out."""
    plain = text.replace(" ", "")
    path = np.array(_path(plain, len(plain)))
    logs = np.log(_even([steps])[0][:, path])
    skip = np.zeros(len(path), bool)
    skip[3::2] = path[3::2] != path[1:-2:2]
    best = np.full(len(path), -np.inf)
    best[:2] = logs[0, :2]
    back = np.zeros(logs.shape, np.int64)
    for at in range(1, len(logs)):
        moved = np.stack([best, _shifted(best, 1), np.where(skip, _shifted(best, 2), -np.inf)])
        back[at] = moved.argmax(axis=0)
        best = moved.max(axis=0) + logs[at]
    node = len(path) - 1 if len(path) < 2 or best[-1] >= best[-2] else len(path) - 2
    taken: dict[int, list[int]] = {}
    for at in range(len(logs) - 1, -1, -1):
        taken.setdefault(node, []).append(at)
        node -= int(back[at, node])
    found = []
    for number in range(len(plain)):
        symbol = int(path[2 * number + 1])
        at = max(taken.get(2 * number + 1, [0]), key=lambda step: steps[step, symbol])
        found.append(Peak(symbol, steps[at], at))
    return found


def _shifted(values: Doubles, by: int) -> Doubles:
    moved = np.full_like(values, -np.inf)
    moved[by:] = values[:-by]
    return moved


def _path(text: str, longest: int) -> list[int]:
    """The text's symbols with blanks around each, filled up with blanks behind."""
    path = [BLANK]
    for character in text:
        path += [SYMBOLS.index(character, 2), BLANK]
    return path + [BLANK] * (2 * (longest - len(text)))


def _even(crops: Sequence[Floats]) -> Doubles:
    """(crops, steps, symbols), the shorter ones filled up with steps that are surely blank."""
    even = np.zeros((len(crops), max(len(crop) for crop in crops), len(SYMBOLS)))
    even[:, :, BLANK] = 1.0
    for row, crop in zip(even, crops, strict=True):
        row[: len(crop)] = crop
    stroke = even[:, :, SYMBOLS.index(STROKE)]
    for symbol in "1IL":
        even[:, :, SYMBOLS.index(symbol)] += stroke
    even[:, :, BLANK] += even[:, :, SYMBOLS.index(" ")]
    return np.clip(even, FAINTEST, 1.0)


def _forward(probabilities: Doubles, paths: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Doubles:
    """(crops, steps, symbols) -> (texts, crops): the probability of all ways through each path."""
    skip = np.zeros(paths.shape, bool)
    skip[:, 3::2] = paths[:, 3::2] != paths[:, 1:-2:2]
    ways = np.zeros((len(probabilities), *paths.shape))
    ways[:, :, :2] = probabilities[:, 0, paths[:, :2]]
    logs = np.zeros((len(probabilities), 1, 1))
    for step in range(1, probabilities.shape[1]):
        more = ways.copy()
        more[:, :, 1:] += ways[:, :, :-1]
        more[:, :, 2:] += np.where(skip[:, 2:], ways[:, :, :-2], 0.0)
        ways = more * probabilities[:, step, paths]
        # Scaled at each step, so that long lines do not fall below what a double can hold.
        top = np.maximum(ways.max(axis=(1, 2), keepdims=True), 1e-300)
        ways, logs = ways / top, logs + np.log(top)
    rows = np.arange(len(paths))
    total = ways[:, rows, ends] + np.where(ends > 0, ways[:, rows, np.maximum(ends - 1, 0)], 0.0)
    return np.asarray((np.log(np.maximum(total, 1e-300)) + logs[:, :, 0]).T, np.float64)
