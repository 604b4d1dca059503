"""Several photos of one mark are more crops of one place: places are matched by what they read, and pooled.

No photo is laid over another. Two photos show the same where one text explains the crops of a place in each; where that
place lies in both tells how the one lies over the other, and so which of their other places are the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from handlers.recognition.compose import ANSWERED
from handlers.recognition.geometry import Line, along_and_down, upright
from handlers.recognition.look import overlapping
from handlers.recognition.read.ctc import Doubles, likelihoods
from handlers.recognition.read.symbols import bare, turned
from handlers.recognition.weigh.calibration import confidence
from handlers.recognition.weigh.evidence import Crop, Prior, Weighed, by_recogniser, impartial, piece_of

SAME = 0.65
"""How well one text must explain a place in each of two photos, for each of its characters, for the places to be one.
Of 591 pairs of photos of other marks none has it, 2 have 0.6; of 777 of the same mark half (2026-11-28)."""
SURE = 0.5
"""Confidence from which two photos with different texts show different marks."""
ADDED = 0.5
"""Confidence from which a place that a single photo shows is added to those of the photo that is shown."""
STANDS = 0.5
"""Part of the surest photo's confidence below which what all say together does not stand against it."""
LOOKED_AT, TEXTS = 4, 8
"""Places of each photo, and texts of each place, that are matched: the likeliest."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """The places of several photos as one of them, number `shown`, has them; `same`: the photos that show the same mark
    as that; `other`: those that surely show another one. The rest shows nothing that could be told."""

    places: list[Weighed]
    shown: int
    same: frozenset[int]
    other: frozenset[int]


def pooled(photos: Sequence[Sequence[Weighed]], prior: Prior = impartial) -> Pooled:
    """The places of each photo, the likeliest first, as one; the order of the photos decides nothing."""
    order = sorted(range(len(photos)), key=lambda number: _rank(photos[number]))
    first = {_facts(photos[number]): number for number in reversed(order)}
    once = [number for number in order if first[_facts(photos[number])] == number]
    shares = _shares([place for number in once for place in photos[number][:LOOKED_AT]], prior)
    match = _Match({number: photos[number] for number in once}, shares)
    group = max(match.groups(), key=lambda some: (sum(map(match.legible, some)), -min(map(once.index, some))))
    shown = min(group, key=once.index)
    places = _added(match, shown, [number for number in once if number in group and number != shown], prior)
    other = [number for number in once if number not in group and _differ(places, photos[number])]
    alike = {number: first[_facts(photos[number])] for number in order}
    return Pooled(
        places,
        shown,
        frozenset(number for number in order if alike[number] in group and photos[number]),
        frozenset(number for number in order if alike[number] in other),
    )


class _Match:
    """How well places of different photos explain one another."""

    def __init__(self, photos: Mapping[int, Sequence[Weighed]], shares: Mapping[int, Doubles]) -> None:
        self.photos = photos
        self._shares = shares

    def legible(self, number: int) -> bool:
        """Whether a photo says something by itself."""
        return any(each.confidence >= ANSWERED for each in self.photos[number])

    def of(self, one: Weighed, other: Weighed) -> float:
        """0..1: how well the text that suits both best explains them, for each of its characters."""
        return float(np.sqrt(self._shares[id(one)] * self._shares[id(other)]).max())

    def best(self, one: int, other: int) -> tuple[float, Weighed | None, Weighed | None]:
        """The pair of places of two photos that match best."""
        pairs = [(a, b) for a in self.photos[one][:LOOKED_AT] for b in self.photos[other][:LOOKED_AT]]
        a, b = max(pairs, key=lambda pair: self.of(*pair), default=(None, None))
        return (self.of(a, b), a, b) if a and b else (0.0, None, None)

    def groups(self) -> list[list[int]]:
        """The photos, those together that show the same as another one of their group."""
        groups: list[list[int]] = []
        for number in self.photos:
            near = [some for some in groups if any(self.best(number, one)[0] >= SAME for one in some)]
            groups = [some for some in groups if some not in near]
            groups.append([number, *(one for some in near for one in some)])
        return groups


def _shares(places: Sequence[Weighed], prior: Prior) -> dict[int, Doubles]:
    """Of each place how well each text of any of them explains it, for each of its characters."""
    texts = _texts(places)
    if not texts:
        return {}
    each = np.array([len(bare(text)) + 1 for text in texts])
    fair = np.array([prior(text) for text in texts])
    found = {}
    for place in places:
        ways = [np.mean(list(_means(way, texts).values()), axis=0) for way in place.ways if way]
        found[id(place)] = np.asarray((np.max(ways, axis=0) * fair) ** (1 / each), np.float64)
    return found


def _texts(places: Sequence[Weighed]) -> list[str]:
    """What the places may say, each text once however it is spaced, sorted."""
    found: dict[str, str] = {}
    for place in places:
        for text in list(place.evidence)[:TEXTS]:
            found[text.replace(" ", "")] = max(found.get(text.replace(" ", ""), ""), text)
    return sorted(found.values())


def _means(crops: Sequence[Crop], texts: Sequence[str]) -> dict[str, Doubles]:
    """By recogniser, the mean probability of each text over its crops."""
    return by_recogniser(crops, np.exp(likelihoods([crop.steps for crop in crops], texts)))


def _added(match: _Match, shown: int, others: Sequence[int], prior: Prior) -> list[Weighed]:
    """The places of the photo that is shown, each with what the others show of it; and what those alone show."""
    mine = list(match.photos[shown])
    theirs: dict[int, list[Weighed]] = {at: [] for at in range(len(mine))}
    alone: list[Weighed] = []
    for number in others:
        _, here, there = match.best(shown, number)
        if here is None or there is None:
            continue
        for place in match.photos[number]:
            laid = replace(place, line=_laid(place.line, there.line, here.line))
            at = next((at for at, own in enumerate(mine) if _one(match, own, place, laid)), None)
            if at is not None:
                theirs[at].append(place)
            elif place.confidence >= ADDED and not any(overlapping(laid.line, own.line) for own in (*mine, *alone)):
                alone.append(laid)
    places = [_together([own, *theirs[at]], prior) for at, own in enumerate(mine)]
    return sorted([*places, *alone], key=lambda each: -each.confidence)


def _one(match: _Match, own: Weighed, place: Weighed, laid: Weighed) -> bool:
    """Whether a place of another photo is one of ours: it lies over it, and says the same."""
    known = id(own) in match._shares and id(place) in match._shares
    return overlapping(own.line, laid.line) and known and match.of(own, place) >= SAME / 2


def _laid(line: Line, there: Line, here: Line) -> Line:
    """A band of another photo as it lies in ours, of what one place is in both."""
    factor = here.cap / there.cap
    turn = here.angle - there.angle
    away = (np.asarray(line.middle) - np.asarray(there.middle)) * factor
    e, n = along_and_down(turn)
    middle = np.asarray(here.middle) + away[0] * e + away[1] * n
    scaled = line.scaled(factor)
    return replace(scaled, middle=(float(middle[0]), float(middle[1])), angle=upright(line.angle + turn))


def _together(places: Sequence[Weighed], prior: Prior) -> Weighed:
    """One place of several photos: the mean over their crops, each photo the way up that suits them together.

    Never less sure of its text than the photo that is surest of it.
    """
    if len(places) == 1:
        return places[0]
    texts = _texts(places)
    fair = np.array([prior(text) for text in texts])
    ways = [[way for way in place.ways if way] for place in places]
    scores = [[np.mean(list(_means(way, texts).values()), axis=0) for way in some] for some in ways]
    suits = int((np.mean([np.max(some, axis=0) for some in scores], axis=0) * fair).argmax())
    turns = [int(np.argmax([score[suits] for score in some])) for some in scores]
    crops = [crop for some, turn in zip(ways, turns, strict=True) for crop in some[turn]]
    return _weighed(places, crops, texts, fair)


def _weighed(places: Sequence[Weighed], crops: Sequence[Crop], texts: Sequence[str], fair: Doubles) -> Weighed:
    means = _means(crops, texts)
    evidence = np.mean(list(means.values()), axis=0) * fair
    order = sorted(range(len(texts)), key=lambda at: (-evidence[at], texts[at]))
    text = texts[order[0]]
    power = 1.0 / (len(bare(text)) + 1)
    shown = crops[int(likelihoods([crop.steps for crop in crops], [text])[0].argmax())]
    place = replace(
        places[0],
        text=text,
        evidence={texts[at]: float(evidence[at]) for at in order if evidence[at] > 0},
        strengths={by: float(mean[order[0]] ** power) for by, mean in means.items()},
        share=max(each.share for each in places),
        steps=shown.steps,
        ways=(tuple(crops),),
    )
    alike = (each.confidence for each in places if bare(each.text) == bare(text))
    sure = max(confidence(place), max(alike, default=0.0))
    best = max(places, key=lambda each: each.confidence)
    if sure < STANDS * best.confidence:
        return replace(best, line=places[0].line)
    return replace(place, confidence=sure)


def _differ(places: Sequence[Weighed], photo: Sequence[Weighed]) -> bool:
    """Whether a photo surely shows another mark: both are sure of a text, and neither is a piece of the other, or the
    other upside down."""
    ours = [bare(each.text) for each in places if each.confidence >= SURE]
    theirs = [bare(each.text) for each in photo if each.confidence >= SURE]
    pairs = [(one, other) for one in ours for other in theirs]
    return bool(pairs) and not any(
        one == other or piece_of(one, other) or piece_of(other, one) or turned(one) == other for one, other in pairs
    )


def _facts(photo: Sequence[Weighed]) -> tuple[tuple[str, Line, float], ...]:
    """What is the same of two photos only where they are the same file."""
    return tuple((each.text, each.line, each.confidence) for each in photo)


def _rank(photo: Sequence[Weighed]) -> tuple[float, str, float]:
    """The surest first, by what they show alone."""
    best = max(photo, key=lambda each: each.confidence, default=None)
    return (-best.confidence, best.text, math.hypot(*best.line.middle)) if best else (0.0, "", 0.0)
