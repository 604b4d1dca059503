"""Exact limits against published ones."""

import pytest

from handlers.promise.binomial import at_most, lower, quick_upper, upper

# Newcombe, Statistics in Medicine 17 (1998), table I, method 5 (Clopper-Pearson, 95 % two-sided).
_NEWCOMBE = [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)]


@pytest.mark.parametrize(("wrong", "checked", "low", "high"), _NEWCOMBE)
def test_limits_are_those_of_clopper_and_pearson(wrong: int, checked: int, low: float, high: float) -> None:
    assert lower(wrong, checked, 0.975) == pytest.approx(low, abs=5e-5)
    assert upper(wrong, checked, 0.975) == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("checked", [1, 59, 300, 10_000])
def test_limit_without_a_wrong_one_has_a_formula(checked: int) -> None:
    assert upper(0, checked, 0.95) == pytest.approx(1 - 0.05 ** (1 / checked), rel=1e-9)
    assert upper(checked, checked, 0.95) == 1.0 and lower(0, checked, 0.95) == 0.0


def test_tail_is_the_sum_of_its_terms() -> None:
    from math import comb

    terms = sum(comb(40, wrong) * 0.1**wrong * 0.9 ** (40 - wrong) for wrong in range(6))
    assert at_most(5, 40, 0.1) == pytest.approx(terms, rel=1e-12)


@pytest.mark.parametrize(("wrong", "checked"), [(0, 500), (3, 500), (60, 2000), (1999, 2000), (2000, 2000)])
def test_quick_limit_is_never_below_the_exact_one(wrong: int, checked: int) -> None:
    assert upper(wrong, checked, 0.95) <= quick_upper(wrong, checked, 0.95) <= 1.0
