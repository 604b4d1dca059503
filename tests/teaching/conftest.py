"""A plant: readings that people checked, with kept pictures."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from handlers.records import corrections
from handlers.records.corrections import Word
from handlers.records.readings import Clock, Origin, record
from handlers.rooms import Rooms
from handlers.settings import Settings

MARK = {
    **{"text": "", "polygon": [[0, 0], [9, 0], [9, 9], [0, 9]], "angle": 0.0, "confidence": 0.9},
    **{"alternatives": [], "characters": [], "answered": True},
}


class Plant:
    """Readings of a server, each checked by a person."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self._count = 0

    def check(self, text: str, image: Image.Image | None = None, *, said: Sequence[str] = (), model: str = "m") -> int:
        """A reading that says `text` by a person's word, and said `said` before; its number."""
        self._count += 1
        read = tuple(said) or (text,)
        detail: dict[str, Any] = {
            **{"name": f"{self._count}.png", "sha256": "c" * 64, "text": " ".join(read), "confidence": 0.6},
            **{"needs_review": True, "alternatives": [], "marks": [MARK | {"text": each} for each in read]},
        }
        task = f"{self._count:032x}"
        if image is not None:
            key = f"2026-11-28/{task}-0"
            file = io.BytesIO()
            image.save(file, "PNG")
            self.rooms.evidence.put(key, "whole", file, "image/png")
            detail["evidence"] = {"key": key, "files": {"whole": "image/png"}}
        write = self.rooms.database.write
        (number,) = write(lambda connection: record(connection, Origin(task, "o", model), [detail], Clock()))
        write(lambda connection: corrections.correct(connection, number, text, Word("Li", 1.0)))
        return number

    def keep(self, number: int, **files: str) -> None:
        """Say that these pictures of a reading are kept, by their media types."""
        from sqlalchemy import update

        from handlers.records.tables import said

        kept = update(said).where(said.c.hub_id == number).values(files=json.dumps(files))
        self.rooms.database.write(lambda connection: connection.execute(kept))


@pytest.fixture
def make_plant(tmp_path: Path) -> Iterator[Callable[..., Plant]]:
    made: list[Rooms] = []

    def make(name: str = "data", **values: Any) -> Plant:
        made.append(Rooms(Settings.model_validate({"data": tmp_path / name, **values})))
        return Plant(made[-1])

    yield make
    for rooms in made:
        rooms.close()


@pytest.fixture
def plant(make_plant: Callable[..., Plant]) -> Plant:
    return make_plant()
