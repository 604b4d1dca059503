"""Putting a teaching to use and taking it back, with a line in the audit trail."""

from typing import TYPE_CHECKING

from handlers.records import audit

if TYPE_CHECKING:
    from handlers.rooms import Rooms
    from handlers.teaching.files import Teaching


def put_to_use(rooms: "Rooms", teaching: "Teaching", who: str) -> str:
    """Its name, which readings carry from now on. Raises ChangedMeanwhile."""
    rooms.shelf.use(teaching)
    remark = f"{teaching.name}: {len(teaching.texts):,} texts of {teaching.readings:,} readings"
    rooms.database.write(lambda connection: audit.note(connection, who, "teach", remark))
    return teaching.name


def take_back(rooms: "Rooms", who: str) -> tuple[str, str]:
    """The name of the teaching that is not used any more, and of the one before it; empty where there is none."""
    gone = rooms.shelf.undo()
    if gone:
        rooms.database.write(lambda connection: audit.note(connection, who, "unteach", gone))
    return gone, next(reversed(rooms.shelf.names()), "")
