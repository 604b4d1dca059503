"""Events and their deliveries in the database: what waits, what arrived, what was given up; decided here only."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from handlers.outbox.events import Event
from handlers.records.database import Database
from handlers.records.tables import delivery, happened, target

# Aurora DSQL changes 3,000 rows in a transaction; an event has up to six deliveries.
_AT_ONCE = 400
_LONGEST_ERROR = 300


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Due:
    """An event that a target is to hear of, and how often that was tried."""

    event: Event
    attempts: int


def add(connection: Connection, event: Event, targets: Sequence[str]) -> None:
    """Keep an event, due at every one of `targets`."""
    data = json.dumps(event.data, ensure_ascii=False)
    row = {"id": event.id, "type": event.type, "rule": event.rule, "at": event.at, "hub_id": event.reading}
    connection.execute(happened.insert().values(row | {"data": data}))
    fresh = {"state": State.WAITING, "since": event.at, "attempts": 0, "tried_at": 0.0, "error": ""}
    rows = [{"event_id": event.id, "target": name} | fresh for name in targets]
    if rows:
        connection.execute(delivery.insert(), rows)


def introduce(database: Database, name: str) -> None:
    """Have a row for the target `name`; several processes may do so at once."""
    with database.read() as connection:
        if connection.scalar(select(target.c.name).where(target.c.name == name)):
            return
    row = {"name": name, "worker": "", "lease_until": 0.0, "delivered": 0, "delivered_at": 0.0}
    row |= {"error": "", "failures": 0, "retry_at": 0.0}
    try:
        database.write(lambda connection: connection.execute(target.insert().values(row)))
    except IntegrityError:
        # Another process was quicker.
        return


def hold(connection: Connection, name: str, worker: str, now: float, until: float) -> bool:
    """Whether `worker` is the one that sends to the target, until then unless it says so again."""
    free = or_(target.c.worker == worker, target.c.lease_until < now)
    mine = update(target).where(target.c.name == name, free)
    return connection.execute(mine.values(worker=worker, lease_until=until)).rowcount == 1


def let_go(connection: Connection, name: str, worker: str) -> None:
    mine = and_(target.c.name == name, target.c.worker == worker)
    connection.execute(update(target).where(mine).values(worker="", lease_until=0.0))


def retry_at(connection: Connection, name: str) -> float:
    """Until when nothing is tried, in seconds since 1970; 0 where the last try went well."""
    return connection.scalar(select(target.c.retry_at).where(target.c.name == name)) or 0.0


def due(connection: Connection, name: str, limit: int) -> list[Due]:
    """What the target is to hear of next, the oldest first."""
    mine = and_(delivery.c.target == name, delivery.c.state == State.WAITING)
    query = select(happened, delivery.c.attempts).join(delivery, delivery.c.event_id == happened.c.id).where(mine)
    rows = connection.execute(query.order_by(delivery.c.event_id).limit(limit))
    return [Due(event_of(row), row.attempts) for row in rows]


def event_of(row: Row[Any]) -> Event:
    return Event(row.id, row.type, row.at, row.hub_id, json.loads(row.data), row.rule)


def arrived(connection: Connection, name: str, event_id: str, now: float) -> None:
    _settle(connection, name, event_id, State.DELIVERED, now, "")
    counted = {"delivered": target.c.delivered + 1, "delivered_at": now}
    connection.execute(_of(name).values(**counted, error="", failures=0, retry_at=0.0))


def failed(connection: Connection, name: str, event_id: str, now: float, error: str, again: float) -> None:
    """It stays due, and the target is tried again at `again` (seconds since 1970)."""
    _settle(connection, name, event_id, State.WAITING, now, error)
    complain(connection, name, error, again)


def refused(connection: Connection, name: str, event_id: str, now: float, error: str) -> None:
    """The target takes others, but never this one."""
    _settle(connection, name, event_id, State.GIVEN_UP, now, error)
    connection.execute(_of(name).values(error=error[:_LONGEST_ERROR], failures=0, retry_at=0.0))


def complain(connection: Connection, name: str, error: str, again: float) -> None:
    """The target cannot be reached; what is due is not tried before `again`."""
    failures = target.c.failures + 1
    connection.execute(_of(name).values(error=error[:_LONGEST_ERROR], failures=failures, retry_at=again))


def mend(connection: Connection, name: str) -> None:
    """The target can be reached again."""
    connection.execute(_of(name).where(target.c.error != "").values(error="", failures=0, retry_at=0.0))


def give_up(connection: Connection, since: float) -> int:
    """Give up some of what has been due since before then; how many there were. To be repeated until there are none."""
    old = and_(delivery.c.state == State.WAITING, delivery.c.since < since)
    query = select(delivery.c.event_id, delivery.c.target).where(old).order_by(delivery.c.event_id).limit(_AT_ONCE)
    return _abandon(connection, [(row.event_id, row.target) for row in connection.execute(query)], "too long")


def shorten(connection: Connection, name: str, most: int) -> int:
    """As `give_up`, of the oldest that are due at the target beyond `most`."""
    mine = and_(delivery.c.target == name, delivery.c.state == State.WAITING)
    number = connection.scalar(select(func.count()).select_from(delivery).where(mine)) or 0
    if number <= most:
        return 0
    query = select(delivery.c.event_id).where(mine).order_by(delivery.c.event_id).limit(min(number - most, _AT_ONCE))
    return _abandon(connection, [(row.event_id, name) for row in connection.execute(query)], "too many waited")


def _abandon(connection: Connection, those: Sequence[tuple[str, str]], why: str) -> int:
    error = func.substr(f"Given up ({why}). " + delivery.c.error, 1, _LONGEST_ERROR)
    for event_id, name in those:
        mine = and_(delivery.c.event_id == event_id, delivery.c.target == name, delivery.c.state == State.WAITING)
        connection.execute(update(delivery).where(mine).values(state=State.GIVEN_UP, error=error))
    return len(those)


def forget(connection: Connection, before: float) -> int:
    """Remove some events from before then of which nothing is due; how many there were."""
    # What was given up or sent again lately is shown as long as if it were new.
    held = or_(delivery.c.state == State.WAITING, delivery.c.since >= before)
    kept = select(delivery.c.event_id).where(delivery.c.event_id == happened.c.id, held).exists()
    query = select(happened.c.id).where(happened.c.at < before, ~kept).order_by(happened.c.at).limit(_AT_ONCE)
    ids = list(connection.scalars(query))
    if ids:
        connection.execute(delete(delivery).where(delivery.c.event_id.in_(ids)))
        connection.execute(delete(happened).where(happened.c.id.in_(ids)))
    return len(ids)


def resend(connection: Connection, now: float, *, event_id: str = "", name: str = "") -> int:
    """Make an event due again at every target that it had, or at `name`; without an id some of all that was given up.

    How many there were; without an id to be repeated until there are none.
    """
    query = select(delivery.c.event_id, delivery.c.target).where(
        delivery.c.event_id == event_id if event_id else delivery.c.state == State.GIVEN_UP,
        delivery.c.state != State.WAITING,
        *([delivery.c.target == name] if name else []),
    )
    those = list(connection.execute(query.order_by(delivery.c.event_id).limit(_AT_ONCE)))
    for row in those:
        mine = and_(delivery.c.event_id == row.event_id, delivery.c.target == row.target)
        values = {"state": State.WAITING, "since": now, "attempts": 0, "error": ""}
        connection.execute(update(delivery).where(mine).values(values))
    for each in {row.target for row in those}:
        # Whoever asks for it does not want to wait for the next try.
        connection.execute(_of(each).values(retry_at=0.0))
    return len(those)


def _of(name: str) -> Any:
    return update(target).where(target.c.name == name)


def _settle(connection: Connection, name: str, event_id: str, state: State, now: float, error: str) -> None:
    mine = and_(delivery.c.event_id == event_id, delivery.c.target == name)
    values = {"state": state, "tried_at": now, "attempts": delivery.c.attempts + 1, "error": error[:_LONGEST_ERROR]}
    connection.execute(update(delivery).where(mine).values(values))
