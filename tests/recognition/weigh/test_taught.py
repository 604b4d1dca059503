"""What was confirmed helps to choose, and never makes unreadable what was never seen."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from handlers.recognition.geometry import Line
from handlers.recognition.weigh.calibration import confidence
from handlers.recognition.weigh.evidence import Crop, Place, Weighed, weigh
from handlers.recognition.weigh.priors import Expected
from handlers.recognition.weigh.taught import LEAST_ODDS, MOST_NEW, MOST_ODDS, Taught, form, teachable
from tests.recognition.steps import written

MOLDS = {"A27": 30, "A21": 20, "B14": 20, "C03": 10, "11": 5, "D55": 1}
DOUBTED: Mapping[int, dict[str, float]] = {2: {"1": 0.5, "7": 0.3, "2": 0.1}}


def seen(text: str, sure: float = 0.9, instead: Mapping[int, dict[str, float]] | None = None) -> Weighed:
    """A place that both recognisers read alike."""
    said = written(text, sure, instead=dict(instead or {}))
    crops = tuple(Crop(Line((50, 50), 60, 20, 0), said, by) for by in ("print", "marks"))
    weighed = weigh(Place(Line((50, 50), 60, 20, 0), (crops,)))
    assert weighed is not None
    return replace(weighed, confidence=confidence(weighed))


def decided(taught: Taught, weighed: Weighed, expected: Expected | None = None) -> Weighed:
    (place,) = taught.applied([weighed], (expected or Expected()).prior)
    return place


def test_a_doubtful_character_becomes_the_known_mold_and_surer() -> None:
    plain = seen("A24", instead={2: {"4": 0.5, "7": 0.35}})
    assert plain.text == "A24"
    taught = decided(Taught({"A27": 30, "B14": 20}), plain)
    assert taught.text == "A27"
    assert taught.evidence["A27"] > taught.evidence["A24"]


def test_a_known_mold_is_weighed_that_no_crop_read() -> None:
    plain = seen("A23", instead={1: {"2": 0.4, "8": 0.05}, 2: {"3": 0.4, "8": 0.05}})
    assert "B88" not in plain.evidence
    assert "A88" in decided(Taught({"A88": 50, "B88": 50}), plain).evidence


def test_a_clearly_read_new_mold_stays_what_it_is() -> None:
    taught = decided(Taught(MOLDS), seen("A29", 0.95))
    assert taught.text == "A29"
    assert taught.confidence > 0.7


def test_a_text_of_another_form_is_read_and_less_sure() -> None:
    plain = seen("XK-2041", 0.9)
    taught = decided(Taught(MOLDS), plain)
    assert taught.text == "XK-2041"
    assert 0.2 < taught.confidence < plain.confidence


def test_a_new_text_is_not_accepted_for_its_form() -> None:
    doubtful = seen("B29", 0.62)
    taught = decided(Taught(MOLDS), doubtful)
    assert taught.text == "B29"
    assert doubtful.confidence < taught.confidence <= MOST_NEW


def test_a_known_text_is_surer() -> None:
    plain = seen("A27", 0.7)
    assert decided(Taught(MOLDS), plain).confidence > plain.confidence


def test_of_many_molds_the_frequent_ones_are_recalled() -> None:
    many = {f"{letter}{number:03d}": 1 for letter in "BCDEF" for number in range(400)} | {"A27": 30}
    taught = Taught(many)
    assert len(taught.texts) == 2001
    assert "A27" in decided(taught, seen("A24", instead={2: {"4": 0.5, "7": 0.03}})).evidence


def test_what_no_mark_can_say_is_passed_over() -> None:
    assert Taught({"轮毂": 5, "A27": 2, "": 1}).texts == {"A27": 2}


def test_what_an_operator_rules_out_is_not_recalled() -> None:
    plain = seen("A24", instead={2: {"4": 0.5, "7": 0.02}})
    assert "A27" not in decided(Taught({"A27": 99}), plain, Expected(pattern="A2[0-5]")).evidence


def test_a_mark_does_not_come_twice_because_it_is_known() -> None:
    sure, blot = seen("A27", 0.9), seen("A21", instead={2: {"1": 0.5, "7": 0.3}})
    taught = Taught({"A27": 30, "B14": 20})
    assert decided(taught, blot).text == "A27"
    assert [each.text for each in taught.applied([blot, sure])] == ["A27", "A21"]
    assert [each.text for each in taught.applied([sure, sure])] == ["A27", "A27"]


def test_spaces_are_as_people_write_them() -> None:
    assert decided(Taught({"A 27": 9}), seen("A24", instead={2: {"4": 0.5, "7": 0.35}})).text == "A 27"
    assert decided(Taught({"A 27": 9}), seen("A27")).text == "A 27"


def test_nothing_taught_changes_nothing() -> None:
    plain = seen("A27", 0.8, DOUBTED)
    taught = decided(Taught({}), plain)
    assert taught.text == plain.text
    assert taught.confidence == pytest.approx(plain.confidence)


def test_odds_are_bounded_and_in_order() -> None:
    taught = Taught(MOLDS)
    known, rare, new, other = (taught.odds(text) for text in ("A27", "D55", "C27", "XYZW"))
    assert MOST_ODDS >= known > rare > new > other >= LEAST_ODDS
    assert Taught({"A" * 12: 1000}).odds("A" * 12) == MOST_ODDS


@pytest.mark.parametrize(
    ("text", "expected"), [("a 27", "A 27"), (" 11 ", "11"), ("-", ""), ("轮毂", ""), ("A\n1", "A 1")]
)
def test_teachable_is_what_a_mark_can_say(text: str, expected: str) -> None:
    assert teachable(text) == expected


def test_form() -> None:
    assert form("A2-7") == "@#-#"
