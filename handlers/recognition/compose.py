"""Which places make the answer, in which order, and what else was seen."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from handlers.recognition.read.ctc import Peak, aligned
from handlers.recognition.read.symbols import CHARACTERS, SEPARATORS, SYMBOLS, bare
from handlers.recognition.reading import Alternative, Character, Mark, Point, Polygon, Reading, merge
from handlers.recognition.weigh.evidence import Weighed

ANSWERED = 0.2
"""Confidence from which a text belongs to the answer. On the 70 real photos for development all lines are found on 61,
and nothing else is answered on 37; from 0.15 on 61 and 35, from 0.3 on 59 and 37 (2026-11-28, as below)."""
SHOWN = 0.05
"""Confidence from which a text that is not answered is shown among the marks, and asks for a person's look. So 24 of
these photos are accepted, one of them wrongly; from 0.04 on 20, none; from 0.07 on 27, two; from 0.12 on 30, two."""
RIVAL = 0.32
"""Confidence of an alternative, as a part of the text's own, from which a person should choose: below the third that a
text has which is another one upside down. From 0.25 on 23 photos are accepted, from 0.5 on 25."""
LEAST_SHARE = 0.01
"""Probability below which another character is not worth showing."""


def composed(judged: Sequence[Weighed], size: tuple[int, int], factor: float, review_below: float) -> Reading:
    """The reading of a picture of `size` (width, height), `factor` times as large as the one that was read."""
    marks = [_mark(each, size, factor) for each in judged]
    answered = in_reading_order([mark for mark in marks if mark.answered])
    seen = tuple(mark for mark in marks if not mark.answered and mark.confidence >= SHOWN)
    faint = tuple(mark for mark in marks if mark.confidence < SHOWN)
    if not answered:
        return Reading("", 0.0, True, (), seen, *size, unclear=True, doubted=faint)
    text = " ".join(mark.text for mark in answered)
    least = min(mark.confidence for mark in answered)
    unclear = bool(seen) or any(_doubtful(mark) for mark in answered)
    alternatives = merge(answered[0].alternatives if len(answered) == 1 else (), text)
    review, shown = unclear or least < review_below, (*answered, *seen)
    return Reading(text, least, review, alternatives, shown, *size, unclear=unclear, doubted=faint)


def _doubtful(mark: Mark) -> bool:
    """Whether another text is about as likely; of a lone character nobody can be sure."""
    return bool(rival(mark)) or len(bare(mark.text)) == 1


def rival(mark: Mark) -> str:
    """Another text that is about as likely, by its characters or upside down; empty where there is none. What stands
    between characters makes no other text."""
    others = (each for each in mark.alternatives if bare(each.text) != bare(mark.text))
    best = max(others, key=lambda each: each.confidence, default=None)
    return best.text if best and best.confidence > RIVAL * mark.confidence else ""


def _mark(each: Weighed, size: tuple[int, int], factor: float) -> Mark:
    line = each.line.scaled(factor)
    first, second, third, fourth = (_clipped(corner, size) for corner in line.corners())
    polygon: Polygon = (first, second, third, fourth)
    total = sum(each.evidence.values())
    # Of what is left of certainty, each other text takes the part that its evidence has.
    others = {text: each.confidence * mean / each.evidence[each.text] for text, mean in each.evidence.items()}
    alternatives = [
        Alternative(text, min(likely, mean / total))
        for (text, likely), mean in zip(others.items(), each.evidence.values(), strict=True)
    ]
    return Mark(
        each.text,
        polygon,
        line.angle,
        each.confidence,
        merge(alternatives, each.text),
        tuple(_character(peak) for peak in aligned(each.steps, each.text)),
        each.confidence >= ANSWERED,
        each.pad,
    )


def _character(peak: Peak) -> Character:
    """A character with its runners-up, of all that stand in a text."""
    shares = peak.shares[2 : 2 + len(CHARACTERS + SEPARATORS) - 1]
    total = max(float(shares.sum()), 1e-6)
    others = [
        Alternative(SYMBOLS[2 + at], float(shares[at]) / total)
        for at in np.argsort(-shares)[:5]
        if 2 + at != peak.symbol and shares[at] >= LEAST_SHARE * total
    ]
    return Character(SYMBOLS[peak.symbol], float(shares[peak.symbol - 2]) / total, tuple(others))


def _clipped(corner: Point, size: tuple[int, int]) -> Point:
    return min(max(corner[0], 0.0), float(size[0])), min(max(corner[1], 0.0), float(size[1]))


def in_reading_order(marks: Sequence[Mark]) -> list[Mark]:
    """Lines from top to bottom as the text itself stands, and on one line from left to right."""
    rows: list[list[Mark]] = []
    for mark in sorted(marks, key=lambda mark: _along(mark, marks[0].angle)[1]):
        row = rows[-1] if rows else []
        if row and _along(mark, mark.angle)[1] - _along(row[0], mark.angle)[1] < 0.5 * _height(mark):
            row.append(mark)
        else:
            rows.append([mark])
    return [mark for row in rows for mark in sorted(row, key=lambda mark: _along(mark, mark.angle)[0])]


def _height(mark: Mark) -> float:
    (x0, y0), _, _, (x3, y3) = mark.polygon
    return math.hypot(x3 - x0, y3 - y0)


def _along(mark: Mark, angle: float) -> Point:
    """The mark's middle, as distances along and down the text direction `angle`."""
    turn = math.radians(angle)
    x, y = (sum(corner[axis] for corner in mark.polygon) / 4 for axis in (0, 1))
    return x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
