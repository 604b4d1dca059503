"""What an operator expects: an alphabet and a pattern, each steering what may be read."""

from collections.abc import Callable

import numpy as np
import pytest

from handlers.recognition.geometry import Line
from handlers.recognition.models import Floats
from handlers.recognition.read.symbols import BLANK, OTHER, STROKE, SYMBOLS
from handlers.recognition.weigh.evidence import Crop, Place, weigh
from handlers.recognition.weigh.priors import ANYTHING, Expected
from tests.recognition.steps import steps, written

DIGITS = "0123456789"


def share(said: Floats, symbol: str) -> float:
    return round(float(said[0, SYMBOLS.index(symbol, 2)]), 3)


def test_all_is_expected_unless_something_is() -> None:
    said = steps({"B": 0.6})
    assert ANYTHING.mask()(said) is said
    assert ANYTHING.prior("anything, at all") == 1


def test_a_character_that_is_not_expected_counts_for_those_that_are() -> None:
    said = steps({"B": 0.6, "8": 0.2, "3": 0.1})
    masked = Expected(alphabet=DIGITS).mask()(said)
    assert (share(masked, "B"), share(masked, "8"), share(masked, "3")) == (0.0, 0.6, 0.3)
    assert masked[0, BLANK] == pytest.approx(0.1)
    assert share(said, "B") == 0.6


def test_a_character_that_can_be_nothing_else_is_none_that_is_expected() -> None:
    masked = Expected(alphabet=DIGITS).mask()(steps({"W": 0.97, "3": 0.01}))
    assert (share(masked, "W"), share(masked, "3")) == (0.0, 0.01)
    assert masked[0, OTHER] == pytest.approx(0.97)


def test_a_mask_keeps_the_sum_of_all_probabilities() -> None:
    said = np.random.default_rng(5).dirichlet(np.full(len(SYMBOLS), 0.1), 40).astype(np.float32)
    for alphabet in (DIGITS, "ABC", "1"):
        assert Expected(alphabet=alphabet).mask()(said).sum(axis=1) == pytest.approx(np.ones(40), abs=1e-5)


@pytest.mark.parametrize(("alphabet", "kept"), [("1", 0.9), ("L", 0.9), ("I", 0.9), ("ABC", 0.0)])
def test_a_plain_stroke_is_a_1_an_i_or_an_l(alphabet: str, kept: float) -> None:
    masked = Expected(alphabet=alphabet).mask()(steps({STROKE: 0.9}))
    assert float(masked[0, SYMBOLS.index(STROKE)]) == pytest.approx(kept)


@pytest.mark.parametrize(
    ("expected", "text", "may_be"),
    [
        (Expected(alphabet=DIGITS), "827", True),
        (Expected(alphabet=DIGITS), "8-27 1", True),
        (Expected(alphabet=DIGITS), "B27", False),
        (Expected(pattern="[A-Z][0-9]{2}"), "B27", True),
        (Expected(pattern="[A-Z][0-9]{2}"), "827", False),
        # All of it has to match, not a part.
        (Expected(pattern="[0-9]{2}"), "827", False),
        (Expected(pattern="27"), "827", False),
        (Expected(pattern="B|B27"), "B27", True),
        (Expected(alphabet=DIGITS, pattern=r"\w+"), "B27", False),
        (Expected(kind="hub"), "B27", True),
    ],
)
def test_a_text_may_be_or_may_not(expected: Expected, text: str, may_be: bool) -> None:
    assert expected.prior(text) == float(may_be)


@pytest.mark.parametrize(
    ("pattern", "text"), [("", "B27"), ("[A-Z][0-9]{2}", "B27"), ("[0-9]{3}", "827"), ("[0-9]{4}", None)]
)
def test_a_pattern_chooses_among_the_texts_of_a_place(pattern: str, text: str | None) -> None:
    said = written("B27", 0.95, instead={0: {"B": 0.6, "8": 0.3, "3": 0.05}})
    line = Line((0, 0), 60, 20, 0)
    found = weigh(Place(line, ((Crop(line, said),),)), Expected(pattern=pattern).prior)
    assert (found and found.text) == text
    assert found is None or all(Expected(pattern=pattern).prior(each) for each in found.evidence)


def test_a_pattern_that_would_run_away_answers_at_once() -> None:
    """Python's own engine would try 2 to the power of forty ways."""
    expected = Expected(pattern="([A-Z]+)+[0-9]")
    assert expected.prior("A" * 40) == 0
    assert expected.prior("A" * 40 + "1") == 1


@pytest.mark.parametrize("pattern", ["(", "[A-", "*", "(?=A)B", r"(A)\1"])
def test_a_pattern_that_cannot_be_used_is_named_at_once(pattern: str) -> None:
    with pytest.raises(ValueError, match="cannot be used") as caught:
        Expected(pattern=pattern)
    assert repr(pattern) in str(caught.value)


def test_settings_reach_the_reader(make_settings: Callable[..., object]) -> None:
    from handlers.rooms import Rooms
    from handlers.settings import Settings

    settings = make_settings(reading="hub", alphabet="012", pattern="[0-2]+", review_below=0.5)
    assert isinstance(settings, Settings)
    reader = Rooms(settings).reader
    assert (reader.expected, reader.review_below) == (Expected("hub", "012", "[0-2]+"), 0.5)
