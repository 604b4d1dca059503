"""Look-alike characters, decided by the line and by each character alone."""

import numpy as np
import pytest

from handlers.recognition.alone import respelled, spelled
from handlers.recognition.crops import Box
from handlers.recognition.models import Grey
from handlers.recognition.pipeline import RIVAL
from handlers.recognition.reading import Alternative
from handlers.recognition.recogniser import Line, Recogniser
from handlers.recognition.vote import Attempt, Verdict, decide
from tests.drawing import draw_plate


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(threads=2)


def plate(text: str) -> tuple[Grey, Box]:
    size = (60 + 34 * len(text), 80)
    return np.asarray(draw_plate(text, size=size)), Box((size[0] / 2, 40), size[0] - 20, 64, 0.0)


def verdict_of(attempts: list[Attempt]) -> Verdict:
    verdict = decide(attempts)
    assert verdict is not None
    return verdict


def test_a_line_is_cut_between_its_characters(recogniser: Recogniser) -> None:
    image, _ = plate("KD2041")
    spelling = spelled(image, recogniser)
    assert spelling.text == "KD2041"
    assert list(spelling.edges) == sorted(spelling.edges)
    assert [line.text for line in recogniser.read([spelling.part(0), spelling.part(2)])] == ["K", "2"]


def test_a_smear_beyond_the_end_is_left_out(recogniser: Recogniser) -> None:
    spelling = spelled(plate("KD2041H")[0], recogniser)
    shorter = spelling.within("KD2041")
    assert shorter is not None
    assert shorter.edges == spelling.edges[:-1]
    assert spelling.within("XX") is None


def test_a_hesitant_line_is_decided_by_the_character_alone(recogniser: Recogniser) -> None:
    """What is given up is less likely than what takes its place, and still asked about."""
    image, box = plate("1G2050H")
    attempts = [Attempt(box, Line("162050H", 0.9, (Alternative("1G2050H", 0.6),)))]
    verdict = respelled(image, verdict_of(attempts), attempts, recogniser)
    assert verdict.text == "1G2050H"
    given_up = verdict.alternatives[0]
    assert given_up.text == "162050H"
    assert RIVAL < given_up.confidence / verdict.confidence < 1


def test_a_line_that_does_not_hesitate_is_left_alone(recogniser: Recogniser) -> None:
    image, box = plate("1G2050H")
    attempts = [Attempt(box, Line("162050H", 0.9, (Alternative("1G2050H", 0.1),)))]
    verdict = verdict_of(attempts)
    assert respelled(image, verdict, attempts, recogniser) == verdict


def test_a_character_that_looks_like_itself_alone_stays(recogniser: Recogniser) -> None:
    image, box = plate("162050H")
    attempts = [Attempt(box, Line("162050H", 0.9, (Alternative("1G2050H", 0.6),)))]
    assert respelled(image, verdict_of(attempts), attempts, recogniser).text == "162050H"


def test_spaces_do_not_move_the_characters(recogniser: Recogniser) -> None:
    image, box = plate("AB G205")
    attempts = [Attempt(box, Line("AB 6205", 0.9, (Alternative("AB G205", 0.6),)))]
    assert respelled(image, verdict_of(attempts), attempts, recogniser).text == "AB G205"
