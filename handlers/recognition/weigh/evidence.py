"""What several crops of one place say together: how likely each text is, against the other way up and against nothing.

A crop gives each text a probability (CTC). A text's evidence is the mean of them over the crops that show the place the
same way up, so that it does not depend on how many crops were made: an added crop refines it, and moves no threshold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from handlers.recognition.geometry import Line
from handlers.recognition.models import Floats
from handlers.recognition.read.ctc import Doubles, likelihoods, peaks
from handlers.recognition.read.symbols import LOOK_ALIKES, OTHER, SYMBOLS, bare, spelled, turned

CANDIDATES = 24
"""Texts that are weighed for one place, those that most crops read first."""
DOUBT = 0.03
"""Probability of a symbol at a character, from which the text with it in place of the one that was read is weighed."""
Prior = Callable[[str], float]
"""How much likelier a text is than any other before a crop is looked at; 0 where it cannot be."""


def impartial(_: str) -> float:
    """Every text may be."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Crop:
    """One cut of a place: the band that was cut, a recogniser's probabilities (steps, symbols), and which one's."""

    line: Line
    steps: Floats
    by: str = "print"


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a picture and the crops that were made of it. `ways`: the crops by which way up they show it; `pad`:
    whether it is on the pad of a hub; `share`: the height of its capitals as a part of the picture's shorter side."""

    line: Line
    ways: tuple[tuple[Crop, ...], ...] = ()
    pad: bool = False
    share: float = 1.0

    def with_crops(self, ways: Sequence[Sequence[Crop]]) -> Place:
        """The place with more crops of each way."""
        added = [(*old, *new) for old, new in zip(self.ways or ((),) * len(ways), ways, strict=True)]
        return replace(self, ways=tuple(added))


@dataclass(frozen=True, slots=True)
class Weighed:
    """The likeliest text of a place. `line`: the band it was read in; `evidence`: for each text its mean probability
    (0..1), best first; `strengths`: by recogniser how well the text explains its crops; `steps`: of the crop that shows
    it best; `ways`: all crops of the place by the way up they show it, for whoever has more photos of it.
    """

    text: str
    line: Line
    evidence: dict[str, float]
    strengths: dict[str, float]
    pad: bool
    share: float
    steps: Floats = field(repr=False)
    confidence: float = 0.0
    ways: tuple[tuple[Crop, ...], ...] = field(default=(), repr=False, compare=False)


def weigh(place: Place, prior: Prior = impartial) -> Weighed | None:
    """The place's texts weighed; None where no crop shows any."""
    ways = [weighed for weighed in weigh_ways(place, prior) if weighed]
    if not ways:
        return None
    best = max(ways, key=strength)
    for other in ways:
        if other is not best:
            best = replace(best, evidence=_merged(best.evidence, other.evidence))
    return replace(best, ways=place.ways)


def weigh_ways(place: Place, prior: Prior = impartial) -> list[Weighed | None]:
    """The same, each way up by itself."""
    return [_one_way(place, crops, prior) if crops else None for crops in place.ways]


def strength(weighed: Weighed) -> float:
    """How well a text explains its crops: its probability in the middle of them, for each of its characters."""
    return float(weighed.evidence[weighed.text] ** (1.0 / (len(bare(weighed.text)) + 1)))


def _one_way(place: Place, crops: Sequence[Crop], prior: Prior) -> Weighed | None:
    read = [greedy(crop.steps) for crop in crops]
    texts = _candidates(read, crops, prior)
    if not texts:
        return None
    likely = np.exp(likelihoods([crop.steps for crop in crops], texts))
    each = by_recogniser(crops, likely)
    means = np.mean(list(each.values()), axis=0) * np.array([prior(text) for text in texts])
    order = [int(at) for at in np.argsort(-means)]
    at = order[0]
    evidence = {texts[number]: float(means[number]) for number in order if means[number] > 0}
    if not evidence:
        return None
    text = texts[at]
    upside_down = turned(bare(text))
    if upside_down not in (None, bare(text)) and prior(str(upside_down)) > 0:
        evidence[str(upside_down)] = max(evidence.get(str(upside_down), 0.0), means[at] / 2)
    shown = crops[int(likely[at].argmax())]
    same = [crop.line for crop, said in zip(crops, read, strict=True) if said.replace(" ", "") == text.replace(" ", "")]
    line = _middle(same) if same else shown.line
    power = 1.0 / (len(bare(text)) + 1)
    strengths = {by: float(mean[at] ** power) for by, mean in each.items()}
    return Weighed(text, line, evidence, strengths, place.pad, place.share, shown.steps)


def by_recogniser(crops: Sequence[Crop], likely: Doubles) -> dict[str, Doubles]:
    """By recogniser, the mean over its crops of how likely each text is (texts, crops)."""
    readers = dict.fromkeys(crop.by for crop in crops)
    return {by: likely[:, [crop.by == by for crop in crops]].mean(axis=1) for by in readers}


def piece_of(text: str, other: str) -> bool:
    """Whether a text is within a longer one, by letters and digits."""
    one, whole = bare(text), bare(other)
    return 0 < len(one) < len(whole) and one in whole


def _middle(lines: Sequence[Line]) -> Line:
    """The band of median angle."""
    return sorted(lines, key=lambda line: line.angle)[len(lines) // 2]


def greedy(steps: Floats) -> str:
    """What a crop reads by itself: the likeliest symbol of each step (steps, symbols)."""
    return spelled("".join(SYMBOLS[peak.symbol] for peak in peaks(steps)))


def _candidates(read: Sequence[str], crops: Sequence[Crop], prior: Prior) -> list[str]:
    """What the crops read, spelled with the spaces that most crops of the larger recogniser see in it (the small one
    knows none), and the same with doubtful characters replaced."""
    counted: dict[str, list[str]] = {}
    printed: dict[str, list[str]] = {}
    for text, crop in zip(read, crops, strict=True):
        if bare(text):
            letters = text.replace(" ", "")
            counted.setdefault(letters, []).append(text)
            if crop.by == "print":
                printed.setdefault(letters, []).append(text)
    ranked = sorted(counted, key=lambda letters: len(counted[letters]), reverse=True)
    texts = [Counter(printed.get(letters, counted[letters])).most_common(1)[0][0] for letters in ranked]
    for crop in crops:
        texts += _doubted(crop.steps)
    allowed: dict[str, str] = {}
    for text in texts:
        if bare(text) and prior(text) > 0:
            allowed.setdefault(text.replace(" ", ""), text)
    return list(allowed.values())[:CANDIDATES]


def _doubted(steps: Floats) -> list[str]:
    """Texts that differ from what the crop reads by its most doubtful characters and by those that look alike."""
    found = [peak for peak in peaks(steps) if peak.symbol != OTHER]
    symbols = [SYMBOLS[peak.symbol] for peak in found]
    others: list[tuple[float, str]] = []
    for at, peak in enumerate(found):
        alike = next((row for row in LOOK_ALIKES if symbols[at] in row), "")
        for symbol in np.argsort(-peak.shares)[:5]:
            share = float(peak.shares[symbol])
            if symbol == peak.symbol or symbol == OTHER or (share < DOUBT and SYMBOLS[symbol] not in alike):
                continue
            others.append((share, spelled("".join([*symbols[:at], SYMBOLS[symbol], *symbols[at + 1 :]]))))
    return [text for _, text in sorted(others, reverse=True)[:6]]


def _merged(evidence: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    both = dict(evidence)
    for text, mean in other.items():
        both[text] = max(both.get(text, 0.0), mean)
    return dict(sorted(both.items(), key=lambda each: -each[1]))
