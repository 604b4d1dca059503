"""Tasks in the database: who may run one, and how it ends, decided there and only there.

A claim is a lease: whoever holds it renews it, and a process that dies lets it run out, so that another claims the
task. Only the holder of the present claim can finish a task, in the transaction that keeps its readings.
"""

import json
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    false,
    func,
    or_,
    select,
    tuple_,
    update,
)

from handlers.records.tables import reading, step
from handlers.records.tables import task as tasks
from handlers.storage.base import Picture
from handlers.tasks import shares
from handlers.tasks.base import Detail, State, Task

_OPEN = (State.WAITING, State.PROCESSING)
_OVER = (State.COMPLETED, State.ERROR)
# A picture that ends the process itself (memory, a crash in native code) must not be tried for ever; a server that is
# restarted often must not cost a task. Ten tells the two apart; one more, and a task of many pictures ends as a whole.
INTERRUPTIONS = 11
# Seconds for which what was run for an owner counts when it is asked whose turn it is.
_LATELY = 3600.0
# More than servers that could take one away at the same moment.
_CANDIDATES = 32
# Of readings in one answer: a cloud function sends 4.5 MB.
_MOST_CHARACTERS = 3_000_000
INTERRUPTED = "The reading was interrupted again and again; the picture may be the cause."


def insert(connection: Connection, task: Task, now: float, lease_until: float = 0.0) -> None:
    connection.execute(
        tasks.insert().values(
            id=task.id,
            owner=task.owner,
            state=task.state,
            pictures=_written(task.pictures),
            readings="[]",
            error="",
            attempts=0,
            worker=task.worker,
            lease_until=lease_until,
            submitted_at=now,
            together=task.together,
            request=task.request,
        )
    )


def known(connection: Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of `ids` that are tasks."""
    return frozenset(connection.scalars(select(tasks.c.id).where(tasks.c.id.in_(ids))))


def open_count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).where(tasks.c.state.in_(_OPEN))) or 0


def counts(connection: Connection) -> dict[str, int]:
    """How many tasks are in each state that is not over."""
    query = select(tasks.c.state, func.count()).where(tasks.c.state.in_(_OPEN)).group_by(tasks.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def waiting_since(connection: Connection) -> float | None:
    """When the oldest task that waits was submitted (seconds since 1970); None where none waits."""
    since: float | None = connection.scalar(
        select(func.min(tasks.c.submitted_at)).where(tasks.c.state == State.WAITING)
    )
    return since


def has_claimable(connection: Connection, now: float) -> bool:
    return connection.scalar(select(tasks.c.id).where(_claimable(now)).limit(1)) is not None


def claim(
    connection: Connection,
    worker: str,
    now: float,
    lease_until: float,
    task_id: str | None = None,
    tries: int = INTERRUPTIONS,
) -> Task | None:
    """A task that may be run, or the one named, now run by `worker`; None where there is none.

    It is the oldest of the owner of whom fewest were run lately, so that nobody waits for all that another submitted.
    One that was interrupted `tries` times ends as an error instead.
    """
    ids = [task_id] if task_id is not None else _next(connection, now)
    query = select(tasks).where(_claimable(now), tasks.c.id.in_(ids)).order_by(tasks.c.submitted_at).limit(1)
    if connection.dialect.name != "auroradsql":
        # Several processes take different tasks instead of waiting for one another; SQLite has one writer anyway.
        # Aurora DSQL locks nothing: of two who take the same task, one has to try again, and finds it taken.
        query = query.with_for_update(skip_locked=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    interrupted = row.attempts + (row.state == State.PROCESSING)
    mine = update(tasks).where(tasks.c.id == row.id)
    if interrupted >= tries:
        connection.execute(mine.values(state=State.ERROR, error=INTERRUPTED))
        return claim(connection, worker, now, lease_until, task_id, tries)
    values = {"state": State.PROCESSING, "worker": worker, "lease_until": lease_until, "attempts": interrupted}
    connection.execute(mine.values(values))
    return replace(_task(row), state=State.PROCESSING, details=(), error="", worker=worker)


def renew(connection: Connection, workers: Iterable[str], lease_until: float) -> None:
    held = and_(tasks.c.state == State.PROCESSING, tasks.c.worker.in_(list(workers)))
    connection.execute(update(tasks).where(held).values(lease_until=lease_until))


def release(connection: Connection, task: Task) -> None:
    """Have `task` wait again; nothing where its claim is no longer the present one.

    While a task waits, its lease is the moment of its latest message, or 0 where that was the first.
    """
    connection.execute(update(tasks).where(_held(task)).values(state=State.WAITING, worker="", lease_until=time.time()))


def hold(connection: Connection, task: Task, *, progressed: bool = False) -> bool:
    """Whether the claim is the present one, which it stays until this transaction ends.

    A task that `progressed` has not been interrupted since.
    """
    values: dict[str, Any] = {"worker": task.worker} | ({"attempts": 0} if progressed else {})
    return connection.execute(update(tasks).where(_held(task)).values(values)).rowcount == 1


def give_up(connection: Connection, now: float, tries: int) -> int:
    """End the tasks whose process died for the last of `tries` times; how many there were."""
    dead = and_(tasks.c.state == State.PROCESSING, tasks.c.lease_until < now, tasks.c.attempts + 1 >= tries)
    return connection.execute(update(tasks).where(dead).values(state=State.ERROR, error=INTERRUPTED)).rowcount


def unsent(connection: Connection, now: float, patience: float, limit: int) -> dict[str, str]:
    """At most `limit` tasks, the oldest first, of which no message may be left although nobody runs them.

    Their ids, and those of their requests.

    Nobody can tell a message that waits in a long queue from one that was lost, and a message too many costs little: a
    task is due when its last one is older than `patience` seconds, and than all the time before it. So one that waits
    in a long queue gets a handful in a day, not one each time.
    """
    last = case((tasks.c.lease_until == 0.0, tasks.c.submitted_at), else_=tasks.c.lease_until)
    waits = and_(tasks.c.state == State.WAITING, 2 * last < now + tasks.c.submitted_at, last < now - patience)
    died = and_(tasks.c.state == State.PROCESSING, tasks.c.lease_until < now - patience)
    query = select(tasks.c.id, tasks.c.request).where(or_(waits, died), tasks.c.submitted_at < now - patience)
    return {row.id: row.request or "" for row in connection.execute(query.order_by(tasks.c.submitted_at).limit(limit))}


def sent(connection: Connection, ids: Collection[str], now: float) -> None:
    """Note that these tasks were sent again; those whose process died wait from now on."""
    these = tasks.c.id.in_(ids)
    died = and_(these, tasks.c.state == State.PROCESSING, tasks.c.lease_until < now)
    values: dict[str, Any] = {"state": State.WAITING, "worker": "", "attempts": tasks.c.attempts + 1}
    connection.execute(update(tasks).where(died).values(values))
    connection.execute(update(tasks).where(these, tasks.c.state == State.WAITING).values(lease_until=now))


def was_recorded(connection: Connection, task_id: str) -> bool:
    """Whether there are readings of that task, which may have been forgotten itself."""
    return connection.scalar(select(reading.c.hub_id).where(reading.c.task_id == task_id).limit(1)) is not None


def again(connection: Connection, task: Task) -> None:
    """Have a task that is over wait again, for its present request; what was read of it is not read again."""
    over = and_(tasks.c.id == task.id, tasks.c.state.in_(_OVER))
    values = {"state": State.WAITING, "worker": "", "attempts": 0, "readings": "[]", "error": ""}
    values |= {"request": task.request, "lease_until": time.time()}
    if connection.execute(update(tasks).where(over).values(values)).rowcount:
        for position, detail in enumerate(task.details):
            if "error" not in detail:
                written = json.dumps(detail, ensure_ascii=False)
                connection.execute(step.insert().values(task_id=task.id, position=position, died=0, detail=written))


def withdraw(connection: Connection, ids: Sequence[str]) -> None:
    """Take back tasks that wait."""
    shares.forget(connection, ids)
    connection.execute(delete(tasks).where(tasks.c.id.in_(ids), tasks.c.state == State.WAITING))


def finish(connection: Connection, task: Task, state: State, details: Sequence[Detail] = (), error: str = "") -> bool:
    """End `task`; False, and nothing done, where its claim is no longer the present one."""
    values = {"state": state, "readings": json.dumps(list(details), ensure_ascii=False), "error": error}
    return connection.execute(update(tasks).where(_held(task)).values(values)).rowcount == 1


def find(connection: Connection, task_id: str) -> Task | None:
    row = connection.execute(select(tasks).where(tasks.c.id == task_id)).one_or_none()
    return _task(row) if row else None


def of_owner(connection: Connection, owner: str, limit: int = 1000, after: str = "") -> list[Task]:
    """The owner's tasks, newest first: at most `limit`, those that come after the task `after`.

    Fewer, where their readings are more than a cloud function can answer.
    """
    query = select(tasks).where(tasks.c.owner == owner)
    if after:
        place = select(tasks.c.submitted_at, tasks.c.id).where(tasks.c.id == after, tasks.c.owner == owner)
        known = connection.execute(place).one_or_none()
        query = query.where(tuple_(tasks.c.submitted_at, tasks.c.id) < tuple_(*known) if known else false())
    found: list[Task] = []
    weight = 0
    for row in connection.execute(query.order_by(tasks.c.submitted_at.desc(), tasks.c.id.desc()).limit(limit)):
        weight += len(row.readings)
        if found and weight > _MOST_CHARACTERS:
            break
        found.append(_task(row))
    return found


def forget(connection: Connection, before: float, limit: int = 1000) -> int:
    """Remove at most `limit` tasks that were submitted before that moment and are over; how many there were.

    Their records stay.
    """
    old = list(
        connection.scalars(
            select(tasks.c.id).where(tasks.c.state.in_(_OVER), tasks.c.submitted_at < before).limit(limit)
        )
    )
    connection.execute(delete(step).where(step.c.task_id.in_(old)))
    shares.forget(connection, old)
    return connection.execute(delete(tasks).where(tasks.c.id.in_(old))).rowcount


def _next(connection: Connection, now: float) -> list[str]:
    """The ids of the tasks whose turn it is: the oldest of each owner of whom fewest were run in the last hour."""
    lately = and_(tasks.c.submitted_at > now - _LATELY, tasks.c.state != State.WAITING)
    run = select(tasks.c.owner, func.count().label("number")).where(lately).group_by(tasks.c.owner).subquery()
    waiting = select(tasks.c.owner, func.min(tasks.c.submitted_at).label("since")).where(_claimable(now))
    first = waiting.group_by(tasks.c.owner).subquery()
    turn = func.coalesce(run.c.number, 0)
    query = select(tasks.c.id, turn.label("turn")).join(
        first, and_(first.c.owner == tasks.c.owner, first.c.since == tasks.c.submitted_at)
    )
    query = query.outerjoin(run, run.c.owner == tasks.c.owner).where(_claimable(now))
    rows = connection.execute(query.order_by(turn, tasks.c.submitted_at).limit(_CANDIDATES)).all()
    return [row.id for row in rows if row.turn == rows[0].turn]


def _claimable(now: float) -> ColumnElement[bool]:
    left_behind = and_(tasks.c.state == State.PROCESSING, tasks.c.lease_until < now)
    return or_(tasks.c.state == State.WAITING, left_behind)


def _held(task: Task) -> ColumnElement[bool]:
    return and_(tasks.c.id == task.id, tasks.c.state == State.PROCESSING, tasks.c.worker == task.worker)


def _task(row: Row[Any]) -> Task:
    pictures, details = _read_pictures(row.pictures), tuple(json.loads(row.readings))
    asked = (bool(row.together), row.request or "")
    return Task(row.id, row.owner, pictures, State(row.state), details, row.error, row.worker, *asked)


def _written(pictures: Sequence[Picture]) -> str:
    rows = [asdict(picture) | {"stored": picture.stored.isoformat()} for picture in pictures]
    return json.dumps(rows, ensure_ascii=False)


def _read_pictures(written: str) -> tuple[Picture, ...]:
    rows = json.loads(written)
    return tuple(Picture(**row | {"stored": datetime.fromisoformat(row["stored"])}) for row in rows)
