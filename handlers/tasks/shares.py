"""How many tasks of one address are open: whoever has many uuids still has few addresses.

Kept beside the tasks in the database, so that the share holds across the servers and copies of a function that use
it; those that enter tasks in the same moment may pass it by as many as they are. Addresses are kept as hashes.
"""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from handlers.access.patience import network_of
from handlers.errors import QueueFull
from handlers.records.tables import share
from handlers.records.tables import task as tasks
from handlers.tasks.base import State


def check(connection: Connection, address: str, more: int, most: int) -> None:
    """Raises QueueFull where that address would have more than `most` tasks that are not over."""
    mine = select(func.count()).select_from(share.join(tasks, tasks.c.id == share.c.task_id))
    mine = mine.where(share.c.network == _named(address), tasks.c.state.in_((State.WAITING, State.PROCESSING)))
    if (connection.scalar(mine) or 0) + more > most:
        raise QueueFull("Too many of your pictures are waiting to be read; try again in a few seconds.")


def note(connection: Connection, address: str, ids: Sequence[str]) -> None:
    rows = [{"task_id": task_id, "network": _named(address)} for task_id in ids]
    connection.execute(share.insert(), rows)


def forget(connection: Connection, ids: Sequence[str]) -> None:
    connection.execute(delete(share).where(share.c.task_id.in_(ids)))


def _named(address: str) -> str:
    return hashlib.sha256(f"castmark network\n{network_of(address)}".encode()).hexdigest()[:32]
