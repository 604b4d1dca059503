"""Whatever way a picture comes, the decoder of the rooms looks at it: what breaks a codec must not end the server."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from handlers.aws.messages import Messages
from handlers.pictures import decoding
from handlers.pictures.decoding import Opened, PictureFacts
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.storage.base import Form, Upload
from handlers.tasks.intake import batch_of
from handlers.tasks.sqs import SqsQueue
from tests.buckets import NAME, s3, send
from tests.queues import create

Encoded = Callable[..., bytes]
_OWNER = "d" * 32


class Noting:
    """A decoder that notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def inspect(self, file: BinaryIO, name: str, *, max_pixels: int) -> PictureFacts:
        self.asked.append("inspect")
        return decoding.inspect(file, name, max_pixels=max_pixels)

    def open_picture(self, file: BinaryIO, name: str, *, max_pixels: int) -> Opened:
        self.asked.append("open_picture")
        return decoding.open_picture(file, name, max_pixels=max_pixels)

    def preview(self, file: BinaryIO, name: str, *, max_pixels: int) -> bytes:
        self.asked.append("preview")
        return decoding.preview(file, name, max_pixels=max_pixels)


@pytest.fixture
def decoder(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """That of all rooms."""
    noting = Noting()
    monkeypatch.setattr(Rooms, "decoder", noting)
    return noting


@pytest.fixture(params=["local", "cloud"])
def rooms(request: pytest.FixtureRequest, tmp_path: Path, decoder: Noting) -> Iterator[Rooms]:  # noqa: ARG001
    with ExitStack() as held:
        places: dict[str, Any] = {"data": tmp_path / "data"}
        if request.param == "cloud":
            held.enter_context(s3())
            places |= {"bucket": NAME, "queue_url": create(Messages("").client).url, "read_arrivals": True}
        rooms = Rooms(Settings.model_validate(places))
        held.callback(rooms.close)
        yield rooms


def _arrive(rooms: Rooms, content: bytes, *, alone: bool = False) -> Form:
    form = rooms.storage.presign(_OWNER, "1.png", "image/png", 9999, alone=alone)
    send(rooms.storage, form, io.BytesIO(content))
    return form


def test_reading_what_was_uploaded(rooms: Rooms, decoder: Noting, picture: Encoded) -> None:
    rooms.storage.put(_OWNER, [Upload("1.png", "image/png", io.BytesIO(picture()))])
    rooms.queue.read_now(_OWNER).result(60)
    assert decoder.asked == ["open_picture"]


def test_reading_what_arrived_by_a_form(rooms: Rooms, decoder: Noting, picture: Encoded) -> None:
    _arrive(rooms, picture())
    rooms.queue.read_now(_OWNER).result(60)
    assert decoder.asked == ["inspect", "open_picture"]


def test_looking_at_what_arrived_by_a_form(rooms: Rooms, decoder: Noting, picture: Encoded) -> None:
    _arrive(rooms, picture())
    batch_of(rooms.storage, _OWNER, rooms.settings.limits, rooms.decoder)
    assert decoder.asked == ["inspect"]


@pytest.mark.parametrize("rooms", ["cloud"], indirect=True)
def test_what_arrived_to_be_read_alone(rooms: Rooms, decoder: Noting, picture: Encoded) -> None:
    form = _arrive(rooms, picture(), alone=True)
    assert isinstance(rooms.queue, SqsQueue)
    task = rooms.queue.read_arrival(_OWNER, form.fields["key"].rpartition("/")[2])
    assert task is not None
    assert decoder.asked == ["inspect"]
    rooms.queue.work(task.id, 60.0)
    assert decoder.asked == ["inspect", "open_picture"]
