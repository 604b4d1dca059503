"""What a plant's confirmed readings teach: which texts its marks have and what these look like as a form, put against
what the crops of a place show.

The prior is a mixture: a text as often as it was confirmed; with what is left for new ones (Good and Turing: as many as
were confirmed once) a form, which is a pattern of letters and digits with characters by their place in it; and with a
little, any text at all, so that what was never seen can still be read.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from handlers.recognition.read.ctc import likelihoods
from handlers.recognition.read.symbols import CHARACTERS, SYMBOLS, bare
from handlers.recognition.weigh.calibration import CERTAIN, confidence
from handlers.recognition.weigh.evidence import Prior, Weighed, impartial

WEIGHT = 0.5
"""How much of the prior's log-odds counts beside the crops', whose steps are not independent of one another."""
LIFT = 0.4
"""How much of it is added to the log-odds of a text being right."""
LEAST_ODDS, MOST_ODDS = -4.0, 11.0
"""Log-odds of a text, against all texts of its length being alike, beyond which more certainty is not believed."""
MOST_NEW = 0.6
"""How sure a text that was never confirmed gets by its form at the most: it is answered for it, and not accepted."""
ANY = 0.02
"""Share of texts of any form."""
SMOOTH = 4.0
"""Texts of a form whose characters are as if seen alike, before any was."""
LONGER = 2
"""Characters by which a known text may be longer or shorter than the one that was read: bounds the work."""
RECALLED = 500
"""Known texts, the most frequent ones, that are weighed where nobody read them: six milliseconds a place."""


class Taught:
    """`texts`: how often each was confirmed; `name`: of the file that says so. What no mark can say is passed over."""

    def __init__(self, texts: Mapping[str, int], name: str = "") -> None:
        self.name = name
        self.texts: Counter[str] = Counter()
        self._spelled: dict[str, str] = {}
        for text, times in sorted(texts.items(), key=lambda each: each[1]):
            if plain := teachable(text):
                self.texts[_joined(plain)] += times
                self._spelled[_joined(plain)] = plain
        self._frequent = [text for text, _ in self.texts.most_common(RECALLED)]
        self._total = self.texts.total()
        once = sum(number == 1 for number in self.texts.values())
        self._new = (once + 1) / (self._total + 2)
        self._forms = Counter(form(text) for text in self.texts)
        self._places: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for text in self.texts:
            for at, character in enumerate(text):
                self._places[form(text), at][character] += 1

    def odds(self, text: str) -> float:
        """Log-odds of a text before a crop is looked at, against all texts of its length being as likely."""
        plain = _joined(text)
        if not self._total:
            return 0.0
        flat = float(len(CHARACTERS)) ** -len(plain)
        share = self.texts[plain] / self._total
        likely = (1 - self._new) * share + self._new * self._formed(plain)
        return min(MOST_ODDS, max(LEAST_ODDS, math.log((1 - ANY) * likely / flat + ANY)))

    def _formed(self, text: str) -> float:
        """How likely a new text is by its form."""
        pattern = form(text)
        seen = self._forms[pattern]
        if not seen:
            return 0.0
        likely = seen / self._forms.total()
        for at, character in enumerate(text):
            alike = {"@": 26, "#": 10}.get(pattern[at], 1)
            likely *= (self._places[pattern, at][character] + SMOOTH / alike) / (seen + SMOOTH)
        return likely

    def applied(self, judged: Sequence[Weighed], prior: Prior = impartial) -> list[Weighed]:
        """The places with the texts that are likeliest now, the likeliest place first; `prior` rules some out.

        A mark stands in a picture once: what would become the text of a surer place stays what it was seen as.
        """
        found: dict[str, Weighed] = {}
        kept: list[Weighed] = []
        pairs = [(self._weighed(each, prior), each) for each in judged]
        for taught, seen in sorted(pairs, key=lambda pair: -pair[0].confidence):
            again = taught.text in found and taught.text != seen.text
            kept.append(seen if again else taught)
            found.setdefault(taught.text, taught)
        return sorted(kept, key=lambda each: -each.confidence)

    def _weighed(self, judged: Weighed, prior: Prior) -> Weighed:
        place = self._as_written(judged)
        recalled = {text: mean for text, mean in self._recalled(place).items() if prior(text) > 0}
        evidence = place.evidence | recalled
        odds = {text: self.odds(text) for text in evidence}
        scores = {text: mean * math.exp(WEIGHT * (odds[text] - MOST_ODDS)) for text, mean in evidence.items()}
        text = max(scores, key=lambda each: scores[each])
        chosen = _as_if(place, text, evidence[text])
        ranked = dict(sorted(scores.items(), key=lambda each: -each[1]))
        return replace(chosen, evidence=ranked, confidence=self._sure(text, confidence(chosen), odds[text]))

    def _sure(self, text: str, base: float, odds: float) -> float:
        """How likely a text is right that would be so likely without its odds."""
        lifted = 1 / (1 + math.exp(-(math.log(base / (1 - base)) + LIFT * odds)))
        known = _joined(text) in self.texts
        return min(CERTAIN, lifted if known else min(lifted, max(base, MOST_NEW)))

    def _as_written(self, place: Weighed) -> Weighed:
        """The place with spaces in its texts where people put them."""
        evidence: dict[str, float] = {}
        for text, mean in place.evidence.items():
            evidence.setdefault(self._spelled.get(_joined(text), text), mean)
        return replace(place, text=self._spelled.get(_joined(place.text), place.text), evidence=evidence)

    def _recalled(self, place: Weighed) -> dict[str, float]:
        """Known texts that nobody read in the place, and how well they explain it, as `Weighed.evidence` has it."""
        weighed = {_joined(text) for text in place.evidence}
        long = len(_joined(place.text))
        known = [text for text in self._frequent if text not in weighed and abs(len(text) - long) <= LONGER]
        if not known:
            return {}
        likely = np.exp(likelihoods([place.steps], [place.text, *known]))[:, 0]
        best = place.evidence[place.text]
        parts = likely[1:] / max(float(likely[0]), 1e-300)
        found = zip(known, parts, strict=True)
        return {self._spelled[text]: best * min(float(part), 1.0) for text, part in found if part > 0}


def _as_if(place: Weighed, text: str, mean: float) -> Weighed:
    """The place as it would be weighed had this text been the likeliest of its crops'."""
    if text == place.text:
        return place
    before = place.evidence[place.text]
    old, new = len(bare(place.text)) + 1, len(bare(text)) + 1
    ratio = mean / before
    strengths = {by: float((strong**old * ratio) ** (1 / new)) for by, strong in place.strengths.items()}
    return replace(place, text=text, strengths=strengths)


def _joined(text: str) -> str:
    return text.replace(" ", "")


def form(text: str) -> str:
    """A text's pattern: `@` for a letter, `#` for a digit, and what stands between as it is."""
    return "".join("#" if each.isdigit() else "@" if each.isalpha() else each for each in text)


def teachable(text: str) -> str:
    """A text as it is taught: in capitals, with single spaces; empty where a mark cannot say it."""
    plain = " ".join(text.upper().split())
    return plain if bare(plain) and all(each in SYMBOLS[2:] for each in plain) else ""
