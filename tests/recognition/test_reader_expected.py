"""What an operator expects, on the whole way: kinds of pictures, an alphabet, a pattern, and when a person is asked."""

import pytest
from PIL import Image

from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.recognition.weigh.priors import Expected
from tests.drawing import draw_hub, draw_plate

DIGITS = "0123456789"


def all_texts(reading: Reading) -> list[str]:
    """Whatever a reading shows that could be taken for its text."""
    marks = (*reading.marks, *reading.doubted)
    others = [other.text for shown in marks for other in shown.alternatives]
    others += [other.text for other in reading.alternatives]
    return [reading.text, *(mark.text for mark in marks), *others]


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
def test_a_hub_is_read_as_is_expected(hub: Image.Image, expected: Expected, text: str) -> None:
    assert Reader(expected=expected).read(hub).text == text


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Expected(kind="line"), "KD2041"),
        (Expected(pattern="[A-Z]{2}[0-9]{4}"), "KD2041"),
        (Expected(alphabet="DK0123456789"), "KD2041"),
        (Expected(pattern="[0-9]{9}"), ""),
        (Expected(kind="hub"), ""),
    ],
)
def test_a_plate_is_read_as_is_expected(expected: Expected, text: str) -> None:
    assert Reader(expected=expected).read(draw_plate("KD2041", size=(400, 200))).text == text


@pytest.mark.parametrize("pattern", ["O[0-9]{3}", "[0-9]{4}"])
def test_a_pattern_tells_look_alikes_apart(pattern: str) -> None:
    expected = Expected(pattern=pattern)
    reading = Reader(expected=expected).read(draw_plate("O471", size=(320, 160)))
    assert reading.text == {"O[0-9]{3}": "O471", "[0-9]{4}": "0471"}[pattern]


def test_whatever_is_shown_is_of_the_alphabet(hub: Image.Image) -> None:
    for image in (hub, draw_plate("KD2041", size=(400, 200))):
        reading = Reader(expected=Expected(alphabet=DIGITS)).read(image)
        for text in all_texts(reading):
            assert set(text) - set("-./:#&+() ") <= set(DIGITS)


def test_what_a_text_reads_as_on_its_head_is_offered_only_where_it_may_be() -> None:
    image = draw_hub("66", seed=6)
    assert "99" in all_texts(Reader().read(image))
    for expected in (Expected(alphabet="012345678"), Expected(pattern="6[0-9]")):
        reading = Reader(expected=expected).read(image)
        assert reading.text == "66"
        assert not [text for text in all_texts(reading) if "9" in text and not expected.prior(text)]


@pytest.mark.parametrize(("limit", "asked"), [(0.0, False), (1.0, True)])
def test_a_person_is_asked_below_the_confidence_that_is_set(hub: Image.Image, limit: float, asked: bool) -> None:
    reading = Reader(review_below=limit).read(hub)
    assert (reading.text, reading.needs_review) == ("A27", asked)
