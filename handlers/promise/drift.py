"""Whether something has moved beyond chance: the share for review, the share of empty readings, the mix of texts.

The readings of a while ago say what is usual, with exact limits; the latest ones are held against these, for every
moment at which it may have changed (the Shiryaev-Roberts detector as an e-detector: Shin, Ramdas and Rinaldo, New
England Journal of Statistics in Data Science 2, 2024). While nothing changes, an alarm comes once in `RARELY` readings
at the most, however often it is looked at.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from handlers.promise.binomial import quick_upper

RECENT, USUAL, LEAST_USUAL = 400, 2000, 500
"""Readings among which a change is looked for; those before them that say what is usual, at most and at least."""
RARELY = 50_000
SHOWN = 200
"""Of how many of the latest readings it is said how many there are."""
_TEXTS = 8
_CERTAINTY = 0.8
_ODDS = (2.5, 6.0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at of a reading, as the machine made it; `text` is empty where nothing was read."""

    review: bool
    text: str


@dataclass(frozen=True, slots=True)
class Drift:
    """`what`: review, empty or texts; of texts, which one, empty for those that are new. `now` of the latest `of`."""

    what: str
    text: str
    now: int
    of: int
    usual: float
    before: int


def drifts(readings: Sequence[Seen]) -> list[Drift]:
    """What has moved; `readings` are the latest ones, the oldest first, `USUAL` + `RECENT` of them or fewer."""
    if len(readings) < LEAST_USUAL + RECENT:
        return []
    usual, recent = readings[:-RECENT], readings[-RECENT:]
    review = _moved("review", [each.review for each in usual], [each.review for each in recent])
    empty = _moved("empty", [not each.text for each in usual], [not each.text for each in recent])
    return [drift for drift in (review, empty, _texts_moved(usual, recent)) if drift]


def _texts_moved(usual: Sequence[Seen], recent: Sequence[Seen]) -> Drift | None:
    """The same text again and again is one batch, and counts once: how long batches are is no matter of chance."""
    before, now = _batches(usual), _batches(recent)
    if len(before) < LEAST_USUAL // 2:
        return None
    numbers = Counter(before)
    frequent = [text for text, _ in numbers.most_common(_TEXTS)]
    tries = len(frequent) + 1
    # As many are new as came once only (Good and Turing, Biometrika 40, 1953).
    found = [_moved("texts", [numbers[text] == 1 for text in before], [text not in numbers for text in now], tries)]
    for text in frequent:
        both = ([each == text for each in before], [each == text for each in now])
        found.append(_moved("texts", *both, tries, text))
    return next((drift for drift in found if drift), None)


def _batches(readings: Iterable[Seen]) -> list[str]:
    texts = [each.text for each in readings if each.text]
    return [text for at, text in enumerate(texts) if not at or texts[at - 1] != text]


def _moved(what: str, usual: Sequence[bool], recent: Sequence[bool], tries: int = 1, text: str = "") -> Drift | None:
    """`tries`: among how many that are looked at for the same."""
    number, all_ = sum(usual), len(usual)
    more = _detected(recent, quick_upper(number, all_, _CERTAINTY))
    fewer = _detected([not each for each in recent], quick_upper(all_ - number, all_, _CERTAINTY))
    if max(more, fewer) < 2 * tries * RARELY:
        return None
    latest = recent[-SHOWN:]
    return Drift(what, text, sum(latest), len(latest), number / all_, all_)


def _detected(recent: Sequence[bool], usual: float) -> float:
    """How much speaks for a share above `usual` since some moment: the mean over several larger shares."""
    if usual >= 1:
        return 0.0
    total = 0.0
    for odds in _ODDS:
        share = odds * usual / (1 - usual + odds * usual)
        yes, no = share / usual, (1 - share) / (1 - usual)
        value = 0.0
        for each in recent:
            value = (1 + value) * (yes if each else no)
        total += value
    return total / len(_ODDS)
