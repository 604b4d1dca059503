"""SnapStart: a function is initialised once, its memory kept, and every copy of it goes on from there.

Before the snapshot: what each request needs is loaded. After a restore: what no two copies may share, or what has
grown old meanwhile, is made anew. Outside Lambda, where the package of its hooks is not installed, nothing happens.
(docs.aws.amazon.com, "Lambda SnapStart runtime hooks")
"""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.rooms import Rooms


def register(rooms: "Rooms", prepared: Sequence[str]) -> None:
    """Have `rooms` ready for a snapshot: those named are opened before it, and all renewed after a restore."""
    try:
        from snapshot_restore_py import register_after_restore, register_before_snapshot
    except ImportError:
        return
    register_before_snapshot(prepare, rooms, prepared)
    register_after_restore(renew, rooms)


def prepare(rooms: "Rooms", prepared: Sequence[str]) -> None:
    for name in prepared:
        getattr(rooms, name).prepare()


def renew(rooms: "Rooms") -> None:
    """Connections are another copy's or long closed. Ids and cookies come from the system, which needs no seed."""
    rooms.renew()
    random.seed()
