"""The symbols of an answer, how the recogniser's classes fold into them, and which of them look alike.

Marks are capitals and digits; a small letter counts for its capital. A plain stroke (`l`) is kept apart until the text
is known: beside a digit it is a 1, elsewhere an L.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from handlers.recognition.models import Floats

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEPARATORS = "-./:#&+() "
"""What stands between characters; the space last."""
STROKE = "l"
BLANK, OTHER = 0, 1
SYMBOLS = ("", "", *CHARACTERS, *SEPARATORS, STROKE)
"""Index -> text; the first two are CTC's blank and everything outside the alphabet."""
UPSIDE_DOWN = dict(zip("0689HINOSXZMW", "0986HINOSXZWM", strict=True))
"""What a character reads as after half a turn. `1` is missing: its flag and foot tell which way up it is."""
LOOK_ALIKES = ("0OQD", "1I", "8B", "6G", "5S", "2Z", "UV")
"""Characters that are taken for one another on real marks: one table, whose rows are shapes."""
_STROKE_OF_A_NUMBER = re.compile(rf"(?<=\d){STROKE}|{STROKE}(?=\d)|^{STROKE}+$")


def fold(characters: str) -> Callable[[Floats], Floats]:
    """A function from probabilities (..., classes) to (..., symbols); the classes are CTC's blank, `characters`, and
    one for all others."""
    targets = [BLANK, *(_symbol(each) for each in characters), OTHER]
    matrix = np.zeros((len(targets), len(SYMBOLS)), np.float32)
    matrix[np.arange(len(targets)), targets] = 1.0
    return lambda probabilities: np.asarray(probabilities @ matrix, np.float32)


def _symbol(character: str) -> int:
    plain = character if character == STROKE else character.upper()
    return SYMBOLS.index(plain, 2) if plain in SYMBOLS[2:] else OTHER


def spelled(symbols: str) -> str:
    """Symbols -> a text: what a plain stroke is, its neighbours say; no spaces at the ends."""
    return _STROKE_OF_A_NUMBER.sub(lambda found: "1" * len(found[0]), symbols).replace(STROKE, "L").strip()


def bare(text: str) -> str:
    """Letters and digits alone."""
    return "".join(each for each in text if each in CHARACTERS)


def turned(text: str) -> str | None:
    """What the text reads as upside down, or None when that is not a text."""
    return "".join(UPSIDE_DOWN[each] for each in reversed(text)) if all(each in UPSIDE_DOWN for each in text) else None
