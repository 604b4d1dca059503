"""What a promise rests on: the verdict of each reading, and what people who were asked found.

Counted are the readings of one model, since another one's confidences say something else, and the newest of them only,
so that what was so long ago is no evidence of today.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, case, func, select, update

from handlers.promise.betting import Checks
from handlers.promise.standing import Standing, Terms, standings
from handlers.promise.threshold import LEVELS, Evidence, level_of
from handlers.promise.verdict import ASKED, Verdict
from handlers.records.tables import judgement, review
from handlers.records.wanted import State

NEWEST = 200_000
"""Readings that are counted."""
_SAID = (State.CONFIRMED, State.CORRECTED, State.UNMARKED)
_WRONG = (State.CORRECTED, State.UNMARKED)


def add(connection: Connection, number: int, model: str, detail: Mapping[str, Any], day: str) -> None:
    """Keep the verdict of the reading that is recorded under `number`, so that the sample is known."""
    connection.execute(judgement.insert().values(hub_id=number, day=day, **_verdict(model, detail)))


def judge_again(connection: Connection, number: int, model: str, detail: Mapping[str, Any]) -> None:
    """Keep the verdict of a reading that went on with more photos, in place of the one before if there was any."""
    where = judgement.c.hub_id == number
    if not connection.execute(update(judgement).where(where).values(_verdict(model, detail))).rowcount:
        day = connection.scalar(select(func.substr(review.c.recognition_time, 1, 10)).where(review.c.hub_id == number))
        add(connection, number, model, detail, day or "")


def _verdict(model: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    told = detail["judged"]
    level = max(0, level_of(detail["confidence"]))
    return {"model": model, "level": level} | {name: told[name] for name in ("verdict", "kind", "chance")}


def newest_model(connection: Connection) -> str:
    """The model of the last reading that has a verdict; empty where none has."""
    query = select(judgement.c.model).order_by(judgement.c.hub_id.desc()).limit(1)
    return connection.scalar(query) or ""


def standing(connection: Connection, model: str, terms: Terms) -> list[Standing]:
    """How the promise stands by all that is known now."""
    return standings(evidence(connection, model), terms)


def evidence(connection: Connection, model: str) -> dict[str, Evidence]:
    """By the kind of mark. One query over at most `NEWEST` readings."""
    found: dict[str, tuple[list[int], dict[tuple[int, float], list[int]]]] = {}
    for kind, level, verdict, chance, state, number in connection.execute(_counted(connection, model)):
        readings, checks = found.setdefault(kind, ([0] * len(LEVELS), {}))
        readings[level] += number
        if verdict in ASKED and state in _SAID:
            check = checks.setdefault((level, chance), [0, 0])
            check[0] += number
            check[1] += number * (state in _WRONG)
    return {kind: Evidence(tuple(readings), _checks(checks)) for kind, (readings, checks) in found.items()}


def _counted(connection: Connection, model: str) -> Any:
    mine = judgement.c.model == model
    oldest = select(judgement.c.hub_id).where(mine).order_by(judgement.c.hub_id.desc()).offset(NEWEST).limit(1)
    since = connection.scalar(oldest)
    where = [mine, judgement.c.verdict != Verdict.UNCLEAR, *([judgement.c.hub_id > since] if since else [])]
    facts = (judgement.c.kind, judgement.c.level, judgement.c.verdict, judgement.c.chance, review.c.state)
    query = select(*facts, func.count()).outerjoin(review, review.c.hub_id == judgement.c.hub_id)
    return query.where(*where).group_by(*facts)


def _checks(checks: Mapping[tuple[int, float], Sequence[int]]) -> tuple[Checks, ...]:
    return tuple(Checks(*key, *numbers) for key, numbers in sorted(checks.items()))


def waiting(connection: Connection) -> int:
    """Readings that chance has drawn and nobody has looked at yet."""
    drawn = and_(judgement.c.verdict == Verdict.DRAWN, review.c.state == State.OPEN)
    query = select(func.count()).select_from(review).join(judgement, judgement.c.hub_id == review.c.hub_id)
    return connection.scalar(query.where(drawn)) or 0


def days(connection: Connection, since: date, until: date) -> list[list[Any]]:
    """Of each day, the oldest first: readings, accepted ones, and of these those drawn, checked, and wrong."""

    def number(*conditions: Any) -> Any:
        return func.sum(case((and_(*conditions), 1), else_=0))

    drawn = judgement.c.verdict == Verdict.DRAWN
    accepted = judgement.c.verdict.in_((Verdict.ACCEPTED, Verdict.DRAWN))
    said = [number(drawn, review.c.state.in_(states)) for states in (_SAID, _WRONG)]
    query = select(judgement.c.day, func.count(), number(accepted), number(drawn), *said)
    query = query.outerjoin(review, review.c.hub_id == judgement.c.hub_id)
    query = query.where(judgement.c.day >= str(since), judgement.c.day <= str(until))
    rows = connection.execute(query.group_by(judgement.c.day).order_by(judgement.c.day))
    return [[row[0], *map(int, row[1:])] for row in rows]
