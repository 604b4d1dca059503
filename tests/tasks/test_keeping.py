"""Each reading leads to its picture, and to all that the machine said."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from handlers.recognition.identity import identity
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Character, Mark, Reading
from handlers.records.database import Database
from handlers.records.tables import reading, review, said
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.evidence import LocalEvidence
from handlers.storage.local import LocalStorage
from handlers.tasks.base import Task
from handlers.tasks.local import LocalQueue

Encoded = Callable[..., bytes]
_OWNER = "a" * 32


class Eyes(Reader):
    """A reader that sees one doubtful mark in every picture."""

    def read(self, image: Image.Image, _: Image.Image | None = None) -> Reading:
        corners = ((2.0, 2.0), (20.0, 2.0), (20.0, 12.0), (2.0, 12.0))
        mark = Mark("11", corners, 0.0, 0.5, (), (Character("1", 0.7), Character("1", 0.7)))
        return Reading("11", 0.5, True, (), (mark,), image.width, image.height)


class Plant:
    def __init__(self, folder: Path, database: Database, **settings: Any) -> None:
        self.folder = folder
        self.database = database
        self.storage = LocalStorage(folder / "uploads")
        self.evidence = LocalEvidence(folder / "evidence")
        made = Settings(**settings)
        self.queue = LocalQueue(made, database, self.storage, Eyes(), evidence=self.evidence)

    def read(self, *contents: bytes) -> Task:
        uploads = [Upload(f"{at}.png", "image/png", io.BytesIO(content)) for at, content in enumerate(contents)]
        self.storage.put(_OWNER, uploads)
        return self.queue.read_now(_OWNER).result(60)


@pytest.fixture
def make(tmp_path: Path, database: Database) -> Iterator[Callable[..., Plant]]:
    plants: list[Plant] = []

    def build(**settings: Any) -> Plant:
        plants.append(Plant(tmp_path, database, **settings))
        return plants[-1]

    yield build
    for plant in plants:
        plant.queue.close()


def test_reading_says_its_number_and_keeps_all_that_was_said(make: Callable[..., Plant], picture: Encoded) -> None:
    plant = make()
    task = plant.read(picture(size=(40, 30)), picture(size=(41, 30)))
    ids = [detail["id"] for detail in task.details]
    assert not any("evidence" in detail for detail in task.details)
    with plant.database.read() as connection:
        kept = {row.hub_id: row for row in connection.execute(select(said))}
        places = {row.position: row.hub_id for row in connection.execute(select(reading))}
        owners = set(connection.scalars(select(review.c.owner)))
    assert [places[0], places[1]] == ids and owners == {_OWNER}
    whole = json.loads(kept[ids[1]].reading)
    assert whole == {name: value for name, value in task.details[1].items() if name != "id"}
    assert whole["marks"][0]["characters"][0]["text"] == "1"
    assert kept[ids[0]].model == identity()
    assert plant.queue.task(task.id).details == task.details


@pytest.mark.parametrize(
    ("setting", "kinds"), [("crop", {"small", "crop"}), ("whole", {"small", "crop", "whole"}), ("none", set())]
)
def test_picture_is_kept_as_the_setting_says(
    make: Callable[..., Plant], picture: Encoded, setting: str, kinds: set[str]
) -> None:
    plant, content = make(evidence=setting), picture(size=(40, 30))
    number = plant.read(content).details[0]["id"]
    with plant.database.read() as connection:
        row = connection.execute(select(said).where(said.c.hub_id == number)).one()
    files = json.loads(row.files)
    assert set(files) == kinds and bool(row.evidence) is bool(kinds)
    for kind, content_type in files.items():
        kept = plant.evidence.get(row.evidence, kind)
        assert content_type == ("image/png" if kind == "whole" else "image/jpeg")
        assert kept == content if kind == "whole" else kept.startswith(b"\xff\xd8")


def test_picture_that_cannot_be_kept_costs_no_reading(make: Callable[..., Plant], picture: Encoded) -> None:
    plant = make()
    (plant.folder / "evidence").write_text("no folder")
    number = plant.read(picture()).details[0]["id"]
    with plant.database.read() as connection:
        row = connection.execute(select(said).where(said.c.hub_id == number)).one()
    assert (row.evidence, row.files) == ("", "{}")
