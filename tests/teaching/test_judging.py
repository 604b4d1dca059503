"""A teaching proves itself on readings that it has not seen, or is refused with the reason."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from handlers.recognition.reader import Reader, Seen
from handlers.recognition.weigh.evidence import Weighed
from handlers.teaching.files import Score
from handlers.teaching.judging import Case, Comparison, Judgement, distance, judged, scored
from tests.recognition.weigh.test_taught import seen

READER = Reader()


def case(truth: str, *places: Weighed) -> Case:
    return Case(Seen(places, (100, 100), 1.0), truth, (truth,))


def misread(truth: str, doubt: float = 0.35) -> Case:
    """A mark whose last character is taken for a 4."""
    return case(truth, seen(f"{truth[:-1]}4", instead={len(truth) - 1: {"4": 0.5, truth[-1]: doubt}}))


def read(truth: str) -> Case:
    return case(truth, seen(truth, 0.9))


def texts(cases: Sequence[Case]) -> dict[str, int]:
    return {truth: sum(each.truth == truth for each in cases) for truth in {each.truth for each in cases}}


STANDARD = [read(text) for text in ("KD2041", "B7", "77-310", "X9", "EN1563")]


def test_a_plant_whose_marks_come_again_is_read_better() -> None:
    cases = [misread("A27"), read("B11"), read("A27"), misread("C09")] * 5
    judgement = judged(READER, cases, texts(cases), STANDARD)
    assert judgement.refusal == ""
    assert (judgement.own.before.right, judgement.own.after.right) == (10, 20)
    assert judgement.own.after.wrong_characters == 0 < judgement.own.before.wrong_characters
    assert judgement.standard.after.right == 5


def test_held_back_readings_are_not_what_they_are_read_by() -> None:
    """Each text is seen in one block only: what the other blocks teach knows none of them."""
    cases = [misread(truth) for truth in ("A27", "B38", "C09", "D51") for _ in range(4)]
    judgement = judged(READER, cases, texts(cases), STANDARD)
    assert judgement.own.after.right == judgement.own.before.right == 0
    assert "does not help" in judgement.refusal


def test_what_older_readings_say_counts_too() -> None:
    cases = [misread(truth) for truth in ("A27", "B38", "C09", "D51") for _ in range(4)]
    judgement = judged(READER, cases, dict.fromkeys(texts(cases), 40), STANDARD)
    assert judgement.own.after.right == 16
    assert judgement.new.after.right == 0


def test_a_teaching_that_pulls_new_marks_to_known_ones_is_refused() -> None:
    """What is read as A24 is an A24 for all that is known, and in truth a mold that came new."""
    cases = [misread("A27"), case("A24", seen("A24", 0.7))] * 8
    judgement = judged(READER, cases, texts(cases), STANDARD)
    assert judgement.own.after.accepted > judgement.own.before.accepted
    assert judgement.new.after.wrong_accepted > judgement.new.before.wrong_accepted
    assert "hurts texts that it has never seen" in judgement.refusal


SCORE = Score(100, 80, 60, 2, 30, 400)
SAME = Comparison(SCORE, SCORE)
BETTER = Comparison(SCORE, replace(SCORE, right=90, accepted=70))


@pytest.mark.parametrize(
    ("own", "new", "standard", "reason"),
    [
        (BETTER, SAME, SAME, ""),
        (Comparison(SCORE, replace(SCORE, accepted=61)), SAME, SAME, ""),
        (SAME, SAME, SAME, "does not help"),
        (Comparison(SCORE, replace(SCORE, right=90, accepted=70, wrong_accepted=3)), SAME, SAME, "More wrong texts"),
        (Comparison(SCORE, replace(SCORE, right=79, accepted=90)), SAME, SAME, "Fewer would be read right: 79, not 80"),
        (BETTER, Comparison(SCORE, replace(SCORE, right=77)), SAME, "texts that it has never seen: 77 of 100"),
        (BETTER, Comparison(SCORE, replace(SCORE, wrong_accepted=3)), SAME, "texts that it has never seen: 3 wrong"),
        (BETTER, SAME, Comparison(SCORE, replace(SCORE, right=77)), "the standard set: 77 of 100"),
        (BETTER, SAME, Comparison(SCORE, replace(SCORE, wrong_accepted=3)), "the standard set: 3 wrong"),
        (BETTER, SAME, Comparison(SCORE, replace(SCORE, right=79, accepted=40)), ""),
        (Comparison(replace(SCORE, readings=11), SCORE), SAME, SAME, "at least 12 are needed"),
    ],
)
def test_refused_with_the_reason(own: Comparison, new: Comparison, standard: Comparison, reason: str) -> None:
    refusal = Judgement(own, new, standard).refusal
    assert reason in refusal
    assert bool(refusal) is bool(reason)


def test_scores_count_what_a_person_would() -> None:
    cases = [read("A27"), misread("B17"), case("C3")]
    score = scored(READER, cases, None)
    assert (score.readings, score.right, score.accepted, score.wrong_accepted) == (3, 1, 1, 0)
    assert (score.wrong_characters, score.characters) == (3, 8)


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("", "", 0), ("A27", "A21", 1), ("A27", "27", 1), ("", "11", 2)]
)
def test_distance(one: str, other: str, expected: int) -> None:
    assert distance(one, other) == distance(other, one) == expected
