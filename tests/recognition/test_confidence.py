"""How sure a reading claims to be: never certain, surer with better signs."""

from typing import get_args

import pytest

from handlers.recognition.confidence import CERTAIN, WEIGHTS, confidence, signs
from handlers.recognition.crops import Box
from handlers.recognition.recogniser import Line
from handlers.recognition.vote import Attempt, Verdict, Way

WAYS = get_args(Way)


def verdict(way: Way, sure: float, share: float = 1.0, seconded: float = 0.0, votes: float = 1.0) -> Verdict:
    return Verdict(Attempt(Box((0, 0), 2, 1, 0), Line("A27", sure)), votes, sure, (), share, seconded, way)


def test_every_way_of_reading_has_a_weight_for_each_sign() -> None:
    assert set(WEIGHTS) == set(WAYS)
    assert {len(weights) for weights in WEIGHTS.values()} == {len(signs(verdict("hub", 0.9)))}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("sure", [0.0, 0.3, 0.9, 1.0])
def test_it_is_a_probability_and_never_certain(way: Way, sure: float) -> None:
    assert 0 < confidence(verdict(way, sure, seconded=sure)) <= CERTAIN < 1


@pytest.mark.parametrize("way", WAYS)
def test_more_votes_make_it_surer(way: Way) -> None:
    weak, strong = verdict(way, 0.6, share=0.6), verdict(way, 0.97, share=0.97, votes=5.0)
    assert confidence(weak) < confidence(strong)


def test_a_small_picture_that_both_recognisers_read_alike_is_surer() -> None:
    alone, seconded = verdict("tight", 0.9), verdict("tight", 0.9, seconded=0.95)
    assert confidence(alone) < confidence(seconded)
