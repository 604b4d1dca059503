"""What a crop says at once, and how likely a text is in it: held against adding up every path, one by one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.recognition.models import Floats
from handlers.recognition.read.ctc import FAINTEST, aligned, likelihoods, peaks
from handlers.recognition.read.symbols import BLANK, STROKE, SYMBOLS
from tests.recognition.steps import steps, written

LETTERS = "12A"
SAID = st.lists(st.lists(st.floats(0.02, 0.32), min_size=3, max_size=3), min_size=1, max_size=5)


def said(table: list[list[float]]) -> Floats:
    return steps(*(dict(zip(LETTERS, row, strict=True)) for row in table))


def collapsed(path: tuple[int, ...]) -> str:
    kept = [symbol for at, symbol in enumerate(path) if symbol != BLANK and (at == 0 or symbol != path[at - 1])]
    return "".join(SYMBOLS[symbol] for symbol in kept)


def by_hand(probabilities: Floats, text: str) -> list[float]:
    """The probability of each way through the steps that spells the text."""
    symbols = [BLANK, *(SYMBOLS.index(letter, 2) for letter in LETTERS)]
    paths = (path for path in product(symbols, repeat=len(probabilities)) if collapsed(path) == text)
    return [float(np.prod([probabilities[step, symbol] for step, symbol in enumerate(path)])) for path in paths]


def text_of(probabilities: Floats) -> str:
    return "".join(SYMBOLS[peak.symbol] for peak in peaks(probabilities))


@settings(max_examples=40, deadline=None)
@given(SAID, st.text(LETTERS, min_size=1, max_size=3))
def test_a_text_is_as_likely_as_all_its_paths_together(table: list[list[float]], text: str) -> None:
    probabilities = said(table)
    ((found,),) = likelihoods([probabilities], [text])
    assert np.exp(found) == pytest.approx(sum(by_hand(probabilities, text)), rel=1e-4, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(SAID)
def test_all_texts_together_are_certain(table: list[list[float]]) -> None:
    probabilities = said(table)
    texts = ["".join(each) for count in range(len(table) + 1) for each in product(LETTERS, repeat=count)]
    assert np.exp(likelihoods([probabilities], texts)).sum() == pytest.approx(1, abs=1e-4)


def test_texts_and_crops_of_different_lengths_stand_side_by_side() -> None:
    short, long = steps({"A": 0.9}), steps({"A": 0.9}, {}, {"2": 0.8}, {})
    table = likelihoods([short, long], ["A2", "A", ""])
    assert table.shape == (3, 2)
    alone = [[likelihoods([each], [text])[0, 0] for each in (short, long)] for text in ("A2", "A", "")]
    assert np.exp(table) == pytest.approx(np.exp(alone), abs=0.001)
    assert np.exp(table)[0, 1] == pytest.approx(0.72, abs=0.01)
    assert np.exp(table)[1, 0] == pytest.approx(0.9, abs=0.01)


def test_a_double_character_needs_a_gap() -> None:
    joined, apart = steps({"1": 1.0}, {"1": 1.0}), steps({"1": 1.0}, {}, {"1": 1.0})
    ((of_joined, of_apart),) = np.exp(likelihoods([joined, apart], ["11"]))
    assert of_joined < 0.01 < 0.99 < of_apart


def test_one_blot_does_not_rule_a_text_out() -> None:
    ((blotted, never),) = likelihoods([written("AB1", 1.0, instead={1: {"?": 1.0}}), written("222", 1.0)], ["AB1"])
    assert np.log(FAINTEST) - 1 < blotted < 0
    assert never < 2 * blotted


def test_a_line_far_longer_than_a_mark_keeps_its_likelihood() -> None:
    """The probability of the longer one is below the smallest double."""
    text = "AB12" * 40
    ((quarter,),) = likelihoods([written(text, 0.3)], [text])
    ((found,),) = likelihoods([written(text * 4, 0.3)], [text * 4])
    assert found == pytest.approx(4 * quarter, rel=0.01)
    assert np.exp(found) == 0.0


@pytest.mark.parametrize("letter", ["1", "L", "I"])
def test_a_plain_stroke_is_a_1_an_i_or_an_l_and_spaces_do_not_count(letter: str) -> None:
    ((found,),) = np.exp(likelihoods([steps({STROKE: 0.9}, {" ": 0.9}, {"2": 0.9})], [f"{letter} 2"]))
    assert found == pytest.approx(0.81, rel=0.01)


def test_repeats_count_once_unless_a_blank_parts_them() -> None:
    assert text_of(steps({"1": 1.0}, {"1": 1.0}, {})) == "1"
    assert text_of(steps({"1": 1.0}, {}, {"1": 1.0})) == "11"
    assert text_of(steps({}, {})) == ""


def test_a_peak_is_where_its_character_is_surest() -> None:
    first, second = peaks(steps({}, {"B": 0.6}, {"B": 0.8, "8": 0.15}, {"B": 0.7}, {"7": 0.9}))
    assert (SYMBOLS[first.symbol], first.step) == ("B", 2)
    assert float(first.shares[SYMBOLS.index("8")]) == pytest.approx(0.15)
    assert (SYMBOLS[second.symbol], second.step) == ("7", 4)


def test_characters_are_aligned_where_the_crop_shows_them() -> None:
    crop = steps({}, {"B": 0.6, "8": 0.3}, {"B": 0.7, "8": 0.25}, {}, {" ": 0.9}, {}, {"7": 0.9}, {})
    for text, first in (("B 7", "B"), ("8 7", "8")):
        found = aligned(crop, text)
        assert [SYMBOLS[peak.symbol] for peak in found] == [first, "7"]
        assert found[1].step == 6
        assert found[0].shares[found[0].symbol] == crop[1:3, found[0].symbol].max()


def test_a_character_that_is_read_but_not_in_the_text_is_passed_over() -> None:
    found = aligned(written("A-27"), "A27")
    assert [peak.step for peak in found] == [1, 5, 7]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.floats(0.02, 0.32), min_size=3, max_size=3), min_size=5, max_size=6),
    st.text(LETTERS, min_size=1, max_size=3),
)
def test_the_alignment_lies_on_the_likeliest_path(table: list[list[float]], text: str) -> None:
    probabilities = said(table)
    found = aligned(probabilities, text)
    taken = [peak.step for peak in found]
    assert "".join(SYMBOLS[peak.symbol] for peak in found) == text
    assert taken == sorted(set(taken))
    # No path that has the characters elsewhere is likelier than the best of those that have them here.
    forced = probabilities.copy()
    for peak in found:
        forced[peak.step, [at for at in range(len(SYMBOLS)) if at != peak.symbol]] = 0.0
    assert max(by_hand(forced, text)) == pytest.approx(max(by_hand(probabilities, text)), rel=1e-4)
