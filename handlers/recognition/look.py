"""Looks at a picture: where text may be, and crops of each place as both recognisers see them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from handlers.recognition.find.finder import Finder, Found
from handlers.recognition.find.turns import Marked, marked, pads_of, swept
from handlers.recognition.geometry import Line, cut, upright
from handlers.recognition.models import Grey
from handlers.recognition.read.marks import Marks
from handlers.recognition.read.recogniser import COLUMNS_A_STEP, ROWS, Recogniser
from handlers.recognition.weigh.evidence import Crop, Place, Prior, greedy, piece_of, strength, weigh_ways

LEAST_SIDE = 400
"""Smaller pictures are enlarged to this longest side: characters of few pixels are found better so."""
BORDER = 0.06
"""Part of its shorter side that is added around a picture, so that text at its edge is not at the network's."""
MARGINS = ((0.2, 0.3), (0.1, 0.2), (0.34, 0.55))
"""What is cut around a line, above and below and at its ends, in cap heights: one crop each."""
CLOSE = (0.05, 0.15)
"""The same, cut close, for a doubtful line."""
LONGER = (1.6, 3.2)
"""Cap heights by which a doubtful line is made longer, to see whether it goes on beyond its ends."""
PRINTED = (MARGINS[0], MARGINS[2], CLOSE)
"""The cuts that the larger recogniser reads too: it takes ten times as long as the small one."""
TURNS = (-4.0, 4.0)
"""Degrees askew at which a doubtful line is cut once more."""
DIRECTED = 0.72
"""How surely the finder must know which way up a text stands for the other way not to be read."""
GLIMPSE, RIVAL_WAY = 0.1, 0.5
"""How well a text must explain a line's first crop for others to be cut, and as a part of how well it does the other
way up."""
LONGER_BY = 1.15
"""Part of a surely read line's length from which another band over it may show more of it."""
LONE, LONE_STEP = 1.25, 30
"""Length, in cap heights, up to which a line is one character, and degrees from one of its turns to the next."""
LONE_CAPS = (0.9, 1.05, 1.25)
"""Heights at which each turn of it is cut, as parts of the one that was found."""
MOST = 40
"""Places that are read, most likely first: bounds the work on a picture full of texture."""
PADS = 6
"""Pads of a hub that are read, those with the most edges first."""
PAD_MARGIN = (0.16, 0.16)
"""What is cut around the mark of a pad, in parts of its height."""
CONFIRMED = 2
"""Ways up of a pad's mark that the larger recogniser reads too, those that the small one reads best."""

Wanted = tuple[Line, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Eyes:
    """The networks: one finds, two read."""

    finder: Finder
    recogniser: Recogniser
    marks: Marks


def search(image: Grey, finder: Finder, side: int) -> list[Found]:
    """Lines of a grey picture in its own pixels, searched at a longest side of `side` pixels."""
    factor = side / max(image.shape)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    small = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
    border = round(BORDER * min(small.shape))
    framed = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_REPLICATE)
    return [_placed(each, border, factor) for each in finder.find(np.asarray(framed, np.uint8))[:MOST]]


def _placed(found: Found, border: int, factor: float) -> Found:
    x, y = found.line.middle
    return replace(found, line=replace(found.line, middle=(x - border, y - border)).scaled(1 / factor))


def whole(image: Grey) -> list[Found]:
    """A small picture as one text along it, and across it where it is not much wider than high."""
    height, width = image.shape
    middle = ((width - 1) / 2, (height - 1) / 2)
    lines = [Line(middle, 0.9 * width, 0.72 * height, 0.0)] if width > 0.45 * height else []
    if width < 1.8 * height:
        lines.append(Line(middle, 0.9 * height, 0.72 * width, 90.0))
    return [Found(line, 0.5, 0.5) for line in lines]


def read_found(image: Grey, found: Sequence[Found], eyes: Eyes, prior: Prior) -> list[Place]:
    """Each line that was found with its first crops; of lone characters those of the ways up that read best."""
    lone = [each.line for each in found if each.line.length < LONE * each.line.cap]
    lines = [each for each in found if each.line.length >= LONE * each.line.cap]
    places = [Place(each.line, share=share_of(each.line, image)) for each in lines]
    glanced = read_into(image, places, [_glance(each) for each in lines], eyes)
    read = read_into(image, glanced, [_worth(place, prior) for place in glanced], eyes)
    return read + [_lone(image, line, eyes, prior) for line in lone]


def _glance(found: Found) -> list[list[Wanted]]:
    """A line's first cut the way up that it was found, and the other: by the small recogniser alone where the finder is
    sure."""
    line, other = found.line, found.line.flipped()
    return [[(line, MARGINS[0])], [(other, MARGINS[1] if found.directed >= DIRECTED else MARGINS[0])]]


def _worth(place: Place, prior: Prior) -> list[list[Wanted]]:
    """The other cuts of the ways up that are worth them: where the first one showed something, and not much less than
    that of the other way."""
    strengths = [strength(each) if each else 0.0 for each in weigh_ways(place, prior)]
    least = max(GLIMPSE, RIVAL_WAY * max(strengths))
    lines = [way[0].line for way in place.ways]
    return [
        [(line, margin) for margin in MARGINS[1:]] if strong >= least else []
        for line, strong in zip(lines, strengths, strict=True)
    ]


def _lone(image: Grey, line: Line, eyes: Eyes, prior: Prior) -> Place:
    """One character at all angles: its shape alone says which way up it is."""
    one = replace(line, length=0.9 * max(line.length, line.cap))
    ways = [[one.sized(cap).turned(turn) for cap in LONE_CAPS] for turn in range(0, 360, LONE_STEP)]
    place = Place(line, share=share_of(line, image))
    standing = min(range(len(ways)), key=lambda at: abs(upright(ways[at][0].angle)))
    return _confirmed(place, image, ways, ways, MARGINS[0], eyes, prior, always=(standing,))


def share_of(line: Line, image: Grey) -> float:
    """The height of a line's capitals as a part of the picture's shorter side."""
    return line.cap / float(min(image.shape))


def harder(image: Grey, lines: Sequence[Line], eyes: Eyes) -> list[Place]:
    """New places around doubtful lines: cut close, askew and the other way up; and longer, should they go on."""
    places, wanted = [], []
    for line in lines:
        lean = min(1.0, 3.0 * line.cap / max(line.length, line.cap))
        askew = [(line.turned(turn * lean), MARGINS[1]) for turn in TURNS]
        share = share_of(line, image)
        places.append(Place(line, share=share))
        wanted.append([[(line, CLOSE), *askew], [(line.flipped(), MARGINS[0])]])
        for more in LONGER:
            longer = line.sized(length=more)
            places.append(Place(longer, share=share))
            wanted.append([[(longer, margin) for margin in MARGINS[:2]]])
    return read_into(image, places, wanted, eyes)


def going_on(image: Grey, sure: Sequence[tuple[Line, str]], eyes: Eyes, prior: Prior) -> list[Place]:
    """New places where a surely read text goes on beyond its ends: the larger recogniser finds it there within more."""
    longer = [line.sized(length=LONGER[-1]) for line, _ in sure]
    read = eyes.recogniser.read([cut(image, line, ROWS, MARGINS[0]) for line in longer])
    pieces = [piece_of(text, greedy(steps)) for (_, text), steps in zip(sure, read, strict=True)]
    more = [Found(line, 0.5, 1.0) for line, piece in zip(longer, pieces, strict=True) if piece]
    return read_found(image, more, eyes, prior)


def read_into(
    image: Grey, places: Sequence[Place], wanted: Sequence[Sequence[Sequence[Wanted]]], eyes: Eyes
) -> list[Place]:
    """The places with the crops that are wanted of each, way by way, as both recognisers see them."""
    flat = [each for ways in wanted for way in ways for each in way]
    crops = [cut(image, line, ROWS, margin) for line, margin in flat]
    printed = [crop for crop, (_, margin) in zip(crops, flat, strict=True) if margin in PRINTED]
    larger, small = iter(eyes.recogniser.read(printed)), iter(eyes.marks.read(crops))
    done = []
    for place, ways in zip(places, wanted, strict=True):
        read = []
        for way in ways:
            marks = [Crop(line, next(small), "marks") for line, _ in way]
            read.append([*(Crop(line, next(larger)) for line, margin in way if margin in PRINTED), *marks])
        done.append(place.with_crops(read))
    return done


def read_pads(image: Grey, eyes: Eyes, prior: Prior) -> tuple[list[Place], bool]:
    """The marks on the pads of a picture, and whether it shows a hub."""
    pads, hub = pads_of(image)
    if not hub:
        return [], False
    return [_pad(marked(image, pad), eyes, prior) for pad in pads[:PADS]], True


def sweep_pads(image: Grey, eyes: Eyes, prior: Prior) -> list[Place]:
    """The same, whatever their masks show."""
    pads, _ = pads_of(image)
    found = [marked(image, pad) for pad in pads[:PADS]]
    return [_pad(Marked(each.patch, swept(each.patch)), eyes, prior) for each in found]


def _pad(mark: Marked, eyes: Eyes, prior: Prior) -> Place:
    """The mark of a pad."""
    in_picture = [[mark.in_picture(line) for line in way] for way in mark.ways]
    place = Place(in_picture[0][0], pad=True)
    return _confirmed(place, mark.surface(), mark.ways, in_picture, PAD_MARGIN, eyes, prior)


def _confirmed(
    place: Place,
    image: Grey,
    ways: Sequence[Sequence[Line]],
    shown: Sequence[Sequence[Line]],
    margin: tuple[float, float],
    eyes: Eyes,
    prior: Prior,
    always: Sequence[int] = (),
) -> Place:
    """The place with the ways up that the small recogniser reads best, as the larger one sees them too.

    `ways`: the bands in the image that is cut; `shown`: the same in the picture that is read; `always`: numbers of ways
    that the larger one sees whatever the small one says.
    """
    crops = [[cut(image, line, ROWS, margin) for line in way] for way in ways]
    small = iter(eyes.marks.read([crop for way in crops for crop in way]))
    read = [[Crop(line, next(small), "marks") for line in way] for way in shown]
    judged = weigh_ways(replace(place, ways=tuple(tuple(way) for way in read)), prior)
    strengths = {at: strength(each) for at, each in enumerate(judged) if each is not None}
    ranked = sorted(strengths, key=lambda at: -strengths[at])[:CONFIRMED]
    best = list(dict.fromkeys([*always, *ranked]))
    larger = iter(eyes.recogniser.read([crop for at in best for crop in crops[at]]))
    confirmed = [(*read[at], *(Crop(each.line, next(larger)) for each in read[at])) for at in best]
    return replace(place, ways=tuple(confirmed))


def spent(places: Sequence[Place]) -> int:
    """Columns that the larger recogniser has read of places."""
    crops = (crop for place in places for way in place.ways for crop in way)
    return sum(COLUMNS_A_STEP * len(crop.steps) for crop in crops if crop.by == "print")


def overlapping(one: Line, other: Line) -> bool:
    """Whether two bands cover the same text: the middle of one lies in the other, and they are about as high."""
    alike = 0.25 < one.cap / other.cap < 4
    return alike and (one.holds(other.middle, -0.1) or other.holds(one.middle, -0.1))


def within(one: Line, other: Line) -> bool:
    """Whether a band shows no more than another one that covers it."""
    return overlapping(one, other) and one.length < LONGER_BY * other.length


def same(one: Line, other: Line) -> bool:
    """Whether two bands are nearly the same, so that reading both is work done twice."""
    off = abs(upright(one.angle - other.angle))
    sizes = 0.8 < one.cap / other.cap < 1.25 and abs(one.length - other.length) < 0.6 * max(one.cap, other.cap)
    near = math.dist(one.middle, other.middle) < 0.35 * max(one.cap, other.cap)
    return off < 8 and sizes and near
