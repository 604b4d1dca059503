"""Several photos of one mark as one reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from handlers.recognition.compose import composed
from handlers.recognition.reading import Reading
from handlers.recognition.weigh.evidence import Prior, impartial
from handlers.recognition.weigh.together import Pooled, pooled

Shows = Literal["same", "other", "nothing"]


@dataclass(frozen=True, slots=True)
class Together:
    """`reading`: what the photos say together, its marks in the picture of the one with the number `shown`; `shows`: of
    each photo whether it shows the same mark, surely another one, or nothing that could be told."""

    reading: Reading
    shown: int
    shows: tuple[Shows, ...]


def together(readings: Sequence[Reading], review_below: float, prior: Prior = impartial) -> Together:
    """One reading of what each photo showed by itself; one that shows another mark is left out, and asks for a look."""
    found = pooled([reading.places for reading in readings], prior)
    own = readings[found.shown]
    reading = composed(found.places, (own.width, own.height), 1.0, review_below)
    if found.other:
        reading = replace(reading, needs_review=True)
    return Together(reading, found.shown, tuple(_shows(number, found) for number in range(len(readings))))


def _shows(number: int, found: Pooled) -> Shows:
    return "same" if number in found.same else "other" if number in found.other else "nothing"
