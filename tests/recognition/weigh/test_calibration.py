"""How sure a text claims to be: surer with better signs, never certain."""

from dataclasses import replace
from typing import Any

import pytest

from handlers.recognition.geometry import Line
from handlers.recognition.weigh.calibration import CERTAIN, WEIGHTS, confidence, signs
from handlers.recognition.weigh.evidence import Crop, Place, Weighed, weigh
from tests.recognition.steps import written


def weighed(text: str = "A27", **signs: Any) -> Weighed:
    """A text that is read doubtfully, and what else is to be true of it."""
    line = Line((50, 50), 60, 20, 0)
    crops = Crop(line, written(text, 0.8)), Crop(line, written(text, 0.6), "marks")
    found = weigh(Place(line, (crops,)))
    assert found is not None
    assert found.text == text
    usual = {"evidence": {text: 0.4, "another": 0.1}, "strengths": strengths(0.7, 0.6)}
    return replace(found, **{**usual, **signs})


def strengths(larger: float, small: float) -> dict[str, float]:
    return {"print": larger, "marks": small}


def test_every_sign_has_a_weight() -> None:
    assert len(signs(weighed())) == len(WEIGHTS)


@pytest.mark.parametrize("text", ["7", "A27", "1W2002H"])
@pytest.mark.parametrize("strength", [0.0, 0.3, 0.9, 1.0])
def test_it_is_a_probability_and_never_certain(text: str, strength: float) -> None:
    evidence = {text: max(strength, 1e-9)}
    each = weighed(text, strengths=strengths(strength, strength), evidence=evidence)
    assert 0 < confidence(each) <= CERTAIN < 1


def test_it_rises_with_the_strength_of_each_recogniser() -> None:
    by_larger = [confidence(weighed(strengths=strengths(each, 0.6))) for each in (0.65, 0.75, 0.85)]
    by_small = [confidence(weighed(strengths=strengths(0.7, each))) for each in (0.3, 0.5, 0.65)]
    assert by_larger == sorted(set(by_larger))
    assert by_small == sorted(set(by_small))


def test_a_lone_character_is_less_sure_than_a_longer_text_of_the_same_strength() -> None:
    assert confidence(weighed("7")) < confidence(weighed("A27"))


def test_what_bores_look_like_is_less_sure_than_other_characters() -> None:
    assert confidence(weighed("CQC")) < confidence(weighed("A27"))


def test_what_one_recogniser_alone_reads_is_less_sure() -> None:
    assert confidence(weighed(strengths={"print": 0.8})) < confidence(weighed(strengths=strengths(0.8, 0.8)))


def test_a_text_with_all_signs_against_it_is_unlikely_and_one_with_all_for_it_is_likely() -> None:
    against = weighed(strengths=strengths(0.1, 0.0))
    for_it = weighed(strengths=strengths(0.98, 0.97))
    assert confidence(against) < 0.1
    assert confidence(for_it) > 0.75
