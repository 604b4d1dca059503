"""What an operator knows of the readings to come: their alphabet, their pattern, what the pictures show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import re2

from handlers.recognition.models import Floats
from handlers.recognition.read.recogniser import unmasked
from handlers.recognition.read.symbols import BLANK, CHARACTERS, OTHER, STROKE, SYMBOLS

Kind = Literal["auto", "hub", "line"]
LEAST_SHARE = 0.1
"""Probability that the expected characters must have together at a step: with less, the crop shows something else."""


@dataclass(frozen=True, slots=True)
class Expected:
    """`kind` of picture, `alphabet` of a reading's characters ("" is all) and the `pattern` that each line matches.

    A pattern is one of RE2's, which takes time that grows with the text and never runs away; ValueError for any other.
    """

    kind: Kind = "auto"
    alphabet: str = ""
    pattern: str = ""

    def __post_init__(self) -> None:
        if self.pattern:
            _compiled(self.pattern)

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

    def prior(self, text: str) -> float:
        """1 for a text that may be, 0 for one that may not."""
        characters = all(each in self.alphabet for each in text if each.isalnum()) if self.alphabet else True
        return float(characters and (not self.pattern or _compiled(self.pattern).fullmatch(text) is not None))


ANYTHING = Expected()


@cache
def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"the pattern {pattern!r} cannot be used: {error}") from None


def _is_expected(symbol: str, index: int, alphabet: str) -> bool:
    if index in (BLANK, OTHER) or (symbol not in CHARACTERS and symbol != STROKE):
        return True
    return bool(set("1IL") & set(alphabet)) if symbol == STROKE else symbol in alphabet
