"""Chooses among many readings of the same characters, and says how far the choice is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from handlers.recognition.crops import Box, upright
from handlers.recognition.likelihood import likelihoods
from handlers.recognition.reading import Alternative, merge
from handlers.recognition.recogniser import Line

Way = Literal["hub", "tight", "line", "page"]
"""How a text was read: as a hub's mark, as all of a small picture, as a line in metal, as print."""
NO_VOTE = 0.5
"""Scores up to this are no evidence: upside-down and sideways crops often score 0.3-0.5 on invented characters."""
CANDIDATES = 16
UNLIKELY = 0.5
"""Texts that are compared, those with the most votes; likelihood per character up to which a text has no vote. Of 240
drawn lines (development, 2026-11-26) 205 are read so, 202 and 203 with 0.4 and 0.6; of 400 drawn crops an attempt that
votes for its own text only reads 14 fewer."""
UPSIDE_DOWN = dict(zip("0689HINOSXZMW", "0986HINOSXZWM", strict=True))
"""What a character reads as after half a turn. `1` is missing: its flag and foot tell which way up it is."""

CONFUSED = dict(zip("B8G6S5J1O0UV", "8B6G5S1J0OVU", strict=True))
"""Typical confusions on real and synthetic marks: B/8, G/6, S/5, J/1, O/0, and U/V in characters of dots."""
SHORT = 4
"""Characters up to which a text is a mark and no word, so that nothing but its shape tells an O from a 0."""
NEAR = 50.0
LEVEL = 0.1
"""Degrees and scores within which attempts at the same text are one way of reading it."""
LOOK_ALIKE = 0.02
"""Confidence of a text that only a typical confusion speaks for: last among the alternatives."""


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
    alternatives = _alternatives(same, text, score, votes)
    return Verdict(central(same), votes[text], score * (0.5 + 0.5 * share), alternatives, share, seconded, way)


def _likeliest(attempts: Sequence[Attempt], votes: dict[str, float]) -> str:
    """The text with the most votes, where every attempt votes for all of them, for each as likely as it finds it."""
    texts = sorted((text for text in votes if votes[text]), key=lambda each: -votes[each])[:CANDIDATES]
    crops = [(attempt.line.steps, attempt.weight) for attempt in attempts if attempt.line.steps is not None]
    if len(texts) == 1 or not crops:
        return texts[0]
    likely = likelihoods([steps for steps, _ in crops], texts)
    total = np.maximum(likely - UNLIKELY, 0.0) @ np.array([weight for _, weight in crops])
    return texts[int(total.argmax())]


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


def turned(text: str) -> str | None:
    """What the text reads as upside down, or None when that is not a text."""
    return "".join(UPSIDE_DOWN[each] for each in reversed(text)) if all(each in UPSIDE_DOWN for each in text) else None


def ambiguous(text: str) -> bool:
    """Whether the characters cannot say which way up they are (`6`, `98`, `NO`), or an O in a short mark may be a 0."""
    return len(text) == 1 or turned(text) not in (None, text) or ("O" in text and len(text) <= SHORT)


def central(same: Sequence[Attempt]) -> Attempt:
    """The attempt in the middle of those that read like the first, the strongest: a text reads well 15 degrees off."""
    near = [(turn, each) for each in same if abs(turn := _turn(each, same[0])) < NEAR]
    middle = sum(turn * each.vote**2 for turn, each in near) / sum(each.vote**2 for _, each in near)
    level = [(turn, each) for turn, each in near if each.line.score > same[0].line.score - LEVEL]
    best = min(level, key=lambda pair: (abs(pair[0] - middle), -pair[1].vote))[1]
    return replace(best, line=same[0].line)


def _turn(attempt: Attempt, other: Attempt) -> float:
    return upright(attempt.box.angle - other.box.angle)


def _alternatives(same: Sequence[Attempt], text: str, score: float, votes: dict[str, float]) -> tuple[Alternative, ...]:
    """Texts of the other attempts by their share of the votes, and single characters hesitated on."""
    total = sum(votes.values())
    voted = [Alternative(other, score * count / total) for other, count in votes.items()]
    hesitant = [each for attempt in same for each in attempt.line.alternatives]
    upside_down = turned(text)
    if upside_down is not None:
        voted.append(Alternative(upside_down, score * votes[text] / total / 2))
    return merge([*voted, *hesitant, *_look_alikes(text)], text)


def _look_alikes(text: str) -> list[Alternative]:
    """Texts with one character confused: the recogniser can be sure of an O that is a 0."""
    places = [place for place, character in enumerate(text) if character in CONFUSED]
    return [Alternative(text[:at] + CONFUSED[text[at]] + text[at + 1 :], LOOK_ALIKE) for at in places]
