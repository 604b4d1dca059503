"""The exact limits of a share that was counted (Clopper and Pearson, Biometrika 26, 1934), with `math` alone."""

import math
from collections.abc import Callable

_STEPS = 300
_HALVINGS = 45
_TINY = 1e-300


def upper(wrong: int, checked: int, certainty: float) -> float:
    """The largest share that is not ruled out, one-sided, at that certainty: where so few or fewer are too unlikely."""
    if wrong >= checked:
        return 1.0
    return _where(lambda share: at_most(wrong, checked, share) < 1 - certainty)


def lower(wrong: int, checked: int, certainty: float) -> float:
    """The smallest share that is not ruled out, one-sided, at that certainty."""
    if wrong <= 0:
        return 0.0
    return _where(lambda share: 1 - at_most(wrong - 1, checked, share) > 1 - certainty)


def at_most(wrong: int, checked: int, share: float) -> float:
    """How likely at most `wrong` of `checked` are so, where `share` of all are."""
    if wrong >= checked:
        return 1.0
    return _beta(checked - wrong, wrong + 1, 1 - share)


def quick_upper(wrong: int, checked: int, certainty: float) -> float:
    """As `upper`, a little larger and a hundred times as quick: Chernoff's bound (Annals of Mathematical Statistics 23,
    1952)."""
    seen, wanted = wrong / checked, -math.log(1 - certainty) / checked

    def beyond(share: float) -> bool:
        return share > seen and _divergence(seen, share) > wanted

    return _where(beyond, 30)


def _divergence(seen: float, share: float) -> float:
    """Kullback and Leibler's, of two shares, where `share` is below 1."""
    yes = seen * math.log(seen / share) if seen else 0.0
    return yes + ((1 - seen) * math.log((1 - seen) / (1 - share)) if seen < 1 else 0.0)


def _where(beyond: Callable[[float], bool], halvings: int = _HALVINGS) -> float:
    low, high = 0.0, 1.0
    for _ in range(halvings):
        middle = (low + high) / 2
        if beyond(middle):
            high = middle
        else:
            low = middle
    return high


def _beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function (Abramowitz and Stegun 26.5.8, by Lentz's method)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(b, a, 1 - x)
    logarithm = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(logarithm) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    value, above, below = 1.0, 1.0, 0.0
    for step in range(1, 2 * _STEPS):
        half = step // 2
        if step % 2:
            term = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            term = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        below = 1 / _not_zero(1 + term * below)
        above = _not_zero(1 + term / above)
        value *= above * below
        if abs(above * below - 1) < 1e-14:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
