"""Several photos of one mark as one reading: what each shows is pooled, and in doubt their relief is one more look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from PIL import Image

from handlers.recognition.cause import Cause
from handlers.recognition.models import Grey
from handlers.recognition.pooling import SURE, Pooled, pooled
from handlers.recognition.reader import Reader, Seen
from handlers.recognition.reading import Reading
from handlers.recognition.relief import SIDE, Relief, relief_of
from handlers.recognition.weigh.evidence import Weighed
from handlers.recognition.weigh.taught import Taught

Shows = Literal["same", "other", "nothing"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One photo: what it says by itself, and its picture, as small as a relief is made of."""

    reading: Reading
    small: Grey

    @classmethod
    def of(cls, reading: Reading, image: Image.Image) -> Shot:
        factor = min(1.0, SIDE / max(image.size))
        size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
        small = image.convert("L").resize(size, Image.Resampling.BOX, reducing_gap=2.0)
        return cls(reading, np.asarray(small, np.uint8))


@dataclass(frozen=True, slots=True)
class Together:
    """`reading`: what the photos say together, its marks in the picture of the one with the number `shown`; `shows`: of
    each photo whether it shows the same mark, surely another one, or nothing that could be told."""

    reading: Reading
    shown: int
    shows: tuple[Shows, ...]


def together(shots: Sequence[Shot], reader: Reader) -> Together:
    """One reading of what each photo showed by itself; one that shows another mark is left out, and asks for a look.

    Where they leave doubts and their relief can be told, the reader reads that as well.
    """
    taught = reader.taught()
    found = _pooled(shots, reader, taught)
    relief = relief_of([shot.small for shot in shots]) if found.reading.needs_review else None
    return _with(found, shots, relief, reader, taught) if relief else found


def _pooled(shots: Sequence[Shot], reader: Reader, taught: Taught | None) -> Together:
    found = pooled([shot.reading.places for shot in shots], reader.expected.prior)
    own = shots[found.shown].reading
    shows = tuple(_shows(number, found) for number in range(len(shots)))
    reading = _decided(found.places, own, reader, taught)
    return Together(_explained(reading, own, apart="other" in shows), found.shown, shows)


def _with(found: Together, shots: Sequence[Shot], relief: Relief, reader: Reader, taught: Taught | None) -> Together:
    """The likelier of what the photos and their relief say; a person looks where both are sure, of different texts."""
    said = reader.read(Image.fromarray(relief.picture))
    if said.confidence <= found.reading.confidence:
        return found
    own = shots[relief.of].reading
    factor = own.width / said.width
    reading = _decided([replace(each, line=each.line.scaled(factor)) for each in said.places], own, reader, taught)
    shows: tuple[Shows, ...] = tuple("same" if at in relief.photos else each for at, each in enumerate(found.shows))
    differ = reading.text != found.reading.text and found.reading.confidence >= SURE
    return Together(_explained(reading, own, apart=differ or "other" in shows), relief.of, shows)


def _decided(places: Sequence[Weighed], own: Reading, reader: Reader, taught: Taught | None) -> Reading:
    """The reading of places in the picture of `own`."""
    return reader.decided(Seen(places, (own.width, own.height), 1.0), taught)


def _explained(reading: Reading, own: Reading, *, apart: bool) -> Reading:
    """The reading with what makes it doubtful: that the photos do not agree, or what its own one lacks."""
    if apart:
        reading = replace(reading, needs_review=True, unclear=True)
    why = (*((Cause("apart"),) if apart else ()), *own.causes)
    return replace(reading, causes=why if reading.needs_review else ())


def _shows(number: int, found: Pooled) -> Shows:
    return "same" if number in found.same else "other" if number in found.other else "nothing"
