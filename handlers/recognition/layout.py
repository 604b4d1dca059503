"""From verdicts to marks: which of a scene's lines belong to its text, where they lie, in which order they are read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from handlers.recognition.agreement import agreed, bare
from handlers.recognition.confidence import confidence
from handlers.recognition.crops import Box
from handlers.recognition.reading import Mark, Point, Polygon
from handlers.recognition.vote import Verdict, Way

BESIDE: dict[Way, float] = {"line": 0.74, "page": 0.85, "tight": 0.85, "hub": 0.85}
"""Confidence that a line needs beside the leading one: scratches and scrawl read as short texts at up to that."""
SIMILAR = 0.4
"""Character height of a line as a part of the leading one's: the name of a maker, not a reflection far behind."""
BRIEF = 3
SURE = 0.9
"""Characters up to which a text in a scene must be this sure: scratches and holes read as brief texts at up to 0.9."""
LIKELY = 0.5
"""Likelihood (`confidence`) that such a text needs beside a line: a large blotch reads as 68 in a few of its crops, a
scratch as CC. Of 180 drawn lines (development seeds, 2026-11-26) one more is read, and of 108 varied photos two."""
INSIDE = 0.75
"""Part of the height of a line's box within which another one's middle makes them one line: boxes may be generous."""
LEVEL = 0.2
"""Difference of confidences within which the lower of two boxes counts."""
SURENESS = 4
"""Power of the confidence against size: a box around two lines reads as one of them, and less surely."""
CLOSE = 3
"""Characters from which length no longer counts for the leading line."""


def legible(verdicts: Sequence[Verdict], floor: float, brief: float = SURE) -> list[Verdict]:
    """The leading line, if its confidence reaches `floor`, or `brief` where it is brief, and those that go with it."""
    verdicts = agreed(_tightest(verdicts), verdicts)
    leader = max(verdicts, key=_evidence, default=None)
    if leader is None or not _stands(leader, floor, brief):
        return []
    kept = [leader]
    for each in sorted(verdicts, key=_evidence, reverse=True):
        if _goes_with(each, leader) and not any(_overlap(each, other) for other in kept):
            kept.append(each)
    return kept


def _stands(verdict: Verdict, floor: float, brief: float) -> bool:
    """Whether the line can be believed by itself; a row of holes is no text."""
    least = brief if _length(verdict) <= BRIEF else floor
    return verdict.confidence >= least and _length(verdict) > 1 and solid(verdict.text) > 0


def _goes_with(each: Verdict, leader: Verdict) -> bool:
    size = each.best.box.height / leader.best.box.height
    likely = _length(each) > BRIEF or confidence(each) >= LIKELY
    return likely and _stands(each, BESIDE[each.way], SURE) and SIMILAR < size < 1 / SIMILAR


def _overlap(each: Verdict, other: Verdict) -> bool:
    """Whether one lies in the other, as a part of a line found once more by itself does."""
    box, second = each.best.box, other.best.box
    return _flat(box).holds(second.middle) or _flat(second).holds(box.middle)


def _flat(box: Box) -> Box:
    return replace(box, height=box.height * INSIDE)


def _tightest(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts without those whose text a lower box inside reads about as surely.

    A high one may hold two lines, and shows spaces small.
    """
    return [each for each in verdicts if not any(_tighter(other, each) for other in verdicts)]


def _tighter(each: Verdict, than: Verdict) -> bool:
    inside = than.best.box.holds(each.best.box.middle) and each.best.box.height < than.best.box.height
    return inside and bare(each) == bare(than) and each.confidence > than.confidence - LEVEL


def _evidence(verdict: Verdict) -> float:
    box = verdict.best.box
    return verdict.confidence**SURENESS * min(solid(verdict.text), CLOSE) * math.sqrt(box.width * box.height)


def _length(verdict: Verdict) -> int:
    """Letters and digits; a row of dots is a texture."""
    return sum(character.isalnum() for character in verdict.text)


def solid(text: str) -> int:
    """Letters and digits that no round hole looks like: bores and bolt holes read as rows of O at up to 0.95, and
    those that are half in the shade as C or Q."""
    return sum(character.isalnum() and character not in "O0CQ" for character in text)


def to_mark(verdict: Verdict, confidence: float, factor: float, size: tuple[int, int]) -> Mark:
    """The verdict as a mark in a picture of `size` (width, height), `factor` times as large, clipped to it.

    `confidence`: how likely its text is right; its alternatives become more or less likely with it.
    """
    box = verdict.best.box.scaled(factor)
    first, second, third, fourth = (_clipped(corner, size) for corner in box.corners())
    polygon: Polygon = (first, second, third, fourth)
    changed = min(1.0, confidence / verdict.confidence) if verdict.confidence else 1.0
    others = tuple(replace(each, confidence=each.confidence * changed) for each in verdict.alternatives)
    return Mark(verdict.text, polygon, box.angle, confidence, others)


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
    return float(((x3 - x0) ** 2 + (y3 - y0) ** 2) ** 0.5)


def _along(mark: Mark, angle: float) -> Point:
    """The mark's middle, as distances along and down the text direction `angle`."""
    turn = math.radians(angle)
    x, y = (sum(corner[axis] for corner in mark.polygon) / 4 for axis in (0, 1))
    return x * math.cos(turn) + y * math.sin(turn), y * math.cos(turn) - x * math.sin(turn)
