"""Made-up plants: the promise is kept, and would not be without what corrects for many thresholds and many looks."""

import random

import numpy as np
import pytest

from benchmarks.promise import READERS, lived, plant
from handlers.promise.betting import Checks
from handlers.promise.binomial import at_most
from handlers.promise.standing import CERTAINTY, Terms, standings
from handlers.promise.threshold import LEVELS, Evidence

_RATE, _PLANTS, _CHECKS, _LOOKS = 0.1, 120, 400, 10


def _plant_that_breaks_it(seed: int) -> tuple[bool, bool]:
    """A reader whose confidence says nothing, and who is wrong a little too often: whether the promise ever seems kept,
    to us, and to the exact limits of each threshold at each look."""
    chance = random.Random(seed)
    counts: dict[int, list[int]] = {}
    ours = naive = False
    for look in range(_CHECKS):
        cell = counts.setdefault(chance.randrange(len(LEVELS)), [0, 0])
        cell[0], cell[1] = cell[0] + 1, cell[1] + (chance.random() < 1.05 * _RATE)
        if (look + 1) % (_CHECKS // _LOOKS):
            continue
        readings = tuple(counts.get(level, (0, 0))[0] for level in range(len(LEVELS)))
        evidence = Evidence(readings, tuple(Checks(level, 1.0, *cell) for level, cell in counts.items()))
        ours |= standings({"line": evidence}, Terms(_RATE, 0.7))[0].kept
        naive |= any(_seems_kept(counts, level) for level in range(0, len(LEVELS), 6))
    return ours, naive


def _seems_kept(counts: dict[int, list[int]], first: int) -> bool:
    """Whether the exact upper limit of that threshold alone, looked at once, is not above the rate."""
    those = [cell for level, cell in counts.items() if level >= first]
    return at_most(sum(cell[1] for cell in those), sum(cell[0] for cell in those), _RATE) <= 1 - CERTAINTY


def test_promise_that_is_broken_is_seldom_thought_kept_and_often_without_the_correction() -> None:
    found = [_plant_that_breaks_it(seed) for seed in range(_PLANTS)]
    ours, naive = (sum(each) / _PLANTS for each in zip(*found, strict=True))
    assert ours <= 0.05
    assert naive > 0.2


@pytest.mark.parametrize("reader", READERS)
def test_plant_keeps_its_promise_and_accepts_much(reader: str) -> None:
    chance = np.random.default_rng(5)
    for _ in range(3):
        made = plant(reader, chance)
        life = lived(made, 20_000, chance)
        kept = [look for look in life.looks if look.kept]
        assert all(look.rate <= made.rate for look in kept)
        assert not kept or kept[-1].accepted >= 0.7 * life.best
