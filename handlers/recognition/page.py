"""Reads print: labels, plates, pages. PP-OCRv6 finds the lines on a reduced copy and reads them from a larger one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from handlers.recognition.alone import respelled
from handlers.recognition.crops import Box, cut, upright
from handlers.recognition.detector import Detector
from handlers.recognition.layout import solid
from handlers.recognition.lines import SOURCE_SIDE, scaled
from handlers.recognition.models import Grey
from handlers.recognition.pads import shrink
from handlers.recognition.recogniser import HEIGHT, Recogniser
from handlers.recognition.scan import scan
from handlers.recognition.tight import is_wide
from handlers.recognition.vote import Attempt, Verdict, decide

Turns = Sequence[Sequence[float]]
LEVEL: Turns = ((0,), (90,))
ASKEW: Turns = (*LEVEL, (30, 60, 120, 150))
"""Degrees the picture is turned for detection, in steps; a step is only taken when those before settled nothing."""
LINE_ASPECT = 2.5
"""Width / height from which a picture may be one line and is read without detection."""
FIRST_GROWTHS = (-0.08, 0.05)
MORE_GROWTHS = (-0.08, 0.0, 0.08)
MORE_TURNS = (-5.0, 0.0, 5.0)
"""Variants of a box, in parts of its height and degrees: tight boxes read best on engraved rolls, none reads always."""
ASPECT_BUDGET = 50.0
"""Widths / heights of the boxes read per turn, summed: about half a second of recognition."""
SETTLED = 0.93
"""Confidence at which no further turns are tried."""
SOLID = 3
"""Characters other than O and 0 that settle a picture: bores and bolt holes read as rows of O at up to 0.95."""
REFINED = 2
"""Places read again with more variants of their best box."""
SAME = 20.0
"""Degrees within which boxes of two turns lie alike."""


def read_page(
    image: Grey, detector: Detector, recogniser: Recogniser, turns: Turns, known: Sequence[Box] = ()
) -> list[Verdict]:
    """One verdict per place of a grey picture that may be a line, boxes in its pixels; callers drop doubtful ones.

    `known`: boxes, in its pixels too, of lines that need no second look.
    """
    source, factor = shrink(image, SOURCE_SIDE)
    whole = _read(source, [_whole(source)], recogniser) if one_line(source) else []
    places = [whole] if _settled([whole]) else []
    for step in turns:
        if _settled(places):
            break
        for turn in step:
            boxes = _affordable(_fresh(_elsewhere(scan(source, turn, detector), known, factor), places))
            for attempt in _read(source, _variants(boxes, FIRST_GROWTHS, (0.0,)), recogniser):
                _place(attempt, places)
    # The whole picture would swallow the lines found inside it: it counts only when it is sure or nothing is found.
    decided = [(decide(place, "page"), place) for place in _refined(source, places or [whole], recogniser)]
    verdicts = [respelled(source, verdict, place, recogniser) for verdict, place in decided if verdict is not None]
    return [scaled(verdict, 1 / factor) for verdict in verdicts]


def one_line(image: Grey) -> bool:
    """Whether the picture may hold one line or mark and little else."""
    height, width = image.shape
    return is_wide(image) or bool(width >= LINE_ASPECT * height)


def _whole(image: Grey) -> Box:
    height, width = image.shape
    return Box((width / 2, height / 2), width, height, 0.0)


def _settled(places: Sequence[Sequence[Attempt]]) -> bool:
    verdicts = [verdict for place in places if (verdict := decide(place))]
    return any(verdict.confidence >= SETTLED and solid(verdict.text) >= SOLID for verdict in verdicts)


def _fresh(boxes: Sequence[Box], places: Sequence[Sequence[Attempt]]) -> list[Box]:
    """The boxes that an earlier turn did not find alike."""
    known = [place[0].box for place in places]
    return [box for box in boxes if not any(_alike(box, other) for other in known)]


def _elsewhere(boxes: Sequence[Box], known: Sequence[Box], factor: float) -> list[Box]:
    there = [box.scaled(factor) for box in known]
    return [box for box in boxes if not any(each.holds(box.middle) or box.holds(each.middle) for each in there)]


def _alike(box: Box, other: Box) -> bool:
    turn = abs(upright(2 * (box.angle - other.angle))) / 2
    sizes = 0.8 < box.width / other.width < 1.25 and 0.8 < box.height / other.height < 1.25
    return turn < SAME and sizes and other.holds(box.middle, 0.25)


def _affordable(boxes: Sequence[Box]) -> list[Box]:
    """The first boxes, which are the best, up to `ASPECT_BUDGET`."""
    spent = np.cumsum([box.width / box.height for box in boxes])
    return [box for box, sum_ in zip(boxes, spent, strict=True) if sum_ <= ASPECT_BUDGET]


def _variants(boxes: Iterable[Box], growths: Sequence[float], turns: Sequence[float]) -> list[Box]:
    return [box.grown(growth).turned(turn) for box in boxes for growth in growths for turn in turns]


def _read(source: Grey, boxes: Sequence[Box], recogniser: Recogniser, flips: bool = True) -> list[Attempt]:
    """An attempt per box, and per box upside down."""
    both = [*boxes, *(box.flipped() for box in boxes)] if flips else list(boxes)
    crops = [cut(source, box, round(min(max(box.height, HEIGHT), 3 * HEIGHT))) for box in both]
    return [Attempt(box, line.as_label()) for box, line in zip(both, recogniser.read(crops), strict=True)]


def _place(attempt: Attempt, places: list[list[Attempt]]) -> None:
    """Adds the attempt to the place whose first box covers the same line, or to a new place."""
    for place in places:
        first = place[0].box
        if first.holds(attempt.box.middle, 0.6) or attempt.box.holds(first.middle, 0.6):
            place.append(attempt)
            return
    places.append([attempt])


def _refined(source: Grey, places: list[list[Attempt]], recogniser: Recogniser) -> list[list[Attempt]]:
    """The places, the most promising of them with attempts from more variants of their best box."""
    ranked = sorted(places, key=lambda place: -max((_promise(each) for each in place), default=0.0))
    for place in ranked[:REFINED]:
        verdict = decide(place)
        if verdict is None or verdict.confidence >= 0.99:
            continue
        best = max(place, key=_promise)
        place += _read(source, _variants([best.box], MORE_GROWTHS, MORE_TURNS), recogniser, flips=False)
    return ranked


def _promise(attempt: Attempt) -> float:
    return attempt.vote * solid(attempt.line.text)
