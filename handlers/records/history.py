"""The history of readings: pages of it, newest first, and how many there are a day and a text.

A page goes on by time and number, never by counting what it skips, and looks at a bounded number of records: one index
gives them in their order, and what no index knows (a part of a text, a confidence) is looked for among the next
`LOOKED_AT` of these. Where that finds fewer than were asked for, the page ends there, and leads on. So each page costs
the same among ten million records.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from handlers.errors import BadRequest, NotFound
from handlers.records.conditions import (
    JOINED,
    RECORD_TIME,
    REVIEW_TIME,
    Conditions,
    Facts,
    in_time,
    of_candidates,
    of_confidence,
    of_owners,
    of_part,
    of_state,
    of_text,
)
from handlers.records.corrections import steps_of
from handlers.records.database import Database
from handlers.records.tables import reading, recognition_record, review, said
from handlers.records.wanted import Place, State, Wanted
from handlers.storage.evidence import of_photo

LOOKED_AT = 10_000
# Days that are counted, where nobody says since when, and at the most.
COUNTED_DAYS, MOST_COUNTED_DAYS = 30, 366
_MOST_TEXTS = 20
_PIECE = 1000
Row = dict[str, Any]
_Of = Callable[[Wanted, Facts], Conditions]
_REST: tuple[_Of, ...] = (of_part, of_owners, of_state, of_confidence)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """`next` is where to go on; None where there is no more."""

    rows: list[Row]
    next: Place | None


def open_count(connection: Connection) -> int:
    """How many readings wait for a person's look."""
    return connection.scalar(select(func.count()).where(review.c.state == State.OPEN)) or 0


def excerpt(connection: Connection, wanted: Wanted, limit: int, after: Place | None = None) -> Excerpt:
    """At most `limit` readings after that place."""
    found, following = _found(connection, wanted, limit, after)
    return Excerpt(_rows(connection, [place.number for place in found]), following)


def every(database: Database, wanted: Wanted) -> Iterator[Row]:
    """All of them, newest first; what is recorded meanwhile is not among them. No transaction stays open for long."""
    after: Place | None = None
    while True:
        with database.read() as connection:
            piece = excerpt(connection, wanted, _PIECE, after)
        yield from piece.rows
        if piece.next is None:
            return
        after = piece.next


def are_more_than(connection: Connection, wanted: Wanted, number: int) -> bool:
    query = _all_of(wanted, select(recognition_record.c.hub_id)).limit(number + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(query)) or 0) > number


def counts(connection: Connection, wanted: Wanted, today: date) -> dict[str, Any]:
    """How many there are of each day, the oldest first, and of each of the most frequent texts.

    Raises BadRequest for more than a year of days.
    """
    until = wanted.until or today
    since = wanted.since or until - timedelta(days=COUNTED_DAYS - 1)
    if (until - since).days >= MOST_COUNTED_DAYS:
        raise BadRequest(f"At most {MOST_COUNTED_DAYS} days are counted at once; say since and until.")
    bounded = replace(wanted, since=since, until=until)
    day, text, number = func.substr(RECORD_TIME, 1, 10), recognition_record.c.mold_number, func.count()
    days = _all_of(bounded, select(day, number)).group_by(day).order_by(day)
    texts = _all_of(bounded, select(text, number)).group_by(text).order_by(number.desc(), text).limit(_MOST_TEXTS)
    return {
        "since": str(since),
        "until": str(until),
        **({"legibility": _legibility(connection, bounded)} if wanted.text else {}),
        "days": [list(row) for row in connection.execute(days)],
        "texts": [[row[0] or "", row[1]] for row in connection.execute(texts)],
    }


def _legibility(connection: Connection, wanted: Wanted) -> list[list[Any]]:
    """How sure the machine was of a text, as the mean of each day: what wears off a stamp shows here."""
    day, sure = func.substr(RECORD_TIME, 1, 10), review.c.confidence
    query = _all_of(wanted, select(day, func.avg(sure), func.count(sure)), reviewed=True).where(sure.is_not(None))
    rows = connection.execute(query.group_by(day).order_by(day))
    return [[row[0], round(row[1], 4), row[2]] for row in rows]


def one(connection: Connection, number: int) -> Row:
    """A reading with all that the machine said and every step. Raises NotFound."""
    rows = _rows(connection, [number])
    if not rows:
        raise NotFound("There is no such reading.")
    kept = connection.execute(select(said).where(said.c.hub_id == number)).one_or_none()
    machine = {"model": kept.model, "reading": json.loads(kept.reading)} if kept else {"model": None, "reading": None}
    steps = [{name: getattr(step, name) for name in step.__slots__} for step in steps_of(connection, number)]
    return rows[0] | machine | {"steps": steps}


@dataclass(frozen=True, slots=True)
class Kept:
    """Where a reading's picture is kept, and of what type that file is."""

    key: str
    content_type: str


def evidence_of(connection: Connection, number: int, kind: str, photo: int | None = None) -> Kept:
    """Of several photos the one that is shown, or that with the number `photo`.

    Raises NotFound where nothing of that kind was kept.
    """
    query = select(said.c.evidence, said.c.files).where(said.c.hub_id == number)
    kept = connection.execute(query).one_or_none()
    name = kind if photo is None else f"{photo}/{kind}"
    content_type = json.loads(kept.files).get(name) if kept else None
    if kept is None or content_type is None:
        raise NotFound("No picture of this reading is kept, or not any more.")
    return Kept(of_photo(kept.evidence, name)[0], content_type)


def _found(connection: Connection, wanted: Wanted, limit: int, after: Place | None) -> tuple[list[Place], Place | None]:
    ordered, rest = _ordered(wanted, after)
    candidates = ordered.limit(LOOKED_AT).subquery()
    others = [condition for of in rest for condition in of(wanted, of_candidates(candidates))]
    query = select(candidates.c.time, candidates.c.number).where(*others)
    query = query.order_by(candidates.c.time.desc(), candidates.c.number.desc()).limit(limit + 1)
    found = [Place(*row) for row in connection.execute(query)]
    if len(found) > limit:
        return found[:limit], found[limit - 1]
    # Fewer are left, or those that were looked at are over.
    last = connection.execute(ordered.offset(LOOKED_AT - 1).limit(1)).one_or_none() if others else None
    return found, Place(last.time, last.number) if last else None


def _ordered(wanted: Wanted, after: Place | None) -> tuple[Select[Any], list[_Of]]:
    """Times and numbers in the order of the index that knows most, and the conditions that it does not know."""
    rest: list[_Of] = [of_part, of_confidence]
    if wanted.text is not None or not (wanted.owners or wanted.state):
        table, time, known = recognition_record, RECORD_TIME, of_text(wanted, recognition_record.c.mold_number)
        rest += [of_owners, of_state]
    elif wanted.owners:
        table, time, known = review, REVIEW_TIME, of_owners(wanted, JOINED)
        rest += [of_state]
    else:
        table, time, known = review, REVIEW_TIME, of_state(wanted, JOINED)
    conditions = [*known, *in_time(wanted, time)]
    if after:
        conditions.append(tuple_(time, table.c.hub_id) < tuple_(after.time, after.number))
    facts: list[ColumnElement[Any]] = [review.c.owner, review.c.state, review.c.confidence]
    if table is recognition_record:
        facts = [recognition_record.c.mold_number.label("text")]
    query = select(time.label("time"), table.c.hub_id.label("number"), *facts).where(*conditions)
    return query.order_by(time.desc(), table.c.hub_id.desc()), rest


def _all_of(wanted: Wanted, query: Select[Any], *, reviewed: bool = False) -> Select[Any]:
    """`query` over all records that are wanted; `reviewed`: with what is known of them."""
    query = query.select_from(recognition_record)
    if wanted.only_reviewed or reviewed:
        query = query.join(review, review.c.hub_id == recognition_record.c.hub_id)
    query = query.where(*in_time(wanted, RECORD_TIME), *of_text(wanted, recognition_record.c.mold_number))
    return query.where(*(condition for of in _REST for condition in of(wanted, JOINED)))


def _rows(connection: Connection, numbers: Sequence[int]) -> list[Row]:
    """What a list shows of these, in that order; those that are gone by now are not among them."""
    machine = (reading.c.confidence, reading.c.needs_review, reading.c.picture_name, reading.c.picture_sha256)
    people = (review.c.machine_text, review.c.owner, review.c.state, review.c.steps, said.c.files, said.c.model)
    query = select(recognition_record, *machine, *people).outerjoin(
        reading, reading.c.hub_id == recognition_record.c.hub_id
    )
    query = query.outerjoin(review, review.c.hub_id == recognition_record.c.hub_id)
    query = query.outerjoin(said, said.c.hub_id == recognition_record.c.hub_id)
    found = connection.execute(query.where(recognition_record.c.hub_id.in_(list(numbers))))
    known = {row.hub_id: _row(row) for row in found}
    return [known[number] for number in numbers if number in known]


def _row(row: Any) -> Row:
    text = row.mold_number or ""
    # What an earlier version recorded, and nobody corrected since, is what the machine said.
    machine_text = text if row.state is None and row.confidence is not None else row.machine_text
    return {
        "id": row.hub_id,
        "time": row.recognition_time or "",
        "text": text,
        "machine_text": machine_text,
        "confidence": row.confidence,
        "needs_review": row.needs_review,
        "state": row.state,
        "steps_taken": row.steps or 0,
        "client": row.owner or None,
        "model": row.model,
        "picture": row.picture_name,
        "sha256": row.picture_sha256,
        "evidence": sorted(json.loads(row.files)) if row.files else [],
    }
