"""What an operator knows of the readings to come: their alphabet, their pattern, what the pictures show."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from handlers.recognition.alphabet import BLANK, CHARACTERS, OTHER, STROKE, SYMBOLS
from handlers.recognition.models import Floats
from handlers.recognition.reading import Mark
from handlers.recognition.recogniser import Line, unmasked

Kind = Literal["auto", "hub", "line"]
LEAST_SHARE = 0.1
"""Probability that the expected characters must have together at a step: with less, the crop shows something else."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`kind` of picture, `alphabet` of a reading's characters ("" is all) and the `pattern` that each line matches."""

    kind: Kind = "auto"
    alphabet: str = ""
    pattern: str = ""

    def mask(self) -> Callable[[Floats], Floats]:
        """A function from probabilities (..., symbols) to the same, shared out among the expected characters."""
        if not self.alphabet:
            return unmasked
        expected = np.array([_is_expected(symbol, index, self.alphabet) for index, symbol in enumerate(SYMBOLS)])
        unexpected = [index for index, each in enumerate(expected) if not each]

        def mask(probabilities: Floats) -> Floats:
            masked = probabilities.copy()
            lost = masked[..., unexpected].sum(axis=-1)
            masked[..., unexpected] = 0.0
            characters = masked[..., OTHER + 1 :]
            kept = characters.sum(axis=-1)
            # An 8 that might be a B is an 8 among digits; a B that cannot be anything else is no digit.
            shared = np.where(kept >= LEAST_SHARE * (kept + lost), lost, 0.0)
            characters *= (1.0 + shared / np.maximum(kept, 1e-9))[..., None]
            masked[..., OTHER] += lost - shared
            return masked

        return mask

    def steer(self, line: Line) -> Line:
        """The line or the likeliest of its alternatives that matches the pattern; an empty one where none does."""
        if not self.pattern or not line.text:
            return line
        matching = [each for each in line.alternatives if self._matches(each.text)]
        if self._matches(line.text):
            return replace(line, alternatives=tuple(matching))
        if not matching:
            return replace(line, text="", score=0.0, alternatives=())
        best, *others = sorted(matching, key=lambda each: -each.confidence)
        return replace(line, text=best.text, score=best.confidence, alternatives=tuple(others))

    def held(self, mark: Mark) -> Mark | None:
        """The mark without alternatives that cannot be; None where it cannot be itself."""
        if not self._fits(mark.text):
            return None
        return replace(mark, alternatives=tuple(each for each in mark.alternatives if self._fits(each.text)))

    def _fits(self, text: str) -> bool:
        characters = all(each in self.alphabet for each in text if each.isalnum()) if self.alphabet else True
        return characters and self._matches(text)

    def _matches(self, text: str) -> bool:
        return not self.pattern or re.fullmatch(self.pattern, text) is not None


ANYTHING = Expected()


def _is_expected(symbol: str, index: int, alphabet: str) -> bool:
    """Whether a symbol of the recogniser's may stand in a reading; a plain stroke is a 1 or an L."""
    if index in (BLANK, OTHER) or symbol not in CHARACTERS + STROKE:
        return True
    return any(each in alphabet for each in "1L") if symbol == STROKE else symbol in alphabet
