"""What moves beyond chance is told, what does not is not, and batches of one text are no drift."""

import random

import pytest

from benchmarks.promise import stream
from handlers.promise.drift import LEAST_USUAL, RECENT, Seen, drifts


@pytest.mark.parametrize("batch", [1, 60])
def test_readings_that_stay_as_they_are_raise_nothing(batch: int) -> None:
    chance = random.Random(1)
    texts = [each.text for each in stream(4000 // batch + 1, chance, empty=0.0) for _ in range(batch)]
    readings = [Seen(each.review, text) for each, text in zip(stream(4000, chance), texts, strict=False)]
    assert [drifts(readings[:end][-2400:]) for end in range(900, 4000, 50)] == [[]] * 62


@pytest.mark.parametrize(
    ("what", "changed"),
    [("review", {"review": 0.25}), ("empty", {"empty": 0.12}), ("texts", {"new": 0.15})],
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_change_is_told_within_two_hundredstream(what: str, changed: dict[str, float], seed: int) -> None:
    chance = random.Random(seed)
    readings = stream(2000, chance) + stream(200, chance, **changed)
    (drift, *_) = [each for each in drifts(readings) if each.what == what]
    assert drift.now / drift.of > 1.5 * drift.usual


def test_share_that_falls_is_told_too() -> None:
    chance = random.Random(5)
    readings = stream(2000, chance, review=0.5) + stream(200, chance, review=0.2)
    assert [each.what for each in drifts(readings)] == ["review"]


def test_text_that_is_gone_is_named() -> None:
    chance = random.Random(4)
    often = [Seen(False, "M0") if chance.random() < 0.3 else each for each in stream(2000, chance)]
    (drift,) = drifts(often + stream(300, chance))
    assert (drift.what, drift.text) == ("texts", "M0") and drift.now / drift.of < 0.15 < drift.usual


def test_too_few_readings_say_nothing() -> None:
    all_empty = [Seen(True, "")] * RECENT
    assert drifts([Seen(False, "A")] * (LEAST_USUAL - 1) + all_empty) == []
    assert [each.what for each in drifts([Seen(False, "A")] * LEAST_USUAL + all_empty)] == ["review", "empty"]
