"""What is done to one picture by `castmark read`: read it and, where wanted, draw what was found and keep it to record.

Here and in processes beside this one alike, so all of it is plain values.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from handlers.errors import WireError
from handlers.log import following
from handlers.pictures import decoding
from handlers.settings import Limits
from handlers.tasks.intake import check_weight

if TYPE_CHECKING:
    from PIL.Image import Image

    from handlers.rooms import Rooms
    from handlers.storage.base import Picture, Storage

Detail = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """`draw`: a folder for pictures with their marks drawn; `record`: whether readings are to become records;
    `together`: whether the pictures show one mark."""

    draw: Path | None = None
    record: bool = False
    together: bool = False


def read_one(rooms: "Rooms", path: Path, wishes: Wishes) -> Detail:
    """A full reading under the picture's `name`, with what a record needs where it is wanted; or an `error`."""
    limits = rooms.settings.limits
    with following(task=task_of(path) if wishes.record and path.is_file() else ""):
        return _read_one(rooms, path, wishes, limits)


def _read_one(rooms: "Rooms", path: Path, wishes: Wishes, limits: Limits) -> Detail:
    try:
        check_weight(path.stat().st_size, str(path), limits)
        with path.open("rb") as file:
            opened = decoding.open_picture(file, str(path), max_pixels=limits.pixels)
        detail = {"name": str(path), **_read(rooms, opened.grey, opened.colours, known=wishes.record)}
        if wishes.draw:
            from handlers.cli.drawing import draw

            draw(opened.colours or opened.grey, detail["marks"], wishes.draw, path)
        return detail | (_to_record(rooms, path, opened.grey, detail) if wishes.record else {})
    except WireError as error:
        return {"name": str(path), "error": str(error)}
    except OSError as error:
        return {"name": str(path), "error": f"{path} cannot be read ({error.strerror})."}


def task_of(path: Path) -> str:
    """What a record of this file goes by: the same for the same file, and another once it has changed."""
    facts = path.stat()
    text = f"castmark read\n{path.resolve().as_uri()}\n{facts.st_size} {facts.st_mtime_ns}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(rooms: "Rooms", grey: "Image", colours: "Image | None", *, known: bool) -> Detail:
    reading = rooms.reader.read(grey, colours)
    if known and rooms.settings.prefer_known_molds:
        from handlers.recognition.weigh.known import prefer_known
        from handlers.tasks.known import known_among

        reading = prefer_known(reading, known_among(rooms.database, reading))
    return reading.to_json()


def _to_record(rooms: "Rooms", path: Path, grey: "Image", detail: Detail) -> Detail:
    """What a record has besides: the file's hash, and where the picture of the reading is kept."""
    from handlers.storage.base import Picture
    from handlers.storage.evidence import key_of
    from handlers.tasks.keeping import keeper_of

    content = path.read_bytes()
    task, digest = task_of(path), hashlib.sha256(content).hexdigest()
    keeper = keeper_of(rooms.settings, cast("Storage", OnDisk(path)), rooms.evidence)
    if keeper is None:
        return {"sha256": digest, "task": task}
    stored = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    picture = Picture("", task, path.name, content_type(path), len(content), digest, stored)
    evidence = keeper.keep(key_of(task, 0, time.time()), picture, grey, detail["marks"])
    return {"sha256": digest, "task": task, "evidence": evidence}


def content_type(path: Path) -> str:
    """What the file is, by its content."""
    with path.open("rb") as file:
        return decoding.inspect(file, path.name, max_pixels=10**9).content_type


@dataclass(frozen=True, slots=True)
class OnDisk:
    """As much of a storage as keeping a picture needs: the file is where it is."""

    path: Path

    def open(self, _: "Picture") -> BinaryIO:
        return self.path.open("rb")
