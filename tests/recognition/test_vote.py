"""Choosing among readings of the same characters."""

import numpy as np
import pytest

from handlers.recognition.alphabet import SYMBOLS
from handlers.recognition.crops import Box
from handlers.recognition.recogniser import Line, decode
from handlers.recognition.vote import Attempt, decide


def attempt(text: str, score: float, weight: float = 1.0, angle: float = 0.0) -> Attempt:
    return Attempt(Box((0, 0), 2, 1, angle), Line(text, score), weight)


def test_agreement_outvotes_one_high_score() -> None:
    verdict = decide([attempt("B7", 0.9), attempt("B7", 0.85), attempt("87", 0.99)])
    assert verdict is not None
    assert verdict.text == "B7"
    assert verdict.alternatives[0].text == "87"


def spelled(**steps: float) -> Attempt:
    """An attempt at one character that may be several."""
    probabilities = np.zeros((1, len(SYMBOLS)), np.float32)
    for symbol, probability in steps.items():
        probabilities[0, SYMBOLS.index(symbol.strip("_"), 2)] = probability
    return Attempt(Box((0, 0), 2, 1, 0), decode(probabilities))


def test_every_attempt_votes_for_each_text_as_likely_as_it_finds_it() -> None:
    attempts = [spelled(Z=0.95, _2=0.01), *(spelled(S=0.7 + at / 100, _2=0.69) for at in range(3)), spelled(_2=0.9)]
    assert [each.line.text for each in attempts] == ["Z", "S", "S", "S", "2"]
    verdict = decide(attempts)
    assert verdict is not None
    assert (verdict.text, {each.text for each in verdict.alternatives}) == ("2", {"S", "Z"})


def test_disagreement_lowers_the_confidence() -> None:
    sure, unsure = decide([attempt("11", 0.98)]), decide([attempt("11", 0.98), attempt("4", 0.95)])
    assert sure is not None
    assert unsure is not None
    assert sure.confidence == pytest.approx(0.98)
    assert 0.6 < unsure.confidence < 0.9


def test_a_space_more_or_less_is_no_disagreement() -> None:
    verdict = decide([attempt("REV C", 0.95), attempt("REVC", 0.9)])
    assert verdict is not None
    assert verdict.text == "REV C"
    assert verdict.confidence == pytest.approx(0.95)


def test_the_place_is_in_the_middle_of_the_angles_at_which_the_text_reads() -> None:
    verdict = decide([attempt("A", 0.97, angle=160), attempt("A", 0.96, angle=175), attempt("A", 0.97, angle=-170)])
    assert verdict is not None
    assert verdict.best.box.angle == 175


def test_a_weak_attempt_does_not_tell_the_place() -> None:
    verdict = decide([attempt("A", 0.99, angle=0), attempt("A", 0.6, angle=20), attempt("A", 0.6, angle=10)])
    assert verdict is not None
    assert verdict.best.box.angle == 0


@pytest.mark.parametrize("attempts", [[], [attempt("", 0.0)], [attempt("X", 0.4), attempt("7", 0.5)]])
def test_weak_scores_are_no_evidence(attempts: list[Attempt]) -> None:
    assert decide(attempts) is None


def test_an_ambiguous_text_names_its_other_reading() -> None:
    verdict = decide([attempt("66", 0.95)])
    assert verdict is not None
    assert "99" in [each.text for each in verdict.alternatives]


def test_typical_confusions_are_the_last_alternatives() -> None:
    verdict = decide([attempt("NO5", 0.95), attempt("N05", 0.6)])
    assert verdict is not None
    assert [each.text for each in verdict.alternatives] == ["N05", "NOS"]
