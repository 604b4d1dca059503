"""How a promise stands: of each kind of mark, from which confidence on it is accepted, and what that rests on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from handlers.promise.binomial import upper
from handlers.promise.threshold import (
    LEVELS,
    Evidence,
    disproved,
    first_level,
    more_checks,
    proved,
)

CERTAINTY = 0.95
NEVER = 2.0
"""A threshold that no confidence reaches: everything is for review."""
_OF_ITS_OWN = 2.0
"""A kind is judged by itself from so many times the checks on that a promise needs at the least."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised: at most the rate `wrong` of accepted readings. `cautious`: the threshold without a proof."""

    wrong: float
    cautious: float


@dataclass(frozen=True, slots=True)
class Standing:
    """Of some `kinds` that are judged together.

    `least`: the confidence from which on they are accepted, which is the level `first`; `kept`: whether that keeps the
    promise with the stated certainty.
    """

    kinds: tuple[str, ...]
    evidence: Evidence
    rate: float
    uncertainty: float
    least: float
    first: int
    kept: bool

    @property
    def drawn(self) -> tuple[int, int]:
        """Of the readings from the threshold on, how many that were drawn by chance people checked; and were wrong."""
        those = [each for each in self.evidence.checks if each.level >= self.first and each.chance < 1]
        return sum(each.checked for each in those), sum(each.wrong for each in those)

    @property
    def asked(self) -> tuple[int, int]:
        """As `drawn`, of all that people were asked for, below the threshold, too."""
        those = self.evidence.checks
        return sum(each.checked for each in those), sum(each.wrong for each in those)

    @property
    def at_most(self) -> float:
        """The largest share of wrong ones that `drawn` do not rule out, had they been looked at once."""
        checked, wrong = self.drawn
        return upper(wrong, checked, CERTAINTY)

    @property
    def needed(self) -> int | None:
        """How many more must be checked: 0 where it is kept, None where so many were wrong that it may never be."""
        return 0 if self.kept else more_checks(self.evidence, self.rate, self.uncertainty)

    @property
    def share(self) -> float:
        """Of all readings that could be accepted, those that are."""
        return self.evidence.from_(self.first) / max(self.evidence.from_(0), 1)


def standings(kinds: Mapping[str, Evidence], terms: Terms) -> list[Standing]:
    """Kinds with enough checks by themselves, and the others together; by confidence and number, not by what is wrong.

    The uncertainty is shared among them, so that all hold at once.
    """
    alone = [kind for kind in sorted(kinds) if _size(kinds[kind]) >= _OF_ITS_OWN * _least_checks(terms.wrong)]
    rest = tuple(kind for kind in sorted(kinds) if kind not in alone)
    groups = [(kind,) for kind in alone] + ([rest] if rest or not alone else [])
    return [_standing(group, _together(kinds, group), terms, (1 - CERTAINTY) / len(groups)) for group in groups]


def least_of(found: list[Standing], kind: str, cautious: float) -> float:
    """The threshold of a reading of that kind; the cautious one for a kind that was never seen."""
    return next((each.least for each in found if kind in each.kinds), cautious)


def _standing(kinds: tuple[str, ...], evidence: Evidence, terms: Terms, uncertainty: float) -> Standing:
    level = proved(evidence, terms.wrong, uncertainty)
    if level is None:
        least, first = _cautious(evidence, terms, uncertainty)
    else:
        least, first = LEVELS[level], level
    return Standing(kinds, evidence, terms.wrong, uncertainty, least, first, level is not None)


def _cautious(evidence: Evidence, terms: Terms, uncertainty: float) -> tuple[float, int]:
    """Without a proof: the usual threshold, or the next stricter one that is not known to break the promise."""
    first, broken = first_level(terms.cautious), disproved(evidence, terms.wrong, uncertainty)
    for level in range(first, len(LEVELS)):
        if not broken[level]:
            return (terms.cautious if level == first else LEVELS[level]), level
    return NEVER, len(LEVELS)


def _together(kinds: Mapping[str, Evidence], group: tuple[str, ...]) -> Evidence:
    several = [kinds[kind] for kind in group]
    readings = tuple(sum(each.readings[level] for each in several) for level in range(len(LEVELS)))
    return Evidence(readings, tuple(check for each in several for check in each.checks))


def _size(evidence: Evidence) -> float:
    """How many checks by chance its checks are worth."""
    least = min((each.chance for each in evidence.checks), default=1.0)
    return sum(each.checked * least / each.chance for each in evidence.checks)


def _least_checks(rate: float) -> float:
    """How many checks without a wrong one rule the rate out."""
    return math.log(1 - CERTAINTY) / math.log1p(-rate)
