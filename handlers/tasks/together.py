"""Photos of one mark as one reading: each is read, and what they showed is put together."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from handlers.errors import StorageUnavailable, WireError
from handlers.tasks.ledger import of_pictures

if TYPE_CHECKING:
    from PIL.Image import Image

    from handlers.recognition.reading import Reading
    from handlers.recognition.together import Shot, Together
    from handlers.storage.base import Picture
    from handlers.tasks.base import Detail, Task

_Evidence = dict[str, Any]
Read = Callable[["Picture"], tuple["Reading", "Image"]]
Keep = Callable[[int, "Picture", "Image", "Reading"], _Evidence]
Pool = Callable[[list["Shot"]], "Together"]


def read_together(task: "Task", read: Read, keep: Keep, pool: Pool) -> "Detail":
    """The reading of the task's pictures together; what it says of one is `photos`, in their order.

    A picture that cannot be read is said to be that. Raises what the first one raises where none can be, and
    StorageUnavailable at once. One picture at a time is held in memory.
    """
    from handlers.recognition.together import Shot

    shots: dict[int, Shot] = {}
    kept: dict[int, _Evidence] = {}
    errors: dict[int, WireError] = {}
    for position, picture in enumerate(task.pictures):
        try:
            reading, grey = read(picture)
            shots[position] = Shot.of(reading, grey)
            kept[position] = keep(position, picture, grey, reading)
        except StorageUnavailable:
            raise
        except WireError as error:
            errors[position] = error
    if not shots:
        raise errors[0]
    positions = list(shots)
    found = pool(list(shots.values()))
    shown = positions[found.shown]
    shows = dict(zip(positions, found.shows, strict=True))
    photos = [
        _facts(picture) | (_told(shots[at].reading, shows[at]) if at in shots else {"error": str(errors[at])})
        for at, picture in enumerate(task.pictures)
    ]
    whole = {"same_mark": "other" not in found.shows, "shown": shown, "photos": photos}
    evidence = _evidence(shown, kept)
    detail = _facts(task.pictures[shown]) | found.reading.to_json() | whole
    return detail | ({"evidence": evidence} if evidence else {})


def before(task: "Task") -> list[str]:
    """The tasks that read the first of these pictures, before more of the same mark came to them."""
    pictures = task.pictures
    return [of_pictures(task.owner, pictures[:count], together=count > 1) for count in range(1, len(pictures))]


def _facts(picture: "Picture") -> dict[str, Any]:
    return {"name": picture.name, "sha256": picture.sha256}


def _told(reading: "Reading", shows: str) -> dict[str, Any]:
    told = reading.to_json()
    return {name: told[name] for name in ("text", "confidence", "needs_review")} | {"shows": shows}


def _evidence(shown: int, kept: dict[int, _Evidence]) -> _Evidence:
    """What is kept of the photo that is shown, as of any reading; and of each under its number."""
    files = {f"{at}/{kind}": type_ for at, each in kept.items() for kind, type_ in each.get("files", {}).items()}
    of_shown = kept[shown].get("files", {})
    key = next((each["key"] for each in (kept[shown], *kept.values()) if each), "")
    return {"key": key, "files": of_shown | files} if files else {}
