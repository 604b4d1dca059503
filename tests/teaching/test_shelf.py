"""Teachings are kept in the data folder or the bucket, used from the next reading on, and undone in one step."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.aws.bucket import Bucket
from handlers.errors import ChangedMeanwhile, ConfigurationError
from handlers.teaching.shelf import USED, BucketPlace, Folder, Place, Shelf
from tests.buckets import keys, s3
from tests.teaching.test_files import TEACHING

OTHER = replace(TEACHING, texts={"B7": 3})
_HOUR = 3600.0


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as held:
        yield Folder(tmp_path / "teaching") if request.param == "folder" else BucketPlace(held.enter_context(s3()))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def _used(shelf: Shelf) -> str | None:
    taught = shelf.current()
    return taught.name if taught else None


def test_nothing_is_taught_at_first(place: Place) -> None:
    shelf = Shelf(place)
    assert (shelf.names(), _used(shelf), shelf.undo(), shelf.saved()) == ([], None, "", {})


def test_the_last_one_is_used_and_undone_in_one_step(place: Place) -> None:
    shelf = Shelf(place)
    shelf.use(TEACHING)
    assert _used(shelf) == TEACHING.name
    shelf.use(OTHER)
    assert (_used(shelf), shelf.names()) == (OTHER.name, [TEACHING.name, OTHER.name])
    assert shelf.undo() == OTHER.name
    assert _used(shelf) == TEACHING.name
    assert shelf.teaching(TEACHING.name) == TEACHING
    assert shelf.undo() == TEACHING.name
    assert (_used(shelf), shelf.names()) == (None, [])


def test_another_process_uses_it_soon(place: Place) -> None:
    clock = Clock()
    here, there = Shelf(place), Shelf(place, clock)
    assert _used(there) is None
    here.use(TEACHING)
    clock.now = _HOUR
    assert _used(there) == TEACHING.name
    here.undo()
    clock.now = 2 * _HOUR
    assert _used(there) is None


@pytest.mark.parametrize("content", [b"garbage", b"{}", b"[7]", b'["../../etc/passwd"]', b"\xff\xfe"])
def test_a_garbled_list_is_said_and_pictures_are_read_without(
    place: Place, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    place.put(USED, content, None)
    shelf = Shelf(place)
    with pytest.raises(ConfigurationError, match=r"used\.json cannot be read .*: remove it\.$"):
        shelf.names()
    assert _used(shelf) is None
    assert "Pictures are read without a teaching." in caplog.text


@pytest.mark.parametrize("content", [b"\x80\x04garbage", None])
def test_a_garbled_teaching_is_said_and_can_be_undone(
    place: Place, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    if content:
        place.put(TEACHING.name, content, None)
    place.put(USED, f'["{TEACHING.name}"]'.encode(), None)
    shelf = Shelf(place)
    with pytest.raises(ConfigurationError, match="take it back with castmark teach --undo"):
        shelf.teaching(TEACHING.name)
    assert _used(shelf) is None
    assert "Pictures are read without a teaching." in caplog.text
    assert shelf.undo() == TEACHING.name


def test_what_was_saved_comes_back(place: Place, tmp_path: Path) -> None:
    shelf, other = Shelf(Folder(tmp_path / "before")), Shelf(place)
    other.use(OTHER)
    shelf.use(TEACHING)
    other.bring(shelf.saved())
    assert (other.names(), _used(other)) == ([TEACHING.name], TEACHING.name)


class TestBucket:
    def test_the_key_is_nobodys_upload(self) -> None:
        with s3() as bucket:
            Shelf(BucketPlace(bucket)).use(TEACHING)
            assert sorted(keys(bucket)) == [f"teaching/{TEACHING.name}.json", "teaching/used.json"]

    def test_two_who_change_it_at_once_do_not_lose_one(self) -> None:
        with s3() as bucket:
            early = _Interrupted(bucket, lambda: Shelf(BucketPlace(bucket)).use(OTHER))
            with pytest.raises(ChangedMeanwhile):
                Shelf(early).use(TEACHING)
            assert Shelf(BucketPlace(bucket)).names() == [OTHER.name]

    def test_a_minute_costs_one_request_where_there_is_none(self) -> None:
        with s3() as bucket:
            asked: list[str] = []
            bucket.client.meta.events.register("before-call.s3.GetObject", lambda **_: asked.append("get"))
            shelf = Shelf(BucketPlace(bucket), Clock())
            assert [_used(shelf) for _ in range(5)] == [None] * 5
            assert asked == ["get"]


class _Interrupted(BucketPlace):
    """Somebody else is quicker, right before the list is written."""

    def __init__(self, bucket: Bucket, interrupt: Callable[[], None]) -> None:
        super().__init__(bucket)
        self._interrupt = interrupt

    def put(self, name: str, content: bytes, tag: str | None) -> bool:
        if name == USED:
            self._interrupt()
        return super().put(name, content, tag)
