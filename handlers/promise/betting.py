"""Whether the accepted readings keep a rate of wrong ones, as a bet that only pays where they do.

Each checked reading multiplies a stake by `1 + stake * (rate - wrong) / (1 - rate)`, a fair game where the share of
wrong ones is the rate, and a losing one above it: a stake that has grown by 20 is seen at most once in 20 times there,
at whatever moment somebody looks (Ville's inequality). Several stakes are played side by side and averaged; each is the
best one where the true share is so and so much of the rate. A reading that was put up with a chance of one in ten
stands for ten, and one that is put up always for itself: each game's stake is as much smaller.

Waudby-Smith and Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86 (2024); weights by the
chance of being looked at: Horvitz and Thompson, JASA 47 (1952).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BELOW = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""True shares, as parts of the rate, against which stakes are best: fewer are wrong than may be."""
ABOVE = (1.2, 1.5, 2.0, 3.0, 5.0, 10.0)
"""The same where more are."""


@dataclass(frozen=True, slots=True)
class Checks:
    """Readings that people checked: those of one level of confidence that were put up with one chance.

    `level` is an index of `threshold.LEVELS`; `chance` is in (0, 1].
    """

    level: int
    chance: float
    checked: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Game:
    """The games about one rate, for checks whose smallest chance is `least`; sums of logarithms, one for each stake."""

    rate: float
    least: float
    stakes: tuple[float, ...]

    def odds(self, chance: float) -> tuple[tuple[float, float], ...]:
        """What a check, put up with that chance, adds to each stake's logarithm: a right one, and a wrong one."""
        weight = self.least / chance
        return tuple((self._right(stake * weight), self._wrong(stake * weight)) for stake in self.stakes)

    def growth(self, wrong: float) -> tuple[float, ...]:
        """What one more check adds on average, where a share of `wrong` is."""
        return tuple((1 - wrong) * won + wrong * lost for won, lost in self.odds(self.least))

    def _right(self, stake: float) -> float:
        return math.log1p(stake * self.rate / (1 - self.rate))

    def _wrong(self, stake: float) -> float:
        return math.log1p(-stake)


def game(rate: float, checks: Iterable[Checks], parts: Sequence[float] = BELOW) -> Game:
    """`parts`: the true shares, as parts of the rate, that stakes are best against."""
    least = min((each.chance for each in checks), default=1.0)
    return Game(rate, least, tuple(1 - part for part in parts if part * rate < 1))


def mean(logarithms: Sequence[float]) -> float:
    """The logarithm of the mean of what stakes have become."""
    most = max(logarithms)
    return most + math.log(sum(math.exp(each - most) for each in logarithms) / len(logarithms))
