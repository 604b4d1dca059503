"""Why a reading is empty or doubtful, of what its picture shows where the doubtful marks stand.

The figures were chosen on drawn lines of the benchmark's kinds (seeds "dev"), each read as drawn, and again out of
focus, moved, small, in glare and cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from handlers.recognition.cause import Cause, Code
from handlers.recognition.compose import ANSWERED, SHOWN, rival
from handlers.recognition.geometry import Line, cut
from handlers.recognition.models import Floats, Grey
from handlers.recognition.read.symbols import bare
from handlers.recognition.reading import Mark, Polygon, Reading
from handlers.recognition.weigh.evidence import Weighed

MOST = 3
"""Doubtful marks that are looked at for a cause, the least likely ones last."""
NEEDED = 20
"""Height of capitals, in pixels, below which more pixels are what a doubtful text lacks."""
ROWS = 32
"""Rows of the crop, from a fifth above the capitals to a fifth below, in which blur is measured: what is that sharp can
be read."""
AROUND = (0.2, 0.3)
"""What is cut around a mark to look at it, above and below and at its ends, in cap heights."""
BESIDE = (0.3, 2.5)
"""The same with what is beside it, where a glare that covers the rest of a text is."""
BOX = 9
"""Pixels over which a crop is blurred once more, to see how much of its sharpness there was to lose (the source's)."""
BLURRED = 0.42
"""Blur, over all directions, from which a text is hard to read: drawn lines have 0.16-0.25 as they are, and are misread
from 0.4 on."""
SMEARED, SMEAR = 0.36, 1.6
"""Blur along one direction from which it is movement, where it is also so many times that of another: drawn lines have
at most 0.35 and 1.5 times as they are, 1.5 times out of focus, 0.42 and 1.7 times moved by half of a cap height."""
BURNT, GLARE = 250, 0.2
"""Grey level from which a pixel is burnt out, and the part of a mark so covered that glare is what is wrong."""
TOUCHED = 0.02
"""Part of a mark's own crop that must be burnt out for what is beside it to count."""
DARK = 35
"""Grey level below which nearly all of a picture, 95 %, is too dark."""
WHOLE = 480
"""Longest side, in pixels, at which a picture is looked at as a whole: what is sharp then is sharp enough."""
DIRECTIONS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps down and to the right along which blur is measured."""
FAINT = 6.0
"""Standard deviation of a mark's crop, in grey levels, below which its characters hardly stand out."""
AT_EDGE, LOWER = 0.4, 0.8
"""Distance of a mark's end from the edge of the picture, in cap heights, up to which more of it may be beyond; and the
part of its height that must be inside."""
ONE_TEXT = 130
"""Shorter side, in pixels, up to which a picture is a crop of one text, whose ends are near its edges
(`reader.WHOLE`)."""


@dataclass(frozen=True, slots=True)
class Flaws:
    """What is wrong with a picture: in the bands of doubtful `places`, in pixels of what was looked at; with the whole,
    as the likeliest reason of seeing nothing; and what was seen that readings are not expected to be."""

    factor: float
    places: Mapping[Line, Sequence[Cause]]
    whole: Cause
    unlike: Sequence[Cause] = ()


BLANK = Flaws(1.0, {}, Cause("blank"))
"""Of a picture that was not looked at, because nothing can be in it."""


def flaws(grey: Grey, factor: float, seen: Sequence[Weighed], unlike: Sequence[Weighed], review_below: float) -> Flaws:
    """What is wrong with a grey picture (height, width). `factor`: pixels of the upright picture for each of its own;
    `seen`: its places, the likeliest first; `unlike`: those whose texts are not expected."""
    looked = _Looked(grey, factor)
    doubtful = [each for each in seen if each.confidence < review_below][:MOST]
    places = {each.line: list(_of_place(each.line, looked)) for each in doubtful}
    others = [Cause("unlike", _polygon(each.line, looked), {"text": each.text}) for each in unlike[:1]]
    return Flaws(factor, places, Cause("unsure") if seen else Cause(_of_picture(grey)), others)


def causes(reading: Reading, judged: Sequence[Weighed], found: Flaws, review_below: float) -> tuple[Cause, ...]:
    """What makes the reading of the judged places doubtful or empty, the most useful first and each kind once; none
    where it is sure."""
    if not reading.needs_review:
        return ()
    every = [
        *_of_places(reading, judged, found, review_below),
        *(each for mark in reading.answered for each in _of_text(mark)),
    ]
    if not every and not reading.text:
        every = [*found.unlike] or [found.whole]
    return tuple({cause.code: cause for cause in reversed(every)}.values())[::-1]


def _of_places(reading: Reading, judged: Sequence[Weighed], found: Flaws, review_below: float) -> Iterator[Cause]:
    """Of what is doubtful and shown; of an empty reading also of the likeliest place that is not."""
    doubtful = [each for each in judged if each.confidence < review_below]
    shown = [each for each in doubtful if each.confidence >= SHOWN][:MOST] or ([] if reading.text else doubtful[:1])
    for each in shown:
        if reading.text and each.confidence < ANSWERED:
            yield Cause("more", each.line.scaled(found.factor).corners(), {"text": each.text})
        else:
            yield from found.places.get(each.line, ())
    if shown and not reading.text:
        yield from found.unlike


@dataclass(frozen=True, slots=True)
class _Looked:
    grey: Grey
    factor: float


def _of_place(line: Line, looked: _Looked) -> Iterator[Cause]:
    """What is wrong where a doubtful text stands; when nothing else, that it is unclear."""
    polygon, crop = _polygon(line, looked), cut(looked.grey, line, ROWS, AROUND)
    high, burnt = line.cap * looked.factor, _burnt(looked.grey, line, crop)
    found = [Cause("small", polygon, {"pixels": round(high), "needed": NEEDED})] if high < NEEDED else []
    found += [Cause("glare", polygon, {"percent": round(100 * burnt)})] if burnt >= GLARE else []
    # Of few pixels even a sharp picture is blurred, and a burnt spot has soft edges.
    blurred = None if found else _blur(crop)
    found += [Cause(blurred, polygon)] if blurred else []
    found += [Cause("cut_off", polygon)] if _at_edge(line, looked.grey) else []
    found += [Cause("faint", polygon)] if not found and crop.std() < FAINT else []
    everywhere = None if found else _blur(_whole(looked.grey))
    yield from found or [Cause(everywhere) if everywhere else Cause("unsure", polygon)]


def _burnt(grey: Grey, line: Line, crop: Grey) -> float:
    """The part of a mark and of what is beside it that is burnt out; none where it touches the mark nowhere, which is
    bright paper behind a part."""
    touched = np.mean(crop >= BURNT) >= TOUCHED
    return float(np.mean(cut(grey, line, ROWS, BESIDE) >= BURNT)) if touched else 0.0


def _of_text(mark: Mark) -> Iterator[Cause]:
    """What may be another text by itself, however well it was seen."""
    other = rival(mark)
    if other:
        yield Cause("rivals", mark.polygon, {"text": mark.text, "other": other})
    elif len(bare(mark.text)) == 1:
        yield Cause("lone", mark.polygon)


def _of_picture(grey: Grey) -> Code:
    """What is wrong with a picture in which nothing was seen."""
    if np.percentile(grey, 95) < DARK:
        return "dark"
    if np.mean(grey >= BURNT) >= GLARE:
        return "glare"
    return _blur(_whole(grey)) or "nothing"


def _whole(grey: Grey) -> Grey:
    """The picture made small, so that what is left of its sharpness is what characters need."""
    factor = min(1.0, WHOLE / max(grey.shape))
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _blur(crop: Grey) -> Code | None:
    """Whether a crop is blurred, by how little it changes when it is blurred once more, in four directions: 0 is sharp
    and 1 has no edges. (F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual
    blur metric", 2007)"""
    blurs = [_blur_along(np.asarray(crop, np.float32), down, right) for down, right in DIRECTIONS]
    if max(blurs) >= SMEARED and max(blurs) >= SMEAR * min(blurs):
        return "moved"
    return "blurred" if np.mean(blurs) >= BLURRED else None


def _blur_along(crop: Floats, down: int, right: int) -> float:
    box = np.zeros((BOX, BOX), np.float32)
    for step in range(-(BOX // 2), BOX // 2 + 1):
        box[BOX // 2 + step * down, BOX // 2 + step * right] = 1 / BOX
    again = np.asarray(cv2.filter2D(crop, -1, box, borderType=cv2.BORDER_REPLICATE), np.float32)
    before, after = (_changes(each, down, right) for each in (crop, again))
    total = float(before.sum())
    return 1 - float(np.maximum(before - after, 0).sum()) / total if total else 0.0


def _changes(crop: Floats, down: int, right: int) -> Floats:
    """How much each pixel differs from the next in a direction."""
    rows, columns = crop.shape
    left, beyond = max(0, -right), columns - max(0, right)
    here = crop[: rows - down, left:beyond]
    return np.asarray(np.abs(crop[down:, left + right : beyond + right] - here), np.float32)


def _at_edge(line: Line, grey: Grey) -> bool:
    """Whether a text reaches the edge of the picture, so that a part of it may be beyond."""
    height, width = grey.shape
    corners = line.sized(LOWER, 2 * AT_EDGE / LOWER).corners()
    return min(grey.shape) > ONE_TEXT and not all(0 <= x <= width and 0 <= y <= height for x, y in corners)


def _polygon(line: Line, looked: _Looked) -> Polygon:
    """A place within the upright picture, in its pixels."""
    high, wide = (side * looked.factor for side in looked.grey.shape)
    first, second, third, fourth = (
        (min(max(x, 0.0), wide), min(max(y, 0.0), high)) for x, y in line.scaled(looked.factor).corners()
    )
    return first, second, third, fourth
