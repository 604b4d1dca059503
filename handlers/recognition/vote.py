"""Chooses among many readings of the same characters, and says how far the choice is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from handlers.recognition.crops import Box, upright
from handlers.recognition.dates import ODDS, completed
from handlers.recognition.likelihood import likelihoods
from handlers.recognition.reading import Alternative, merge
from handlers.recognition.recogniser import Line
from handlers.recognition.rivals import UNLIKELY, Crop, rivals, shares

Way = Literal["hub", "tight", "line", "page"]
"""How a text was read: as a hub's mark, as all of a small picture, as a line in metal, as print."""
NO_VOTE = 0.5
"""Scores up to this are no evidence: upside-down and sideways crops often score 0.3-0.5 on invented characters."""
CANDIDATES = 16
"""Texts that are compared, those with the most votes."""
NEAR = 50.0
LEVEL = 0.1
"""Degrees and scores within which attempts at the same text are one way of reading it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reading of a mark: where it was cut from the picture, what it says, and the weight of its vote.

    `seconds`: whether the larger recogniser made it, which confirms what the small one proposes.
    """

    box: Box
    line: Line
    weight: float = 1.0
    seconds: bool = False

    @property
    def vote(self) -> float:
        return self.weight * max(0.0, self.line.score - NO_VOTE) if self.line.text else 0.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The chosen attempt, which tells the place; `votes` sums up for its text, `confidence` in 0..1 counts rivals.

    `share`: the text's part of the votes for it and its strongest rival; `seconded`: the best score of the larger
    recogniser for the text, 0 where it reads another; `way`: who read it.
    """

    best: Attempt
    votes: float
    confidence: float
    alternatives: tuple[Alternative, ...]
    share: float = 1.0
    seconded: float = 0.0
    way: Way = "line"

    @property
    def text(self) -> str:
        return self.best.line.text


def decide(attempts: Sequence[Attempt], way: Way = "line") -> Verdict | None:
    """The text with the most votes, or None when there are no votes at all."""
    groups = _by_text(attempts)
    votes = {group[0].line.text: sum(attempt.vote for attempt in group) for group in groups}
    if not max(votes.values(), default=0.0):
        return None
    text = _likeliest(attempts, votes)
    same = next(group for group in groups if group[0].line.text == text)
    rival = max((count for other, count in votes.items() if other != text), default=0.0)
    score = same[0].line.score
    share = votes[text] / (votes[text] + rival)
    seconded = max((each.line.score for each in same if each.seconds), default=0.0)
    others = [each for attempt in same for each in attempt.line.alternatives]
    crops = _crops(attempts)
    alternatives = rivals(text, score, votes, others, crops)
    verdict = Verdict(central(same), votes[text], score * (0.5 + 0.5 * share), alternatives, share, seconded, way)
    return _as_date(verdict, crops)


def _as_date(verdict: Verdict, crops: Sequence[Crop]) -> Verdict:
    """The verdict with the separators that its text lacks to be a date, where the crops do not speak against them."""
    weighed = shares(verdict.text, completed(verdict.text), crops, ODDS) if crops else {}
    date, share = max(weighed.items(), key=lambda each: each[1], default=("", 0.0))
    if share <= 0.5:
        return verdict
    given_up = Alternative(verdict.text, verdict.confidence * (1 - share))
    best = replace(verdict.best, line=replace(verdict.best.line, text=date))
    others = merge([given_up, *verdict.alternatives], date)
    return replace(verdict, best=best, alternatives=others)


def _likeliest(attempts: Sequence[Attempt], votes: dict[str, float]) -> str:
    """The text with the most votes, where every attempt votes for all of them, for each as likely as it finds it."""
    texts = sorted((text for text in votes if votes[text]), key=lambda each: -votes[each])[:CANDIDATES]
    crops = _crops(attempts)
    if len(texts) == 1 or not crops:
        return texts[0]
    likely = likelihoods([steps for steps, _ in crops], texts)
    total = np.maximum(likely - UNLIKELY, 0.0) @ np.array([weight for _, weight in crops])
    return texts[int(total.argmax())]


def _crops(attempts: Sequence[Attempt]) -> list[Crop]:
    return [(attempt.line.steps, attempt.weight) for attempt in attempts if attempt.line.steps is not None]


def _by_text(attempts: Sequence[Attempt]) -> list[list[Attempt]]:
    """Attempts at one text, strongest first, spelled as the first: more or fewer spaces are no other reading.

    The small recogniser knows no spaces, so that the first that the larger one made says where they stand.
    """
    groups: dict[str, list[Attempt]] = {}
    for attempt in sorted(attempts, key=lambda attempt: -attempt.vote):
        groups.setdefault(attempt.line.text.replace(" ", ""), []).append(attempt)
    return [[_spelled(group), *group[1:]] for group in groups.values()]


def _spelled(group: Sequence[Attempt]) -> Attempt:
    text = next((attempt.line.text for attempt in group if attempt.seconds), group[0].line.text)
    return replace(group[0], line=replace(group[0].line, text=text))


def central(same: Sequence[Attempt]) -> Attempt:
    """The attempt in the middle of those that read like the first, the strongest: a text reads well 15 degrees off."""
    near = [(turn, each) for each in same if abs(turn := _turn(each, same[0])) < NEAR]
    middle = sum(turn * each.vote**2 for turn, each in near) / sum(each.vote**2 for _, each in near)
    level = [(turn, each) for turn, each in near if each.line.score > same[0].line.score - LEVEL]
    best = min(level, key=lambda pair: (abs(pair[0] - middle), -pair[1].vote))[1]
    return replace(best, line=same[0].line)


def _turn(attempt: Attempt, other: Attempt) -> float:
    return upright(attempt.box.angle - other.box.angle)
