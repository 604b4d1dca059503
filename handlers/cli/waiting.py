"""`castmark submit --wait`: follows what was submitted until it is read, and ends with the table of `castmark read`."""

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from handlers.cli.one import Detail
from handlers.tasks import table
from handlers.tasks.base import Task

if TYPE_CHECKING:
    from handlers.records.database import Database

# Seconds between two looks at a task, the first and the longest.
_LOOK, _LONG_LOOK = 0.1, 2.0


def readings(database: "Database", names: Mapping[str, str]) -> Iterator[Detail]:
    """The readings of the tasks, under the names of their pictures with their folders, as they come to an end."""
    for task_id, name in names.items():
        task = _ended(database, task_id)
        if task is None:
            # It was submitted long ago, and only its record is left.
            continue
        detail = task.details[0] if task.details else {"error": task.error}
        yield {**detail, "name": name}


def _ended(database: "Database", task_id: str) -> Task | None:
    wait = _LOOK
    while True:
        with database.read() as connection:
            task = table.find(connection, task_id)
        if task is None or task.over:
            return task
        time.sleep(wait)
        wait = min(_LONG_LOOK, wait * 1.3)
