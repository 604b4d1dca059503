"""Reads lines in metal at any angle: found by our finder, proposed by our recogniser, confirmed by PP-OCRv6."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from handlers.recognition.alone import respelled
from handlers.recognition.crops import Box, cut, upright
from handlers.recognition.finder import Finder
from handlers.recognition.longer import fuller, holds
from handlers.recognition.models import Grey
from handlers.recognition.pads import shrink
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import HEIGHT, Line, Recogniser
from handlers.recognition.vote import Attempt, Verdict, decide

SOURCE_SIDE = 2000
"""Longest side from which lines are cut: cut straight from 12 megapixels they alias and read worse."""
FIRST = ((0.0, 0.0), (0.18, 0.0), (0.08, 0.6))
"""Variants of a found box that tell whether it holds a line: parts of its height added on each side and at each end."""
GROWTHS = (-0.06, 0.1, 0.28)
ENDS = (0.0, 0.6, 1.2)
LEAN = 0.25
MOST_TURN = 5.0
"""Variants of a line's box: as above; turns that move its ends by `LEAN` of its height, by so many degrees at most. The
finder's boxes end early where a character is worn, and are too low where a line is bent."""
READ = 4
"""Places that PP-OCRv6 reads too, the most promising first."""
CONFIRMED = 3
"""Crops of a place that it reads."""
FULLER_GROWTHS, FULLER_ENDS = (0.0, 0.1), (0.6, 1.4)
LEAST, TIMES = 0.55, 2
"""Boxes that show whether a line was cut off at an end; confidence below which a text is not answered anyway; how often
a line may grow. Of 180 drawn lines (development seeds, 2026-11-26) three more are read, and the others as before."""
CLOSE = (0.0, 0.05)
"""Parts of the height added on each side of two more crops that it reads."""
SECOND = 1.0
PRINT, CERTAIN = 6.0, 0.995
"""Weight of what it reads there, against one of the small recogniser's many, and the weight and least score of what is
surely print: that is what it was made for, and it is as certain of nothing else. Of 240 drawn lines 203 are read so
where the finder sees them, 205 without the weight for print, 200 with 4 for all and 196 without it (development seeds,
2026-11-26)."""


def read_lines(image: Grey, finder: Finder, proposer: Proposer, recogniser: Recogniser) -> list[Verdict]:
    """One verdict per place of a grey picture that may be a line, boxes in its pixels; callers drop doubtful ones."""
    source, factor = shrink(image, SOURCE_SIDE)
    places = [_attempts(source, _both_ways(_first(found.box)), proposer) for found in finder.find(source)]
    promising = sorted(places, key=lambda place: -max(map(promise, place)))[:READ]
    closer = [_closer(source, place, proposer, recogniser) for place in promising]
    voted = [(verdict, place) for place in closer if (verdict := decide(place)) is not None]
    decided = [(_whole(source, *each, proposer, recogniser), each[1]) for each in voted]
    return [scaled(respelled(source, verdict, place, recogniser, proposer), 1 / factor) for verdict, place in decided]


def _first(box: Box) -> list[Box]:
    return [box.grown(growth).longer(ends) for growth, ends in FIRST]


def _whole(source: Grey, verdict: Verdict, place: list[Attempt], proposer: Proposer, recogniser: Recogniser) -> Verdict:
    """The verdict, or what longer boxes say where that is its text and more, as some attempt at the place read too.

    The finder's boxes end early now and then, and every crop that shows half of the line votes for that half.
    """
    for _ in range(TIMES):
        if verdict.confidence < LEAST or not any(holds(each.line.text, verdict.text) and each.vote for each in place):
            break
        longer = _fuller(source, verdict, proposer, recogniser)
        if longer.text == verdict.text:
            break
        verdict = longer
    return verdict


def _fuller(source: Grey, verdict: Verdict, proposer: Proposer, recogniser: Recogniser) -> Verdict:
    """What longer boxes say where that is the verdict's text and more, or the verdict."""
    boxes = [verdict.best.box.grown(growth).longer(ends) for growth in FULLER_GROWTHS for ends in FULLER_ENDS]
    longer = fuller(verdict, _attempts(source, boxes, proposer) + _attempts(source, boxes, recogniser))
    if longer is None or not longer.seconded:
        return verdict
    return replace(longer, votes=max(longer.votes, verdict.votes))


def _both_ways(boxes: list[Box]) -> list[Box]:
    return [*boxes, *(box.flipped() for box in boxes)]


def _closer(source: Grey, place: list[Attempt], proposer: Proposer, recogniser: Recogniser) -> list[Attempt]:
    """The attempts at a place, more of them the way up that reads best, and those of the larger recogniser."""
    box = max(place, key=promise).box
    first = min((each.box for each in place), key=lambda each: (abs(upright(each.angle - box.angle)), each.height))
    more = place + _attempts(source, _variants(first), proposer)
    surest = sorted(more, key=lambda attempt: -attempt.vote)[:CONFIRMED]
    # Cut close as well: there it hesitates between characters that it is sure of, and wrong, in a wider crop.
    close = [first.grown(growth) for growth in CLOSE]
    return [*more, *_attempts(source, [*(attempt.box for attempt in surest), *close], recogniser)]


def _variants(box: Box) -> list[Box]:
    """The box higher and lower, longer, and a little askew."""
    lean = min(MOST_TURN, math.degrees(math.atan(LEAN * box.height / box.width)))
    sizes = [box.grown(growth).longer(ends) for growth in GROWTHS for ends in ENDS]
    return [size.turned(turn) for size in sizes for turn in (-lean, 0.0, lean)]


def _attempts(source: Grey, boxes: Sequence[Box], reader: Proposer | Recogniser) -> list[Attempt]:
    crops = [cut(source, box, round(min(max(box.height, HEIGHT), 3 * HEIGHT))) for box in boxes]
    lines = zip(boxes, reader.read(crops), strict=True)
    seconds = isinstance(reader, Recogniser)
    return [Attempt(box, line.as_label(), _weight(line, seconds=seconds), seconds) for box, line in lines]


def _weight(line: Line, *, seconds: bool) -> float:
    return (PRINT if line.score >= CERTAIN else SECOND) if seconds else 1.0


def promise(attempt: Attempt) -> float:
    """How much an attempt speaks for its place: its vote, once for each character."""
    return attempt.vote * len(attempt.line.text)


def scaled(verdict: Verdict, factor: float) -> Verdict:
    """The verdict in a picture `factor` times as large."""
    return replace(verdict, best=replace(verdict.best, box=verdict.best.box.scaled(factor)))
