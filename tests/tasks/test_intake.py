"""Taking uploads in: the good stored, the bad named, what was there before never lost."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from handlers.errors import NoFile, TooManyPictures, UploadRefused
from handlers.settings import Limits
from handlers.storage.local import LocalStorage
from handlers.tasks.intake import Received, plain_name, received, take_in
from tests.buckets import send

Encoded = Callable[..., bytes]


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path)


def _received(name: str, content: bytes) -> Received:
    return Received(name, io.BytesIO(content))


def _names(storage: LocalStorage) -> list[str]:
    return [picture.name for picture in storage.batch("a")]


def test_pictures_are_stored_in_order_with_the_type_of_their_content(storage: LocalStorage, picture: Encoded) -> None:
    sent = [_received("b.txt", picture("PNG")), _received("a.png", picture("JPEG"))]
    assert take_in(storage, "a", sent, Limits(), keep=False) == ["b.txt", "a.png"]
    assert [stored.content_type for stored in storage.batch("a")] == ["image/png", "image/jpeg"]


def test_nothing_sent_is_said(storage: LocalStorage) -> None:
    with pytest.raises(NoFile):
        take_in(storage, "a", [], Limits(), keep=False)


def test_bad_ones_are_named_and_the_others_stored(storage: LocalStorage, picture: Encoded) -> None:
    good = picture("PNG", (64, 64))
    sent = [_received("1.png", good), _received("cut.png", good[:80]), _received("2.png", good), _received("x", b"?")]
    with pytest.raises(UploadRefused) as refusal:
        take_in(storage, "a", sent, Limits(), keep=False)
    assert refusal.value.status == 422
    assert refusal.value.extra["files"] == ["1.png", "2.png"] == _names(storage)
    assert [refused["name"] for refused in refusal.value.extra["refused"]] == ["cut.png", "x"]
    assert "cut.png is damaged" in str(refusal.value)
    assert "Stored: 1.png, 2.png." in str(refusal.value)


def test_upload_without_one_good_picture_costs_nothing(storage: LocalStorage, picture: Encoded) -> None:
    take_in(storage, "a", [_received("old.png", picture())], Limits(), keep=False)
    with pytest.raises(UploadRefused) as refusal:
        take_in(storage, "a", [_received("new.txt", b"?")], Limits(), keep=False)
    assert refusal.value.status == 415
    assert refusal.value.extra["files"] == []
    assert _names(storage) == ["old.png"]


def test_batch_has_a_largest_size_and_is_not_begun_anew_for_it(storage: LocalStorage, picture: Encoded) -> None:
    limits = Limits(batch=2)
    for name in ("1.png", "2.png"):
        take_in(storage, "a", [_received(name, picture())], limits, keep=True)
    with pytest.raises(TooManyPictures, match="2 pictures at most, and 2 are there") as refusal:
        take_in(storage, "a", [_received("3.png", picture())], limits, keep=True)
    assert refusal.value.status == 409
    send(storage, storage.presign("a", "4.png", "image/png", 9999, keep=True), io.BytesIO(picture()))
    with pytest.raises(UploadRefused, match="2 pictures at most"):
        received(storage, "a", limits)
    assert _names(storage) == ["1.png", "2.png"]
    assert take_in(storage, "a", [_received("5.png", picture())], limits, keep=False) == ["5.png"]


def test_limits_are_the_settings(storage: LocalStorage, picture: Encoded) -> None:
    limits = Limits(file_mb=0.01, megapixels=0.001)
    with pytest.raises(UploadRefused, match=r"heavy\.bmp has 0\.1 MB; at most 0\.01 MB") as refusal:
        take_in(storage, "a", [_received("heavy.bmp", picture("BMP", (300, 300)))], limits, keep=False)
    assert refusal.value.status == 413
    with pytest.raises(UploadRefused, match=r"wide\.png has 100 x 100 pixels") as refusal:
        take_in(storage, "a", [_received("wide.png", picture("PNG", (100, 100)))], limits, keep=False)
    assert refusal.value.status == 413
    assert _names(storage) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("HOME1.jpg", "HOME1.jpg"),
        ("C:\\fakepath\\HOME1.jpg", "HOME1.jpg"),
        ("../../etc/passwd", "passwd"),
        ("/a/b/轮毂 1.jpg", "轮毂 1.jpg"),
        ("a\0b\n\u202ec.jpg", "abc.jpg"),
        ("a/", "picture"),
        ("..", ".."),
        ("é" * 300, "é" * 255),
    ],
)
def test_name_is_the_last_part_made_visible(sent: str, kept: str) -> None:
    assert plain_name(sent) == kept
