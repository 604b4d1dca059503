"""What else a text may be, and how likely that is."""

import numpy as np
import pytest

from handlers.recognition.alphabet import BLANK, SYMBOLS
from handlers.recognition.models import Floats
from handlers.recognition.reading import Alternative
from handlers.recognition.rivals import LOOK_ALIKE, Crop, ambiguous, rivals, turned


def crop(*steps: dict[str, float], weight: float = 1.0) -> Crop:
    """Probabilities of some symbols at each step, and of the blank what is left."""
    probabilities: Floats = np.zeros((len(steps), len(SYMBOLS)), np.float32)
    for row, step in zip(probabilities, steps, strict=True):
        for symbol, probability in step.items():
            row[SYMBOLS.index(symbol, 2)] = probability
        row[BLANK] = 1 - sum(step.values())
    return probabilities, weight


SURE, UNSURE, OTHER = crop({"4": 0.97, "7": 0.02}), crop({"4": 0.52, "7": 0.48}), crop({"7": 0.98})


@pytest.mark.parametrize(
    ("crops", "share"),
    [([SURE], 0.02), ([SURE] * 3 + [UNSURE], 0.026), ([SURE, UNSURE], 0.039), ([UNSURE], 0.48), ([SURE, OTHER], 0.51)],
)
def test_rival_is_as_likely_as_all_crops_together_find_it(crops: list[Crop], share: float) -> None:
    (found,) = rivals("4", 0.9, {"4": 1.0}, [Alternative("7", 0.8)], crops)
    assert found.text == "7"
    assert found.confidence == pytest.approx(0.9 * share, rel=0.05)


def test_crop_counts_by_its_weight() -> None:
    light = crop({"7": 0.98}, weight=0.1)
    strong, weak = (rivals("4", 0.9, {"4": 1.0, "7": 0.4}, [], [SURE, each])[0].confidence for each in (OTHER, light))
    assert strong > 4 * weak


def test_without_crops_votes_and_hesitations_stand() -> None:
    found = rivals("4", 0.8, {"4": 3.0, "1": 1.0}, [Alternative("7", 0.3)], [])
    assert [(each.text, round(each.confidence, 2)) for each in found] == [("7", 0.3), ("1", 0.2)]


def test_typical_confusion_is_named_however_unlikely() -> None:
    found = rivals("B4", 0.9, {"B4": 1.0}, [], [crop({"B": 1.0}, {"4": 1.0})])
    assert found == (Alternative("84", LOOK_ALIKE),)


@pytest.mark.parametrize(("text", "other"), [("66", "99"), ("98", "86"), ("NO", "ON"), ("MW", "MW"), ("A6", None)])
def test_half_a_turn(text: str, other: str | None) -> None:
    assert turned(text) == other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6", True),
        ("0", True),
        ("7", True),
        ("66", True),
        ("96", False),
        ("11", False),
        ("A27", False),
        ("H0", True),
        ("GO", True),
        ("MODEL", False),
    ],
)
def test_which_texts_do_not_say_which_way_up_they_are(text: str, expected: bool) -> None:
    assert ambiguous(text) is expected
