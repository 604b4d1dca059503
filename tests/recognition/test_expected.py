"""What an operator expects: an alphabet, a pattern, a kind of picture, each steering what is read."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from handlers.recognition.alphabet import BLANK, OTHER, STROKE, SYMBOLS
from handlers.recognition.expected import Expected
from handlers.recognition.models import Floats
from handlers.recognition.pipeline import Reader
from handlers.recognition.reading import Alternative, Mark
from handlers.recognition.recogniser import Line
from tests.drawing import draw_hub

_PLACE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
_DIGITS = "0123456789"


def _step(**shares: float) -> Floats:
    """Probabilities of one step by symbol, and of `blank`."""
    step = np.zeros((1, len(SYMBOLS)), np.float32)
    for name, share in shares.items():
        step[0, BLANK if name == "blank" else SYMBOLS.index(name, 2)] = share
    return step


def _share(step: Floats, symbol: str) -> float:
    return round(float(step[0, SYMBOLS.index(symbol, 2)]), 3)


def test_all_is_expected_unless_something_is() -> None:
    step = _step(B=0.6, blank=0.4)
    assert Expected().mask()(step) is step


def test_character_that_is_not_expected_counts_for_those_that_are() -> None:
    masked = Expected(alphabet=_DIGITS).mask()(_step(B=0.6, **{"8": 0.2, "3": 0.1}, blank=0.1))
    assert (_share(masked, "B"), _share(masked, "8"), _share(masked, "3")) == (0.0, 0.6, 0.3)
    assert masked[0, BLANK] == pytest.approx(0.1)


def test_character_that_can_be_nothing_else_is_none_that_is_expected() -> None:
    masked = Expected(alphabet=_DIGITS).mask()(_step(W=0.97, **{"3": 0.01}, blank=0.02))
    assert (_share(masked, "W"), _share(masked, "3")) == (0.0, 0.01)
    assert masked[0, OTHER] == pytest.approx(0.97)


@pytest.mark.parametrize(("alphabet", "kept"), [("1", 0.9), ("L", 0.9), ("ABC", 0.0)])
def test_plain_stroke_is_a_1_or_an_l(alphabet: str, kept: float) -> None:
    masked = Expected(alphabet=alphabet).mask()(_step(l=0.9, blank=0.1))
    assert float(masked[0, SYMBOLS.index(STROKE)]) == pytest.approx(kept)


@pytest.mark.parametrize(
    ("pattern", "text", "score"),
    [
        ("", "B27", 0.9),
        ("[A-Z][0-9]{2}", "B27", 0.9),
        ("[0-9]{3}", "827", 0.6),
        ("[0-9]+", "827", 0.6),
        ("[0-9]{2}", "", 0.0),
        # All of it has to match, not a part.
        ("27", "", 0.0),
    ],
)
def test_pattern_chooses_among_a_line_and_its_alternatives(pattern: str, text: str, score: float) -> None:
    line = Line("B27", 0.9, (Alternative("B2Z", 0.7), Alternative("327", 0.2), Alternative("827", 0.6)))
    steered = Expected(pattern=pattern).steer(line)
    assert (steered.text, steered.score) == (text, score)


def test_alternatives_that_cannot_be_are_not_offered() -> None:
    mark = Mark("827", _PLACE, 0.0, 0.9, (Alternative("B27", 0.4), Alternative("927", 0.3)))
    for expected in (Expected(alphabet=_DIGITS), Expected(pattern=r"\d+")):
        held = expected.held(mark)
        assert held is not None
        assert held.alternatives == (Alternative("927", 0.3),)
    assert Expected(alphabet="ABC").held(mark) is None


@pytest.fixture(scope="module")
def hub() -> Image.Image:
    return draw_hub("A27", angle=40, seed=3)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Expected(), "A27"),
        (Expected(kind="hub"), "A27"),
        (Expected(alphabet="0123456789ABC", pattern="[A-C][0-9]+"), "A27"),
        (Expected(kind="hub", pattern="[0-9]{4}"), ""),
        (Expected(kind="line", pattern=".{9,}"), ""),
    ],
)
def test_hub_is_read_as_is_expected(hub: Image.Image, expected: Expected, text: str) -> None:
    assert Reader(expected=expected).read(hub).text == text


def test_whatever_is_read_is_expected(hub: Image.Image) -> None:
    reading = Reader(expected=Expected(kind="hub", alphabet=_DIGITS)).read(hub)
    for text in (reading.text, *(each.text for each in reading.alternatives)):
        assert set(text) <= set(_DIGITS)


@pytest.mark.parametrize(("limit", "asked"), [(0.0, False), (1.0, True)])
def test_person_is_asked_below_the_confidence_that_is_set(hub: Image.Image, limit: float, asked: bool) -> None:
    reading = Reader(review_below=limit).read(hub)
    assert (reading.text, reading.needs_review) == ("A27", asked)


def test_settings_reach_the_reader(make_settings: Callable[..., object]) -> None:
    from handlers.rooms import Rooms
    from handlers.settings import Settings

    settings = make_settings(reading="hub", alphabet="012", pattern="[0-2]+", review_below=0.5)
    assert isinstance(settings, Settings)
    reader = Rooms(settings).reader
    assert (reader.expected, reader.review_below) == (Expected("hub", "012", "[0-2]+"), 0.5)
