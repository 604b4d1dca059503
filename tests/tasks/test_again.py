"""Calls that are made again: cut off by a gateway, repeated by a client, at the same time or much later."""

import io
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from handlers.access.caller import caller_with
from handlers.errors import KeyReused, ReadingFailed, StillReading
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Limits, Settings
from handlers.storage.base import Storage, Upload
from handlers.storage.local import LocalStorage
from handlers.storage.s3 import S3Storage
from handlers.tasks import table
from handlers.tasks.base import Queue, State
from handlers.tasks.intake import Received, take_in
from handlers.tasks.local import LocalQueue
from handlers.tasks.sqs import SqsQueue
from tests.buckets import s3
from tests.queues import cloud_queue

Encoded = Callable[..., bytes]
_OWNER = "a" * 32
_KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


class Eyes(Reader):
    """A reader that counts what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def read(self, image: Image.Image, _: Image.Image | None = None) -> Reading:
        self.seen += 1
        return Reading.nothing(image.width, image.height)


class House:
    def __init__(self, kind: str, folder: Path, database: Database, held: ExitStack) -> None:
        self.storage = LocalStorage(folder)
        self.folder = folder
        self.database = database
        self.eyes = Eyes()
        self.queue: Queue
        parts = (Settings(), database, self.storage, self.eyes)
        if kind == "sqs":
            self.queue, self.deliver = held.enter_context(cloud_queue(*parts))
        else:
            self.queue = LocalQueue(*parts)
            held.callback(self.queue.close)

    def upload(self, *contents: bytes) -> None:
        self.storage.put(_OWNER, [Upload(f"{n}.png", "image/png", io.BytesIO(c)) for n, c in enumerate(contents)])

    def records(self) -> int:
        with self.database.read() as connection:
            return len(all_records(connection)) - 1


@pytest.fixture(params=["local", "sqs"])
def house(request: pytest.FixtureRequest, tmp_path: Path, database: Database) -> Iterator[House]:
    with ExitStack() as held:
        yield House(request.param, tmp_path / "uploads", database, held)


@pytest.mark.parametrize("key", ["", "any"])
def test_start_that_is_repeated_reads_nothing_anew(house: House, picture: Encoded, key: str) -> None:
    house.upload(picture(), picture())
    first = house.queue.read_now(_OWNER, key).result(60)
    again = house.queue.read_now(_OWNER, key).result(60)
    assert (again.id, again.details) == (first.id, first.details)
    assert (house.eyes.seen, house.records()) == (2, 2)
    assert house.queue.submit(_OWNER, key).id == first.id


def test_start_repeated_at_the_same_time_is_one_reading(house: House, picture: Encoded) -> None:
    house.upload(picture())
    with ThreadPoolExecutor(3) as threads:
        done = list(threads.map(lambda _: house.queue.read_now(_OWNER).result(60), range(3)))
    assert len({task.id for task in done}) == 1
    assert (house.eyes.seen, house.records()) == (1, 1)


def test_another_batch_is_another_reading(house: House, picture: Encoded) -> None:
    for _ in range(2):
        house.upload(picture())
        house.queue.read_now(_OWNER).result(60)
    assert house.records() == 2


def test_same_key_has_the_same_answer_whatever_became_of_the_batch(house: House, picture: Encoded) -> None:
    house.upload(picture())
    first = house.queue.read_now(_OWNER, "k").result(60)
    house.storage.clear(_OWNER)
    assert house.queue.read_now(_OWNER, "k").result(60).id == first.id
    house.upload(picture())
    assert house.queue.read_now(_OWNER, "another").result(60).id != first.id
    assert house.records() == 2


def test_what_failed_is_read_again_and_what_was_read_is_not(house: House, picture: Encoded) -> None:
    house.upload(picture(), picture(size=(40, 24)))
    second = house.storage.batch(_OWNER)[1]
    stored = house.folder / _OWNER / second.key
    content = stored.read_bytes()
    stored.unlink()
    stored.mkdir()
    with pytest.raises(ReadingFailed):
        house.queue.read_now(_OWNER).result(60)
    stored.rmdir()
    stored.write_bytes(content)
    assert [detail["width"] for detail in house.queue.read_now(_OWNER).result(60).details] == [32, 40]
    assert (house.eyes.seen, house.records()) == (2, 2)


def test_task_that_was_forgotten_is_another_when_its_batch_is_read_again(house: House, picture: Encoded) -> None:
    house.upload(picture())
    first = house.queue.read_now(_OWNER).result(60)
    house.database.write(lambda connection: table.forget(connection, time.time() + 1))
    assert house.queue.read_now(_OWNER).result(60).id != first.id
    assert house.records() == 2


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_start_whose_function_was_stopped_is_read_by_its_repetition(
    tmp_path: Path, database: Database, picture: Encoded
) -> None:
    with ExitStack() as held:
        house = House("sqs", tmp_path / "uploads", database, held)
        house.upload(picture())
        queue = house.queue
        assert isinstance(queue, SqsQueue)
        waiting = queue.submit(_OWNER)
        now = time.time()
        stopped = database.write(lambda connection: table.claim(connection, "stopped", now, now + 60, waiting.id))
        assert stopped
        queue.patience = 0.0
        with pytest.raises(StillReading) as refusal:
            queue.read_now(_OWNER)
        assert (refusal.value.status, refusal.value.headers["Retry-After"]) == (503, "5")
        database.write(lambda connection: table.renew(connection, ["stopped"], now - 1))
        assert queue.read_now(_OWNER).result(60).state is State.COMPLETED
        assert house.records() == 1


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    with ExitStack() as held:
        yield LocalStorage(tmp_path / "a") if request.param == "local" else S3Storage(held.enter_context(s3()))


def _take_in(storage: Storage, content: bytes, key: str, *, keep: bool = False) -> list[str]:
    return take_in(storage, _OWNER, [Received("1.png", io.BytesIO(content))], Limits(), keep=keep, key=key)


@pytest.mark.parametrize("keep", [False, True])
def test_upload_that_is_repeated_changes_nothing(storage: Storage, picture: Encoded, keep: bool) -> None:
    assert _take_in(storage, picture(), "k", keep=keep) == ["1.png"]
    before = storage.batch(_OWNER)
    assert _take_in(storage, picture(), "k", keep=keep) == ["1.png"]
    assert storage.batch(_OWNER) == before
    _take_in(storage, picture(), "another", keep=keep)
    assert len(storage.batch(_OWNER)) == 1 + keep
    assert storage.batch(_OWNER) != before


def test_upload_that_comes_again_after_another_is_the_batch_again(storage: Storage, picture: Encoded) -> None:
    for key in ("k", "another", "k"):
        _take_in(storage, picture(), key)
    (stored,) = storage.batch(_OWNER)
    with storage.open(stored) as file:
        assert file.read() == picture()


def test_key_of_another_upload_is_refused(storage: Storage, picture: Encoded) -> None:
    _take_in(storage, picture(), "k")
    with pytest.raises(KeyReused, match="take a new one") as refusal:
        _take_in(storage, picture(size=(40, 24)), "k")
    assert refusal.value.status == 422


def test_keys_on_the_wire(make_client: Callable[..., TestClient], picture: Encoded) -> None:
    client = make_client(access="open")
    for _ in range(2):
        answer = client.post("/upload?keep=1", files={"f": ("1.png", picture())}, headers=_KEY)
        assert answer.json() == {"message": "Done", "files": ["1.png"]}
    assert [client.get("/start", headers=_KEY).json() for _ in range(2)] == [[""], [""]]
    assert len(client.get("/getdatabase").json()["result"]) == 2
    assert client.get("/start", headers={"Idempotency-Key": "x" * 256}).status_code == 400


def test_key_beside_a_uuid_in_the_body(make_client: Callable[..., TestClient], picture: Encoded) -> None:
    client = make_client()
    for _ in range(2):
        body = {"data": {"uuid": "me"}, "files": {"f": ("1.png", picture())}}
        assert client.post("/upload?keep=1", headers=_KEY, **body).json()["files"] == ["1.png"]  # type: ignore[arg-type]
    storage = client.app.state.rooms.storage  # type: ignore[attr-defined]
    assert len(storage.batch(caller_with("me").owner)) == 1
