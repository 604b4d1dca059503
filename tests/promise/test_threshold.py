"""From which confidence on readings may be accepted: what proves it, what does not, and what is not proved yet."""

from dataclasses import replace

import pytest

from handlers.promise.betting import Checks
from handlers.promise.standing import NEVER, Standing, Terms, least_of, standings
from handlers.promise.threshold import LEVELS, Evidence, first_level, level_of

_SURE, _HALF, _LOW = level_of(0.99), level_of(0.8), level_of(0.5)
_TERMS = Terms(0.01, 0.7)


def _evidence(*rows: tuple[int, int, float, int, int]) -> Evidence:
    """Rows of level, readings, chance, checked and wrong."""
    readings = [0] * len(LEVELS)
    for level, number, *_ in rows:
        readings[level] += number
    checks = (Checks(level, chance, checked, wrong) for level, _, chance, checked, wrong in rows)
    return Evidence(tuple(readings), tuple(checks))


def _standing(*rows: tuple[int, int, float, int, int]) -> Standing:
    (found,) = standings({"line": _evidence(*rows)}, _TERMS)
    return found


@pytest.mark.parametrize(
    ("confidence", "level", "first"),
    [(0.0, -1, 0), (LEVELS[0], 0, 0), (LEVELS[3] + 1e-5, 3, 4), (LEVELS[-1], len(LEVELS) - 1, len(LEVELS) - 1)],
)
def test_levels_are_at_or_below_a_confidence(confidence: float, level: int, first: int) -> None:
    assert (level_of(confidence), first_level(confidence)) == (level, first)


def test_levels_are_those_that_records_keep() -> None:
    assert (len(LEVELS), LEVELS[0], LEVELS[20], LEVELS[-1]) == (50, 0.1978, 0.9309, 0.9999)
    assert list(LEVELS) == sorted(set(LEVELS))


def test_without_checks_the_cautious_threshold_serves_and_it_is_said_how_many_are_needed() -> None:
    (found,) = standings({}, _TERMS)
    assert (found.least, found.kept, found.kinds) == (0.7, False, ())
    assert found.needed is not None and 300 < found.needed < 1000
    assert least_of([found], "never seen", 0.7) == 0.7


def test_so_many_checks_as_are_said_to_be_needed_prove_it() -> None:
    before = _standing((_SURE, 1000, 0.05, 50, 0))
    needed = before.needed
    assert needed is not None and not before.kept
    assert not _standing((_SURE, 20_000, 0.05, 50 + needed - 1, 0)).kept
    after = _standing((_SURE, 20_000, 0.05, 50 + needed, 0))
    assert after.kept and after.needed == 0
    assert (after.least, after.drawn, after.share) == (LEVELS[_SURE], (50 + needed, 0), 1.0)
    # What it rests on holds by the exact limit as well.
    assert after.at_most <= 0.01


def test_threshold_goes_as_low_as_is_proved_and_no_lower() -> None:
    rows = [(_SURE, 20_000, 0.05, 1000, 0), (_HALF, 2000, 0.05, 100, 1), (_LOW, 3000, 1.0, 3000, 900)]
    found = _standing(*rows)
    assert found.kept and LEVELS[_LOW] < found.least <= LEVELS[_HALF]
    assert found.share == pytest.approx(22 / 25)
    assert found.asked == (4100, 901) and found.drawn == (1100, 1)
    # Of readings below it, all were looked at: few wrong ones among them are known to be few.
    good = _standing(rows[0], rows[1], (_LOW, 3000, 1.0, 3000, 60))
    assert good.least == LEVELS[_LOW]


def test_wrong_ones_that_are_too_many_for_the_cautious_threshold_make_it_stricter() -> None:
    found = _standing((_SURE, 2000, 0.05, 100, 0), (_HALF, 2000, 0.05, 100, 20))
    assert not found.kept and LEVELS[_HALF] < found.least <= LEVELS[_SURE]
    all_ = _standing((_SURE, 2000, 0.05, 100, 20), (_HALF, 2000, 0.05, 100, 20))
    assert all_.least > LEVELS[_SURE] and all_.needed is None
    none = _standing((len(LEVELS) - 1, 2000, 0.05, 100, 20))
    assert (none.least, none.share) == (NEVER, 0.0)


def test_kind_with_enough_checks_is_judged_by_itself_and_the_others_together() -> None:
    clean = _evidence((_SURE, 40_000, 0.05, 2000, 0))
    bad = _evidence((_SURE, 40_000, 0.05, 2000, 100))
    few = _evidence((_SURE, 100, 0.05, 5, 0))
    found = standings({"pad": clean, "line": bad, "lines": few}, _TERMS)
    assert [each.kinds for each in found] == [("line",), ("pad",), ("lines",)]
    assert [each.kept for each in found] == [False, True, False]
    assert least_of(found, "pad", 0.7) == LEVELS[_SURE] and least_of(found, "line", 0.7) > LEVELS[_SURE]
    # Each has its part of the uncertainty.
    (alone,) = standings({"pad": clean}, _TERMS)
    assert [each.uncertainty for each in found] == [pytest.approx(alone.uncertainty / 3)] * 3
    together = standings({"lines": few, "pad": replace(few)}, _TERMS)
    assert [each.kinds for each in together] == [("lines", "pad")]
