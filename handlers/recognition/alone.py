"""Reads the look-alike characters of a line once more, each cut out alone.

The recogniser has learned which characters stand together: between digits it takes an engraved G for a 6 at 1.0. The
same G by itself has no neighbours to be guessed from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from handlers.recognition.alphabet import SYMBOLS
from handlers.recognition.crops import cut
from handlers.recognition.models import Floats, Grey
from handlers.recognition.proposer import Proposer
from handlers.recognition.reading import Alternative, merge
from handlers.recognition.recogniser import HEIGHT, Recogniser, surest_steps
from handlers.recognition.vote import Attempt, Verdict

LOOK_ALIKE = {"6": "G", "G": "6", "8": "B", "B": "8", "5": "S", "S": "5", "2": "Z", "Z": "2", "U": "V", "V": "U"}
"""Pairs that the shape tells apart and the context confuses; O and 0 are one shape on most metal."""
GROWTHS = (-0.2, -0.12, -0.06, 0.0)
"""Variants of the line's box, in parts of its height: close around the characters, and as found."""
SURER = 1.0
"""By how much the look-alike must be ahead: its likelihood in the line against the character read there, plus its own
probability alone, less that of the character read. Of 249 look-alikes in 110 drawn crops (2026-11-25, before
`HESITATES` was added) no right one came above 0.43, and one of the two wrong ones reached 1.80. Votes of the line and
cuts with a neighbour repeat its error and decide nothing."""
GIVEN_UP = 0.5
"""How likely the text that is given up remains, as a part of the one that takes its place: a person still chooses."""
HESITATES = 0.33
"""Likelihood in the line below which the character alone is not asked: of dots, a G alone is a 6 to PP-OCRv6 at 0.96.

Chosen with two real photos in view (right characters up to 0.27, wrong ones at 0.49 and 0.88), so that these two prove
nothing; of 110 drawn lines 71 are read exactly with this step and without."""
OVERLAP = 0.04
"""Part of the line's height that a cut reaches into its neighbours: strokes lean."""
STEP = 8
"""Columns of a crop at 48 rows that are one step of the recogniser, surest at a character's middle."""
LEAST = 4
"""Characters from which a line is long enough for its context to mislead."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A line crop cut at the middles between its characters: `edges` are columns, one more than `text` is long."""

    crop: Grey
    text: str
    edges: tuple[int, ...]

    def part(self, at: int) -> Grey:
        """The crop of one character."""
        over = round(OVERLAP * self.crop.shape[0])
        return self.crop[:, max(0, self.edges[at] - over) : max(self.edges[at + 1], 1) + over]

    def within(self, text: str) -> Spelling | None:
        """The part that spells so many characters: a smear beyond the line's end may have been read as one more."""
        start = 0 if len(self.text) == len(text) else self.text.find(text)
        if start < 0:
            return None
        return Spelling(self.crop, text, self.edges[start : start + len(text) + 1])


def respelled(
    source: Grey,
    verdict: Verdict,
    attempts: Sequence[Attempt],
    recogniser: Recogniser,
    proposer: Proposer | None = None,
) -> Verdict:
    """The verdict, its look-alike characters decided by the line and by each alone, as both recognisers see it."""
    text = verdict.text.replace(" ", "")
    doubtful = {at: line for at in range(len(text)) if (line := _in_line(text, at, attempts)) >= HESITATES}
    if len(text) < LEAST or not doubtful:
        return verdict
    box = verdict.best.box
    spellings = [spelled(cut(source, box.grown(growth), 2 * HEIGHT), recogniser) for growth in GROWTHS]
    fitting = [each for spelling in spellings if (each := spelling.within(text)) is not None]
    if not fitting:
        return verdict
    readers: list[Proposer | Recogniser] = [recogniser] if proposer is None else [recogniser, proposer]
    rivals = {at: line + _alone(text[at], at, fitting, readers) for at, line in doubtful.items()}
    changed = {at: LOOK_ALIKE[text[at]] for at, ahead in rivals.items() if ahead > SURER}
    return _changed(verdict, changed) if changed else verdict


def spelled(crop: Grey, recogniser: Recogniser) -> Spelling:
    """Where the characters of an upright line crop (height, width) lie, spaces left out."""
    probabilities = recogniser.probabilities(crop)
    steps = [step for step in surest_steps(probabilities) if SYMBOLS[int(probabilities[step].argmax())].strip()]
    middles = np.array([step * STEP * crop.shape[0] / HEIGHT for step in steps])
    text = "".join(SYMBOLS[int(probabilities[step].argmax())] for step in steps)
    half = 0.35 * crop.shape[0]
    if not steps:
        return Spelling(crop, "", (0,))
    edges = [middles[0] - half, *(middles[1:] + middles[:-1]) / 2, middles[-1] + half]
    return Spelling(crop, text, tuple(math.floor(min(max(edge, 0), crop.shape[1])) for edge in edges))


def _in_line(text: str, at: int, attempts: Sequence[Attempt]) -> float:
    """How likely the line came out with the look-alike, against the character read, where it was likeliest: in 0..1."""
    rival = text[:at] + LOOK_ALIKE.get(text[at], "") + text[at + 1 :]
    best = 0.0
    for attempt in attempts:
        read = attempt.line.text.replace(" ", "")
        if read == rival != text:
            best = max(best, attempt.line.score)
        elif read == text:
            same = (each.confidence for each in attempt.line.alternatives if each.text.replace(" ", "") == rival)
            best = max(best, max(same, default=0.0) / attempt.line.score)
    return best if text[at] in LOOK_ALIKE else 0.0


def _alone(character: str, at: int, spellings: Sequence[Spelling], readers: Sequence[Proposer | Recogniser]) -> float:
    """How far the look-alike is ahead of the character at `at` when it is read alone, in -1..1."""
    pair, parts = (character, LOOK_ALIKE[character]), [each.part(at) for each in spellings]
    read, rival = np.mean([_surest(each.probabilities(part), pair) for each in readers for part in parts], axis=0)
    return float(rival - read)


def _surest(probabilities: Floats, pair: tuple[str, str]) -> Floats:
    return np.array([probabilities[:, SYMBOLS.index(each)].max() for each in pair], np.float32)


def _changed(verdict: Verdict, changed: dict[int, str]) -> Verdict:
    """The verdict with characters replaced, counted without spaces; the text given up is the first alternative."""
    line = verdict.best.line
    places = [place for place, character in enumerate(line.text) if character != " "]
    letters = list(line.text)
    for at, character in changed.items():
        letters[places[at]] = character
    text = "".join(letters)
    others = merge([Alternative(line.text, GIVEN_UP * verdict.confidence), *verdict.alternatives], text)
    best = replace(verdict.best, line=replace(line, text=text))
    return replace(verdict, best=best, alternatives=others)
