"""From which confidence on readings may be accepted, so that a rate of wrong ones is kept with a stated certainty.

Many thresholds are tried, and one that is right by chance would be among them. So they are tried in an order that was
fixed before, the strictest first, and only as far as all pass: each start of such a chain has its part of the
uncertainty, and takes along that of chains that came as far (learn then test: Angelopoulos, Bates, Candes, Jordan and
Lei, 2021, fixed-sequence testing with several starts; the fallback procedure: Wiens, Pharmaceutical Statistics 2,
2003).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from handlers.promise.betting import ABOVE, Checks, Game, game, mean

LEVELS = tuple(sorted({round(1 / (1 + math.exp(-step / 5)), 4) for step in range(-7, 46)}))
"""Confidences that may be the threshold, from 0.2 to 0.9999: steps of a fifth in log odds.
Records keep indices of them: none is ever added or moved."""
STARTS = (0.5, 0.75)
"""Where chains begin: at the strictest level that accepts at least such a share of the readings."""
_MOST_CHECKS = 10_000_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one kind's readings: how many there are of each level, checked or not, and their checks."""

    readings: tuple[int, ...]
    checks: tuple[Checks, ...]

    def from_(self, level: int) -> int:
        """How many readings there are from that level on."""
        return sum(self.readings[level:])


def level_of(confidence: float) -> int:
    """The largest level that is not above `confidence`, as its index; -1 below all."""
    return sum(level <= confidence for level in LEVELS) - 1


def first_level(least: float) -> int:
    """The index of the smallest level that is not below `least`; beyond all, how many there are."""
    return sum(level < least for level in LEVELS)


def proved(evidence: Evidence, rate: float, uncertainty: float) -> int | None:
    """The laxest level from which on the rate is kept; None where that is proved of none."""
    starts, found, budget = _starts(evidence), None, 0.0
    sums = _sums(game(rate, evidence.checks), evidence.checks)
    for level in reversed(range(len(LEVELS))):
        budget += starts.count(level) * uncertainty / len(STARTS)
        if not budget or mean(sums[level]) < -math.log(budget):
            budget = 0.0
        elif evidence.readings[level]:
            # Where nothing was ever read, nothing is known.
            found = level
    return found


def disproved(evidence: Evidence, rate: float, uncertainty: float) -> list[bool]:
    """Of each level, whether it is proved that more than the rate are wrong from there on."""
    sums = _sums(game(rate, evidence.checks, ABOVE), evidence.checks)
    return [mean(each) >= -math.log(uncertainty) for each in sums]


def more_checks(evidence: Evidence, rate: float, uncertainty: float) -> int | None:
    """About how many more readings must be checked at random until a threshold is proved; None: it may never be.

    As many wrong ones are expected as were seen so far.
    """
    playing = game(rate, evidence.checks)
    sums, starts = _sums(playing, evidence.checks), _starts(evidence) or [0]
    needed: list[int] = []
    for level in set(starts):
        wanted = -math.log(uncertainty * starts.count(level) / len(STARTS))
        more = _until(sums[level], playing.growth(_share(evidence.checks, level)), wanted)
        if more is not None:
            accepted = evidence.from_(level) / max(evidence.from_(0), 1) or 1.0
            needed.append(math.ceil(more / accepted))
    return min(needed, default=None)


def _starts(evidence: Evidence) -> list[int]:
    """The strictest level of each start. They are chosen by confidences alone, and not by what was found wrong."""
    total = evidence.from_(0)
    if not total:
        return []
    sizes = list(accumulate(reversed(evidence.readings)))[::-1]
    return [max(level for level, size in enumerate(sizes) if size >= share * total) for share in STARTS]


def _sums(playing: Game, checks: Sequence[Checks]) -> list[tuple[float, ...]]:
    """Of each level, what the checks from there on have made of each stake, as logarithms."""
    odds = {chance: playing.odds(chance) for chance in {each.chance for each in checks}}
    own = [[0.0] * len(playing.stakes) for _ in LEVELS]
    for each in checks:
        right, row = each.checked - each.wrong, own[each.level]
        for at, (won, lost) in enumerate(odds[each.chance]):
            row[at] += right * won + each.wrong * lost
    total, sums = [0.0] * len(playing.stakes), []
    for row in reversed(own):
        total = [before + now for before, now in zip(total, row, strict=True)]
        sums.append(tuple(total))
    return sums[::-1]


def _share(checks: Iterable[Checks], level: int) -> float:
    """The share of wrong ones from that level on, each check standing for as many as it was drawn from."""
    those = [each for each in checks if each.level >= level]
    number = sum(each.checked / each.chance for each in those)
    return sum(each.wrong / each.chance for each in those) / number if number else 0.0


def _until(sums: Sequence[float], growth: Sequence[float], wanted: float) -> int | None:
    """After how many more checks it is proved, where all goes on as on average."""

    def enough(more: int) -> bool:
        return mean([now + more * each for now, each in zip(sums, growth, strict=True)]) >= wanted

    if not enough(_MOST_CHECKS):
        return None
    low, high = -1, _MOST_CHECKS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
