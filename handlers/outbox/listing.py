"""What is in the outbox, for people and for what watches the server."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, select

from handlers.outbox.table import State
from handlers.records.tables import delivery, happened, target


@dataclass(frozen=True, slots=True)
class TargetState:
    """How it goes with a target: `oldest` is the age in seconds of what waits longest, `delivered` counts all time.

    `given_up` counts what is still kept; `error` is that of the last try, or empty where it went well.
    """

    target: str
    waiting: int
    oldest: float
    delivered: int
    given_up: int
    error: str
    retry_at: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def state(connection: Connection, names: Sequence[str], now: float) -> list[TargetState]:
    """That of each target in `names`, and of those that were switched off while something waited."""
    counted = select(delivery.c.target, delivery.c.state, func.count().label("number"), func.min(delivery.c.since))
    open_ = delivery.c.state.in_((State.WAITING, State.GIVEN_UP))
    grouped = connection.execute(counted.where(open_).group_by(delivery.c.target, delivery.c.state))
    counts = {(row[0], row[1]): (int(row[2]), float(row[3])) for row in grouped}
    known = {row.name: row for row in connection.execute(select(target))}
    shown = [*names, *sorted({name for name, _ in counts} - set(names))]
    return [_state_of(name, known.get(name), counts, now) for name in shown]


def targets(connection: Connection) -> list[str]:
    """Names of those that something was ever sent to."""
    return list(connection.scalars(select(target.c.name).order_by(target.c.name)))


def _state_of(name: str, row: Any, counts: dict[tuple[str, str], tuple[int, float]], now: float) -> TargetState:
    waiting, since = counts.get((name, State.WAITING), (0, now))
    given_up, _ = counts.get((name, State.GIVEN_UP), (0, now))
    delivered, error, retry_at = (row.delivered, row.error, row.retry_at) if row else (0, "", 0.0)
    return TargetState(name, waiting, max(0.0, now - since), delivered, given_up, error, retry_at)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which events to list: of one type, or those that stand so at some target; after the event with that id."""

    type: str = ""
    state: str = ""
    target: str = ""
    after: str = ""


def events(connection: Connection, asked: Asked, limit: int) -> list[dict[str, Any]]:
    """Events as they leave, newest first, each with its deliveries."""
    query = select(happened).order_by(happened.c.id.desc()).limit(limit)
    if asked.type:
        query = query.where(happened.c.type == asked.type)
    if asked.after:
        query = query.where(happened.c.id < asked.after)
    if asked.state or asked.target:
        mine = [delivery.c.event_id == happened.c.id]
        mine += [delivery.c.state == asked.state] if asked.state else []
        mine += [delivery.c.target == asked.target] if asked.target else []
        query = query.where(select(delivery.c.event_id).where(and_(*mine)).exists())
    rows = list(connection.execute(query))
    sent = _deliveries(connection, [row.id for row in rows])
    return [
        {"id": row.id, "type": row.type, "at": row.at, "reading": row.hub_id, "data": json.loads(row.data)}
        | {"deliveries": sent.get(row.id, [])}
        for row in rows
    ]


def _deliveries(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    query = select(delivery).where(delivery.c.event_id.in_(ids)).order_by(delivery.c.event_id, delivery.c.target)
    for row in connection.execute(query) if ids else ():
        facts = {"target": row.target, "state": row.state, "attempts": row.attempts, "tried_at": row.tried_at}
        found.setdefault(row.event_id, []).append(facts | {"error": row.error})
    return found
