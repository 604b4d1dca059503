"""Readings that a person has checked: what each says for sure, and where its picture is kept."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from handlers.records.tables import recognition_record, review, said
from handlers.records.wanted import State

MOST = 20_000
"""Readings that are learned from, the newest: each is a few hundred bytes of a table."""
_CHECKED = (State.CONFIRMED, State.CORRECTED)
_KINDS = ("whole", "crop", "small")
"""Kept pictures, the one first that shows a mark best."""


@dataclass(frozen=True, slots=True)
class Example:
    """A checked reading. `texts`: what its places say, each one line, as far as that can be told; `pictures`: kinds of
    kept pictures by `key`, the best first."""

    number: int
    text: str
    texts: tuple[str, ...]
    key: str
    pictures: tuple[str, ...]
    marks: tuple[Mapping[str, Any], ...] = ()
    model: str = ""


def examples(connection: Connection, most: int = MOST) -> list[Example]:
    """The newest of them, in the order in which they were read."""
    found = sorted(
        (row for state in _CHECKED for row in _of_state(connection, state, most)), key=lambda example: example.number
    )
    return found[-most:]


def _of_state(connection: Connection, state: State, most: int) -> Iterator[Example]:
    # By the index of a state's reviews, newest first, whatever else a million records say.
    query = (
        select(review.c.hub_id, recognition_record.c.mold_number, said)
        .join(recognition_record, recognition_record.c.hub_id == review.c.hub_id)
        .join(said, said.c.hub_id == review.c.hub_id)
        .where(review.c.state == state)
        .order_by(review.c.recognition_time.desc(), review.c.hub_id.desc())
        .limit(most)
    )
    for row in connection.execute(query):
        marks = tuple(mark for mark in json.loads(row.reading)["marks"] if mark["answered"])
        kept = json.loads(row.files) if row.evidence else {}
        kinds = tuple(kind for kind in _KINDS if kind in kept)
        text = row.mold_number or ""
        texts = lines_of(text, [str(mark["text"]) for mark in marks])
        yield Example(row.hub_id, text, texts, row.evidence, kinds, marks, row.model)


def lines_of(text: str, read: Sequence[str]) -> tuple[str, ...]:
    """A reading's text by its lines, of which so many were `read`; none where nobody can tell which is which."""
    if "\n" in text:
        return tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(read) < 2:
        return (text,) if text else ()
    words = text.split()
    if len(words) != sum(len(line.split()) for line in read):
        return ()
    rest = iter(words)
    return tuple(" ".join(next(rest) for _ in line.split()) for line in read)


def counted(found: Sequence[Example]) -> dict[str, int]:
    """How often each text was confirmed, as `weigh.taught` has it."""
    from handlers.recognition.weigh.taught import teachable

    texts = Counter(teachable(text) for example in found for text in example.texts)
    return {text: number for text, number in texts.items() if text}
