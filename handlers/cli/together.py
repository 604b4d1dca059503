"""`castmark read --together`: several photos of one mark, read as one."""

import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from handlers.cli.one import Detail, OnDisk, Wishes, content_type, task_of
from handlers.errors import WireError
from handlers.log import following
from handlers.pictures import decoding
from handlers.tasks.base import MOST_TOGETHER, Task
from handlers.tasks.intake import check_weight
from handlers.tasks.together import read_together

if TYPE_CHECKING:
    from PIL.Image import Image

    from handlers.recognition.reading import Reading
    from handlers.rooms import Rooms
    from handlers.storage.base import Picture, Storage
    from handlers.tasks.together import Pool


def read_photos(rooms: "Rooms", paths: Sequence[Path], wishes: Wishes) -> Detail:
    """The reading of photos of one mark, or an `error`; under the name of the one that is shown."""
    names = " ".join(map(str, paths))
    if not 1 < len(paths) <= MOST_TOGETHER:
        return {"name": names, "error": f"2 to {MOST_TOGETHER} photos of one mark are read together."}
    try:
        task = Task(_task_of(paths), "", tuple(map(_picture, paths)), together=True)
        with following(**task.trail):
            return _read(rooms, task, paths, wishes)
    except WireError as error:
        return {"name": names, "error": str(error)}
    except OSError as error:
        return {"name": names, "error": f"{error.filename} cannot be read ({error.strerror})."}


def recorded_before(rooms: "Rooms", paths: Sequence[Path]) -> bool:
    """Whether there is a record of these files as they are."""
    from handlers.tasks.table import was_recorded

    there = all(path.is_file() for path in paths)
    with rooms.database.read() as connection:
        return there and was_recorded(connection, _task_of(paths))


def _read(rooms: "Rooms", task: Task, paths: Sequence[Path], wishes: Wishes) -> Detail:
    where = dict(zip(task.pictures, paths, strict=True))
    limits = rooms.settings.limits

    def read(picture: "Picture") -> "tuple[Reading, Image]":
        check_weight(picture.size, picture.name, limits)
        with where[picture].open("rb") as file:
            opened = decoding.open_picture(file, picture.name, max_pixels=limits.pixels)
        return rooms.reader.read(opened.grey, opened.colours), opened.grey

    def keep(position: int, picture: "Picture", grey: "Image", reading: "Reading") -> dict[str, Any]:
        return _keep(rooms, task, where[picture], position, picture, grey, reading) if wishes.record else {}

    detail = read_together(task, read, keep, _pool(rooms, known=wishes.record))
    if wishes.draw:
        from handlers.cli.drawing import draw

        shown = paths[detail["shown"]]
        draw(read(task.pictures[detail["shown"]])[1], detail["marks"], wishes.draw, shown)
    return detail | ({"task": task.id} if wishes.record else {})


def _pool(rooms: "Rooms", *, known: bool) -> "Pool":
    from dataclasses import replace

    from handlers.recognition.together import Shot, Together
    from handlers.recognition.weigh.known import prefer_known
    from handlers.tasks.known import known_among

    def pool(shots: list[Shot]) -> Together:
        found = rooms.reader.together(shots)
        if not (known and rooms.settings.prefer_known_molds):
            return found
        return replace(found, reading=prefer_known(found.reading, known_among(rooms.database, found.reading)))

    return pool


def _keep(
    rooms: "Rooms", task: Task, path: Path, position: int, picture: "Picture", grey: "Image", reading: "Reading"
) -> dict[str, Any]:
    from handlers.storage.evidence import key_of
    from handlers.tasks.keeping import keeper_of

    keeper = keeper_of(rooms.settings, cast("Storage", OnDisk(path)), rooms.evidence)
    marks = [mark.to_json() for mark in reading.marks]
    return keeper.keep(key_of(task.id, position, time.time()), picture, grey, marks) if keeper else {}


def _task_of(paths: Sequence[Path]) -> str:
    """What a record of these files goes by."""
    return hashlib.sha256("\n".join(["castmark together", *map(task_of, paths)]).encode()).hexdigest()[:32]


def _picture(path: Path) -> "Picture":
    from handlers.storage.base import Picture

    content = path.read_bytes()
    stored = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    digest = hashlib.sha256(content).hexdigest()
    return Picture("", task_of(path), str(path), content_type(path), len(content), digest, stored)
