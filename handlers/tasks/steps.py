"""The steps of a task that has many pictures: one each, kept when it is made, so that whoever goes on repeats none.

A task of one picture has no steps: what is read and that it is over are one transaction there anyway. A step that was
begun and neither ended nor was put off had its process die with it; how often that happened says which picture it was.
"""

import json
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update

from handlers.records.tables import step
from handlers.tasks import table

if TYPE_CHECKING:
    from handlers.tasks.base import Detail, Task


def ended(connection: Connection, task: "Task") -> dict[int, "Detail"]:
    """What the task's pictures are, by their position, as far as they were looked at."""
    rows = connection.execute(select(step).where(step.c.task_id == task.id, step.c.detail != ""))
    return {row.position: json.loads(row.detail) for row in rows}


def begin(connection: Connection, task: "Task", position: int) -> int | None:
    """How often the step was begun before and its process died; None where the task's claim is not the present one."""
    if not table.hold(connection, task):
        return None
    died = connection.scalar(select(step.c.died).where(_of(task, position)))
    if died is None:
        connection.execute(step.insert().values(task_id=task.id, position=position, died=1, detail=""))
        return 0
    connection.execute(update(step).where(_of(task, position)).values(died=died + 1))
    return int(died)


def put_off(connection: Connection, task: "Task", position: int) -> None:
    """The step did not end, and its process lives: another try may end it."""
    connection.execute(update(step).where(_of(task, position)).values(died=step.c.died - 1))


def end(connection: Connection, task: "Task", position: int, detail: "Detail") -> bool:
    """Keep what the step is; False, and nothing done, where it had ended already."""
    open_ = and_(_of(task, position), step.c.detail == "")
    values = {"detail": json.dumps(detail, ensure_ascii=False), "died": 0}
    return connection.execute(update(step).where(open_).values(values)).rowcount == 1


def forget(connection: Connection, task_id: str) -> None:
    connection.execute(delete(step).where(step.c.task_id == task_id))


def _of(task: "Task", position: int) -> ColumnElement[bool]:
    return and_(step.c.task_id == task.id, step.c.position == position)
