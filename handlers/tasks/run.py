"""The one place where pictures are read, whoever asked for it."""

import logging
import uuid
from typing import TYPE_CHECKING, Protocol

from handlers.errors import WireError
from handlers.recognition import image
from handlers.storage.base import Picture, Storage
from handlers.tasks.base import State, Task

if TYPE_CHECKING:
    import PIL.Image

    from handlers.recognition.reading import Reading

_log = logging.getLogger("castmark.tasks")


class Reads(Protocol):
    """What reads a picture: `handlers.recognition.pipeline.Reader`."""

    def read(self, image: "PIL.Image.Image") -> "Reading": ...


def run(task: Task, storage: Storage, reader: Reads, *, max_pixels: int) -> Task:
    """Read the pictures of `task`, one after another: the task completed, or in error with the reason."""
    try:
        readings = tuple(_read(picture, storage, reader, max_pixels) for picture in task.pictures)
    except WireError as error:
        return task.become(State.ERROR, error=str(error))
    except Exception:  # noqa: BLE001  the task ends, whatever happened; the log says what it was
        incident = uuid.uuid4().hex[:12]
        _log.exception("Task %s failed, incident %s", task.id, incident)
        return task.become(State.ERROR, error=f"The reading failed; the log names the cause as {incident}.")
    return task.become(State.COMPLETED, readings=readings)


def _read(picture: Picture, storage: Storage, reader: Reads, max_pixels: int) -> "Reading":
    with storage.open(picture) as file:
        grey = image.open_grey(file, picture.name, max_pixels=max_pixels)
    return reader.read(grey)
