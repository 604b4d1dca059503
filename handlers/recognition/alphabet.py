"""The symbols of marks, and how the recogniser's 18,710 classes fold into them.

Marks use A-Z and 0-9. The model was trained on the world's scripts, so a cast `1` may come out as `|` or a
full-width digit: such classes count for the symbol they look like, small letters for capitals. Everything else is
"other" and only costs confidence.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from handlers.recognition.models import Floats

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEPARATORS = "-/. "
"""Kept on plates and labels, dropped from casting marks."""
STROKE = "l"
"""A plain stroke: a 1 in a casting, an L or a 1 on a label. The model's small `l` and bars, kept apart until then."""
BLANK = 0
OTHER = 1
SYMBOLS = ("", "", *CHARACTERS, *SEPARATORS, STROKE)
"""Index -> text; the first two are CTC's blank and everything outside the alphabet."""

LOOKS_LIKE = dict(zip("|!丨Ⅰı〇○Ø—–·", "lllll000--.", strict=True))
"""Classes outside the alphabet that share a shape with one of its symbols."""


def symbol_of(character: str) -> int:
    """The index in `SYMBOLS` that a class of the model counts for."""
    plain = LOOKS_LIKE.get(character, unicodedata.normalize("NFKC", character))
    plain = plain if plain == STROKE else plain.upper()
    return SYMBOLS.index(plain, 2) if plain in SYMBOLS[2:] else OTHER


def fold(characters: Sequence[str]) -> Callable[[Floats], Floats]:
    """A function from probabilities (crops, steps, classes) to (crops, steps, symbols).

    `characters` are the model's, without CTC's blank, which is class 0, and the space, which is the last class.
    """
    targets = np.array([BLANK, *(symbol_of(character) for character in characters), SYMBOLS.index(" ")])
    groups = [np.flatnonzero(targets == symbol) for symbol in range(len(SYMBOLS))]

    def folded(full: Floats) -> Floats:
        out = np.empty((*full.shape[:2], len(SYMBOLS)), np.float32)
        for symbol, classes in enumerate(groups):
            if symbol != OTHER:
                out[..., symbol] = full[..., classes].sum(axis=-1)
        # What is left: cheaper than adding up the 18,600 classes of it.
        out[..., OTHER] = 0.0
        out[..., OTHER] = np.clip(1.0 - out.sum(axis=-1), 0.0, 1.0)
        return out

    return folded
