"""How likely a text is in a crop: held against adding up every path, one by one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.recognition.alphabet import BLANK, STROKE, SYMBOLS
from handlers.recognition.likelihood import likelihoods
from handlers.recognition.models import Floats

LETTERS = "12A"


def crop(*steps: dict[str, float]) -> Floats:
    """Probabilities of some symbols at each step, and of the blank what is left."""
    out = np.zeros((len(steps), len(SYMBOLS)), np.float32)
    for row, step in zip(out, steps, strict=True):
        for symbol, probability in step.items():
            row[SYMBOLS.index(symbol, 2)] = probability
        row[BLANK] = 1 - sum(step.values())
    return out


def collapsed(path: tuple[int, ...]) -> str:
    kept = [symbol for at, symbol in enumerate(path) if symbol != BLANK and (at == 0 or symbol != path[at - 1])]
    return "".join(SYMBOLS[symbol] for symbol in kept)


def by_hand(probabilities: Floats, text: str) -> float:
    symbols = [BLANK, *(SYMBOLS.index(letter, 2) for letter in LETTERS)]
    paths = (path for path in product(symbols, repeat=len(probabilities)) if collapsed(path) == text)
    return sum(float(np.prod([probabilities[step, symbol] for step, symbol in enumerate(path)])) for path in paths)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.05, 0.3), min_size=3, max_size=3), min_size=2, max_size=5),
    st.text(LETTERS, min_size=1, max_size=3),
)
def test_it_is_the_sum_over_all_paths(steps: list[list[float]], text: str) -> None:
    probabilities = crop(*(dict(zip(LETTERS, step, strict=True)) for step in steps))
    ((found,),) = likelihoods([probabilities], [text])
    assert found ** len(text) == pytest.approx(by_hand(probabilities, text), rel=1e-3, abs=1e-3)


def test_texts_and_crops_of_different_lengths_stand_side_by_side() -> None:
    short, long = crop({"A": 0.9}), crop({"A": 0.9}, {}, {"2": 0.8}, {})
    table = likelihoods([short, long], ["A2", "A"])
    alone = [[likelihoods([each], [text])[0, 0] for each in (short, long)] for text in ("A2", "A")]
    assert table == pytest.approx(np.array(alone), abs=0.02)
    assert table[0, 1] > 0.8 > table[1, 1]
    assert table[1, 0] > 0.8 > table[0, 0]


def test_a_double_character_needs_a_gap() -> None:
    joined, apart = crop({"1": 1.0}, {"1": 1.0}), crop({"1": 1.0}, {}, {"1": 1.0})
    ((of_joined, of_apart),) = likelihoods([joined, apart], ["11"])
    assert of_joined < 0.1 < 0.9 < of_apart


@pytest.mark.parametrize("letter", ["1", "L"])
def test_a_plain_stroke_is_a_1_or_an_l_and_spaces_do_not_count(letter: str) -> None:
    ((found,),) = likelihoods([crop({STROKE: 0.9}, {" ": 0.9}, {"2": 0.9})], [f"{letter} 2"])
    assert found == pytest.approx(0.9, rel=0.01)
