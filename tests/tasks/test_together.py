"""Photos of one mark: one task, many pictures, one record, however often it is delivered; more photos go on with it."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import delete, func, select

from handlers.aws.messages import Messages
from handlers.errors import NotFound, TooManyPictures
from handlers.lambda_.worker import Worker
from handlers.recognition.geometry import Line
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.recognition.weigh.calibration import confidence
from handlers.recognition.weigh.evidence import Crop, Place, weigh
from handlers.records import history
from handlers.records.corrections import Word, correct, steps_of
from handlers.records.database import Database
from handlers.records.history import evidence_of
from handlers.records.tables import reading, review, said, step
from handlers.records.tables import task as tasks
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.evidence import LocalEvidence
from handlers.storage.local import LocalStorage
from handlers.tasks import table
from handlers.tasks.base import MOST_TOGETHER, State, Task
from handlers.tasks.sqs import SqsQueue
from tests.queues import Context, sqs
from tests.recognition.steps import written

Encoded = Callable[..., bytes]
_OWNER = "a" * 32
_DOUBTED = {
    31: ("A27", {0: {"4": 0.5, "A": 0.45}}),
    32: ("A27", {2: {"1": 0.5, "7": 0.45}}),
    33: ("A27", {}),
    34: ("B55", {}),
}
_POISON = 39


class Died(BaseException):
    """What ends a process in the middle of a picture."""


class Eyes(Reader):
    """A reader to whom a picture's width says what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.dies = False

    def read(self, image: Image.Image, _: Image.Image | None = None) -> Reading:
        self.seen.append(image.width)
        if self.dies and image.width == _POISON:
            raise Died
        text, instead = _DOUBTED.get(image.width, ("", {}))
        if not text:
            return Reading.nothing(*image.size)
        line = Line((16.0, 12.0), 20.0, 8.0, 0.0)
        steps = written(text, instead=instead)
        weighed = weigh(Place(line, ((Crop(line, steps), Crop(line, steps, "marks")),)))
        assert weighed is not None
        sure = confidence(weighed)
        nothing = Reading.nothing(*image.size)
        return replace(nothing, text=weighed.text, confidence=sure, places=(replace(weighed, confidence=sure),))


class Plant:
    """A queue over SQS, a worker, and pictures of the widths given."""

    def __init__(self, folder: Path, database: Database, held: ExitStack) -> None:
        self.storage = LocalStorage(folder / "uploads")
        self.evidence = LocalEvidence(folder / "evidence")
        self.database = database
        self.eyes = Eyes()
        self.queues = held.enter_context(sqs())
        messages = Messages(self.queues.url)
        kept = (Settings(evidence="whole"), database, self.storage)
        self.queue = SqsQueue(*kept, self.eyes, messages, evidence=self.evidence)
        self.worker = Worker(self.queue, reads_arrivals=False)
        self.picture: Encoded = bytes

    def upload(self, *widths: int, keep: bool = False) -> None:
        made = [(f"{width}.png", self.picture(size=(width, 24))) for width in widths]
        self.storage.put(_OWNER, [Upload(name, "image/png", io.BytesIO(each)) for name, each in made], keep=keep)

    def read(self, *widths: int, keep: bool = False, together: bool = True) -> Task:
        self.upload(*widths, keep=keep)
        return self.queue.read_now(_OWNER, together=together).result(60)

    def deliver(self) -> None:
        """Deliver what waits, once; a function that dies in it has its claim lapse, and its message come again."""
        event = self.queues.event()
        try:
            self.queues.answer(event, self.worker(event, Context(300_000)))
        except Died:
            with self.database.read() as connection:
                workers = list(connection.scalars(select(tasks.c.worker)))
            self.database.write(lambda connection: table.renew(connection, workers, time.time() - 1))
        self.queues.wait_no_longer(event)

    def count(self, rows: Any) -> int:
        with self.database.read() as connection:
            return connection.scalar(select(func.count()).select_from(rows)) or 0

    def row(self, number: int) -> dict[str, Any]:
        with self.database.read() as connection:
            return history.one(connection, number)


@pytest.fixture
def plant(tmp_path: Path, database: Database, picture: Encoded) -> Iterator[Plant]:
    with ExitStack() as held:
        made = Plant(tmp_path, database, held)
        made.picture = picture
        yield made


def test_photos_of_one_mark_are_one_reading_with_all_of_them(plant: Plant) -> None:
    (detail,) = plant.read(31, 32).details
    assert detail["text"] == "A27" and detail["same_mark"]
    assert [(photo["name"], photo["text"], photo["shows"]) for photo in detail["photos"]] == [
        ("31.png", "427", "same"),
        ("32.png", "A21", "same"),
    ]
    assert detail["name"] == detail["photos"][detail["shown"]]["name"]
    assert plant.count(reading) == 1 and plant.row(detail["id"])["reading"]["text"] == "A27"


def test_each_photo_is_kept_with_the_record(plant: Plant) -> None:
    (detail,) = plant.read(31, 32).details
    shown = detail["shown"]
    with plant.database.read() as connection:
        whole = evidence_of(connection, detail["id"], "whole")
        each = [evidence_of(connection, detail["id"], "whole", photo) for photo in (0, 1)]
        with pytest.raises(NotFound):
            evidence_of(connection, detail["id"], "whole", 2)
    kept = [plant.evidence.get(one.key, "whole") for one in each]
    assert kept == [plant.picture(size=(31, 24)), plant.picture(size=(32, 24))]
    assert whole.key == each[shown].key


def test_another_part_is_told_and_left_out(plant: Plant) -> None:
    (detail,) = plant.read(33, 34).details
    assert (detail["text"] in ("A27", "B55"), detail["same_mark"], detail["needs_review"]) == (True, False, True)
    assert sorted(photo["shows"] for photo in detail["photos"]) == ["other", "same"]


def test_photo_that_cannot_be_read_costs_the_others_nothing(plant: Plant) -> None:
    plant.upload(31, 32)
    task = plant.queue.submit(_OWNER, together=True)
    with plant.storage.open(task.pictures[0]) as file:
        path = Path(str(file.name))
    path.unlink()
    plant.deliver()
    done = plant.queue.task(task.id)
    (detail,) = done.details
    assert done.state is State.COMPLETED and detail["text"] == "A21"
    assert "error" in detail["photos"][0] and detail["photos"][1]["shows"] == "same" and detail["shown"] == 1


def test_same_batch_together_is_one_task_and_another_than_apart(plant: Plant) -> None:
    first = plant.read(31, 32)
    assert plant.queue.read_now(_OWNER, together=True).result(60).id == first.id
    apart = plant.queue.read_now(_OWNER).result(60)
    assert apart.id != first.id and apart.texts == ["427", "A21"]


def test_single_photo_is_read_as_ever(plant: Plant) -> None:
    (detail,) = plant.read(31).details
    assert "photos" not in detail and detail["text"] == "427"


def test_too_many_photos_of_one_mark_are_refused(plant: Plant) -> None:
    plant.upload(*range(50, 51 + MOST_TOGETHER))
    with pytest.raises(TooManyPictures, match="of one mark"):
        plant.queue.submit(_OWNER, together=True)


def test_task_whose_process_died_is_read_anew_and_recorded_once(plant: Plant) -> None:
    plant.eyes.dies = True
    plant.upload(31, _POISON)
    task = plant.queue.submit(_OWNER, together=True)
    plant.deliver()
    assert (plant.queue.task(task.id).state, plant.count(reading)) == (State.PROCESSING, 0)
    plant.eyes.dies = False
    plant.deliver()
    plant.queue.messages.send({task.id: ""})
    plant.deliver()
    assert (plant.queue.task(task.id).texts, plant.count(reading), plant.count(step)) == (["427"], 1, 0)


def test_one_more_photo_goes_on_with_the_reading_of_those_before(plant: Plant) -> None:
    (first,) = plant.read(31).details
    (second,) = plant.read(32, keep=True).details
    assert second["id"] == first["id"] and (plant.count(reading), plant.count(said), plant.count(review)) == (1, 1, 1)
    row = plant.row(first["id"])
    assert (row["text"], row["machine_text"], len(row["reading"]["photos"])) == ("A27", "A27", 2)
    (went_on,) = row["steps"]
    assert (went_on["kind"], went_on["before"], went_on["text"], went_on["who"]) == (
        "together",
        "427",
        "A27",
        "castmark",
    )
    (third,) = plant.read(33, keep=True).details
    assert third["id"] == first["id"] and plant.count(reading) == 1
    assert plant.row(first["id"])["state"] == "sure"


def test_going_on_is_done_once_though_its_task_was_forgotten(plant: Plant) -> None:
    number = plant.read(31).details[0]["id"]
    plant.read(32, keep=True)
    steps = len(plant.row(number)["steps"])
    plant.database.write(lambda connection: connection.execute(delete(tasks)))
    assert plant.queue.read_now(_OWNER, together=True).result(60).details[0]["id"] == number
    assert (len(plant.row(number)["steps"]), plant.count(reading)) == (steps, 1)


def test_what_a_person_said_stands_when_more_photos_come(plant: Plant) -> None:
    number = plant.read(31).details[0]["id"]
    plant.database.write(lambda connection: correct(connection, number, "A29", Word("Li", 1.0)))
    plant.read(32, keep=True)
    row = plant.row(number)
    assert (row["text"], row["state"], row["machine_text"]) == ("A29", "corrected", "A27")
    with plant.database.read() as connection:
        assert [each.kind for each in steps_of(connection, number)] == ["correct"]


def test_whoever_is_another_s_photo_joins_nothing(plant: Plant) -> None:
    number = plant.read(31).details[0]["id"]
    (alone,) = plant.read(32, 33).details
    assert alone["id"] != number and json.dumps(plant.row(number)["reading"]).count("photos") == 0
