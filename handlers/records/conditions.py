"""A filter of the history as conditions of SQL, each where an index, or a look at the record itself, answers it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Subquery, func, select

from handlers.records.tables import recognition_record, review
from handlers.records.wanted import Wanted

RECORD_TIME, REVIEW_TIME = recognition_record.c.recognition_time, review.c.recognition_time
Conditions = list[ColumnElement[bool]]


def in_time(wanted: Wanted, column: Column[Any]) -> Conditions:
    """The days. A record without a time, as SQL may write one, is in no list that is ordered by it."""
    found: Conditions = [column > ""]
    if wanted.since:
        found.append(column >= f"{wanted.since} 00:00:00")
    if wanted.until:
        found.append(column < f"{wanted.until + timedelta(days=1)} 00:00:00")
    return found


def of_text(wanted: Wanted, text: Column[Any]) -> Conditions:
    return [] if wanted.text is None else [text == wanted.text]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions that no index orders are about: columns of joined tables, or look-ups one by one."""

    text: ColumnElement[Any]
    owner: ColumnElement[Any]
    state: ColumnElement[Any]
    confidence: ColumnElement[Any]


JOINED = Facts(recognition_record.c.mold_number, review.c.owner, review.c.state, review.c.confidence)


def of_candidates(candidates: Subquery) -> Facts:
    """Of a page's candidates: what they bring along, and else look-ups by their number.

    PostgreSQL would join all of a table to find a page of it, and cannot here.
    """

    def fact(name: str, column: Column[Any]) -> ColumnElement[Any]:
        if name in candidates.c:
            return candidates.c[name]
        number = column.table.c.hub_id
        return select(column).where(number == candidates.c.number).scalar_subquery()

    return Facts(
        fact("text", recognition_record.c.mold_number),
        fact("owner", review.c.owner),
        fact("state", review.c.state),
        fact("confidence", review.c.confidence),
    )


def of_part(wanted: Wanted, facts: Facts) -> Conditions:
    """Capitals or not; a percent sign is one."""
    return [func.upper(facts.text).contains(wanted.part.upper(), autoescape=True)] if wanted.part else []


def of_owners(wanted: Wanted, facts: Facts) -> Conditions:
    if not wanted.owners:
        return []
    (first, *others) = wanted.owners
    return [facts.owner.in_(wanted.owners) if others else facts.owner == first]


def of_state(wanted: Wanted, facts: Facts) -> Conditions:
    return [facts.state == wanted.state] if wanted.state else []


def of_confidence(wanted: Wanted, facts: Facts) -> Conditions:
    least = [] if wanted.least is None else [facts.confidence >= wanted.least]
    return least + ([] if wanted.most is None else [facts.confidence <= wanted.most])
