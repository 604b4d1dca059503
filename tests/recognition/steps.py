"""What a recogniser might say of a crop, written down: probabilities (steps, symbols)."""

import numpy as np

from handlers.recognition.models import Floats
from handlers.recognition.read.symbols import BLANK, OTHER, SYMBOLS


def steps(*said: dict[str, float]) -> Floats:
    """Steps of a network: symbol -> probability, "?" for a character outside the alphabet; the blank has the rest."""
    out = np.zeros((len(said), len(SYMBOLS)), np.float32)
    for row, each in zip(out, said, strict=True):
        for symbol, probability in each.items():
            row[OTHER if symbol == "?" else SYMBOLS.index(symbol, 2)] = probability
        row[BLANK] = 1 - sum(each.values())
    return out


def written(text: str, sure: float = 0.95, *, instead: dict[int, dict[str, float]] | None = None) -> Floats:
    """A crop that shows the text, with blanks between; `instead`: what is said of some of its characters."""
    said: list[dict[str, float]] = [{}]
    for at, character in enumerate(text):
        said += [(instead or {}).get(at, {character: sure}), {}]
    return steps(*said)
