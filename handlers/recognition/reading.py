"""What a photo says: plain values without heavy imports, so that any room can pass them on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handlers.recognition.cause import Cause

if TYPE_CHECKING:
    from handlers.recognition.weigh.evidence import Weighed

Point = tuple[float, float]
Polygon = tuple[Point, Point, Point, Point]

ALTERNATIVES = 8
LEAST_ALTERNATIVE = 0.01
"""Alternatives kept, and the confidence below which none is worth showing."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another text the same characters may be; `confidence` is in 0..1, as in `Mark`."""

    text: str
    confidence: float

    def to_json(self) -> dict[str, object]:
        return {"text": self.text, "confidence": round(self.confidence, 4)}


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a mark, how likely it is by itself, and what else it may be; best first, `text` left out."""

    text: str
    confidence: float
    alternatives: tuple[Alternative, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of characters and where it is.

    `polygon`: four corners in pixels of the upright picture, in reading order: the text's own top left first, then
    clockwise as a reader of the text sees it. `angle`: the rotation of the baseline in degrees, in (-180, 180];
    0 is upright horizontal text, positive is clockwise on the screen. `alternatives`: best first, without `text`.
    `characters`: those of `text` from left to right, without its spaces. `answered`: whether it is a part of the
    reading's text; what was seen and is too doubtful for that is shown, and asks for a person's look. `pad`: whether it
    is on the pad of a hub.
    """

    text: str
    polygon: Polygon
    angle: float
    confidence: float
    alternatives: tuple[Alternative, ...] = ()
    characters: tuple[Character, ...] = ()
    answered: bool = True
    pad: bool = False

    def to_json(self) -> dict[str, object]:
        return {
            "text": self.text,
            "polygon": [[round(x, 1), round(y, 1)] for x, y in self.polygon],
            "angle": round(self.angle, 1),
            "confidence": round(self.confidence, 4),
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
            "characters": [character.to_json() for character in self.characters],
            "answered": self.answered,
            "pad": self.pad,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one photo says; `width` and `height` are the upright picture's, in pixels.

    `text` joins the marks that are answered, in reading order, with spaces; `marks` has these first, and then what else
    was seen. `needs_review` asks for a person's look, and `causes` say why; `unclear`: it does so whatever the
    confidence, since nothing was read, more was seen, or another text is about as likely. `doubted`: marks too unlikely
    to be shown, for whoever knows which ones there may be; `places`: what it was composed of, for whoever has more
    photos of the same. `taught`: the name of the teaching by which it was read; empty without one.
    """

    text: str
    confidence: float
    needs_review: bool
    alternatives: tuple[Alternative, ...]
    marks: tuple[Mark, ...]
    width: int
    height: int
    preferred_known: bool = False
    unclear: bool = False
    causes: tuple[Cause, ...] = ()
    doubted: tuple[Mark, ...] = field(default=(), compare=False)
    places: tuple[Weighed, ...] = field(default=(), compare=False, repr=False)
    taught: str = ""

    @classmethod
    def nothing(cls, width: int, height: int, doubted: tuple[Mark, ...] = ()) -> Reading:
        """The reading of a picture in which no credible text was found."""
        return cls("", 0.0, True, (), (), width, height, unclear=True, doubted=doubted)

    @property
    def answered(self) -> tuple[Mark, ...]:
        return tuple(mark for mark in self.marks if mark.answered)

    @property
    def more_seen(self) -> bool:
        """Whether there are marks that the text leaves out."""
        return any(not mark.answered for mark in self.marks)

    def to_json(self) -> dict[str, object]:
        told: dict[str, object] = {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "needs_review": self.needs_review,
            "more_seen": self.more_seen,
            "alternatives": [alternative.to_json() for alternative in self.alternatives],
            "marks": [mark.to_json() for mark in self.marks],
            "width": self.width,
            "height": self.height,
            "preferred_known": self.preferred_known,
            "unclear": self.unclear,
            "why": [cause.to_json() for cause in self.causes],
        }
        return told | ({"taught": self.taught} if self.taught else {})


def merge(alternatives: Iterable[Alternative], text: str) -> tuple[Alternative, ...]:
    """The likeliest alternatives to `text`, each once, best first."""
    best: dict[str, float] = {}
    for each in alternatives:
        if each.text and each.text != text and each.confidence >= LEAST_ALTERNATIVE:
            best[each.text] = max(best.get(each.text, 0.0), each.confidence)
    ranked = sorted(best.items(), key=lambda item: -item[1])
    return tuple(Alternative(other, confidence) for other, confidence in ranked[:ALTERNATIVES])
