"""What storage promises, run against every implementation."""

import hashlib
import io
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from handlers.errors import NotFound
from handlers.storage.base import Arrival, Picture, Storage, Upload
from handlers.storage.local import LocalStorage
from handlers.storage.s3 import S3Storage
from tests.buckets import s3, send


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Storage]:
    if request.param == "local":
        yield LocalStorage(tmp_path / "uploads")
        return
    with s3() as bucket:
        yield S3Storage(bucket)


def _upload(name: str, content: bytes = b"x", content_type: str = "image/png") -> Upload:
    return Upload(name, content_type, io.BytesIO(content))


def _contents(storage: Storage, owner: str) -> list[bytes]:
    contents = []
    for picture in storage.batch(owner):
        with storage.open(picture) as file:
            contents.append(file.read())
    return contents


class _CutShort(io.BytesIO):
    """An upload whose source fails in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() >= 2_000_000:
            raise ConnectionResetError("the client went away")
        return super().read(size)


def test_what_is_put_comes_back_byte_for_byte_in_order(storage: Storage) -> None:
    contents = [os.urandom(3_000_000), b"", bytes(range(256))]
    put = storage.put("a", [_upload(f"{number}.png", content) for number, content in enumerate(contents)])
    assert _contents(storage, "a") == contents
    assert storage.batch("a") == put


def test_facts_are_kept(storage: Storage) -> None:
    content = os.urandom(1_500_000)
    (picture,) = storage.put("a", [_upload("轮毂 №1 — ümlaut.heic", content, "image/heic")])
    assert (picture.owner, picture.name, picture.content_type) == ("a", "轮毂 №1 — ümlaut.heic", "image/heic")
    assert (picture.size, picture.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert abs(datetime.now(UTC) - picture.stored) < timedelta(minutes=1)
    assert storage.batch("a") == [picture]


def test_file_is_read_from_its_start_in_pieces(storage: Storage) -> None:
    class Counting(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            Counting.largest = max(Counting.largest, size if size and size > 0 else 10**9)
            return super().read(size)

    file = Counting(b"0123456789" * 500_000)
    file.seek(7)
    storage.put("a", [Upload("x", "image/png", file)])
    assert _contents(storage, "a") == [b"0123456789" * 500_000]
    assert Counting.largest <= 8 * 1024 * 1024


def test_new_upload_replaces_the_batch_and_keep_adds_to_it(storage: Storage) -> None:
    storage.put("a", [_upload("1"), _upload("2")])
    storage.put("a", [_upload("3")])
    assert [picture.name for picture in storage.batch("a")] == ["3"]
    storage.put("a", [_upload("4"), _upload("3")], keep=True)
    assert [picture.name for picture in storage.batch("a")] == ["3", "4", "3"]


def test_owners_never_see_each_other(storage: Storage) -> None:
    storage.put("a", [_upload("x", b"of a")])
    storage.put("b", [_upload("x", b"of b")])
    assert (_contents(storage, "a"), _contents(storage, "b")) == ([b"of a"], [b"of b"])
    storage.clear("a")
    assert (_contents(storage, "a"), _contents(storage, "b")) == ([], [b"of b"])


def test_nothing_stored_is_an_empty_batch(storage: Storage) -> None:
    assert storage.batch("nobody") == []
    assert storage.clear("nobody") == 0
    assert storage.clear("nobody", "x") == 0


def test_clear_by_name_removes_those_and_only_those(storage: Storage) -> None:
    storage.put("a", [_upload("x"), _upload("y"), _upload("x")])
    assert storage.clear("a", "z") == 0
    assert storage.clear("a", "x") == 2
    assert [picture.name for picture in storage.batch("a")] == ["y"]
    assert storage.clear("a", "y") == 1
    assert storage.batch("a") == []


def test_batches_that_nobody_came_back_for_expire(storage: Storage) -> None:
    (old,) = storage.put("a", [_upload("x")])
    storage.put("b", [_upload("y")])
    assert storage.expire(old.stored.timestamp() - 1) == 0
    assert storage.expire(old.stored.timestamp() + 3600) == 2
    assert storage.batch("a") == storage.batch("b") == []
    assert storage.expire(0) == 0


def test_batch_that_was_added_to_lives_on_as_a_whole(storage: Storage) -> None:
    (old,) = storage.put("a", [_upload("x")])
    (new,) = storage.put("a", [_upload("y")], keep=True)
    assert storage.expire(new.stored.timestamp()) == 0
    assert storage.batch("a") == [old, new]


@pytest.mark.parametrize("name", [None, "x"])
def test_cleared_picture_cannot_be_opened(storage: Storage, name: str | None) -> None:
    (picture, _) = storage.put("a", [_upload("x"), _upload("y")])
    storage.clear("a", name)
    with pytest.raises(NotFound, match="x has been cleared"), storage.open(picture):
        pass


def test_replaced_pictures_stay_readable_for_who_began_with_them(storage: Storage) -> None:
    old = storage.put("a", [_upload("1", b"one"), _upload("2", b"two")])
    storage.put("a", [_upload("3")])
    storage.put("a", [_upload("4")])
    for picture, content in zip(old, [b"one", b"two"], strict=True):
        with storage.open(picture) as file:
            assert file.read() == content


@pytest.mark.parametrize("keep", [False, True])
def test_upload_that_fails_half_way_leaves_the_batch_as_it_was(storage: Storage, keep: bool) -> None:
    storage.put("a", [_upload("old", b"old")])
    broken: BinaryIO = _CutShort(os.urandom(5_000_000))
    with pytest.raises(ConnectionResetError):
        storage.put("a", [_upload("new"), Upload("cut", "image/png", broken)], keep=keep)
    assert _contents(storage, "a") == [b"old"]


@pytest.mark.parametrize("name", ["../b", "/etc/passwd", "a/../../b", "\0", "x" * 5000, "..", ""])
def test_wild_names_are_only_names(storage: Storage, name: str) -> None:
    storage.put("a", [_upload(name, b"wild"), _upload("tame", b"tame")])
    assert _contents(storage, "a") == [b"wild", b"tame"]
    assert storage.clear("a", name) == 1
    assert _contents(storage, "a") == [b"tame"]


def test_reader_sees_the_old_or_the_new_batch_and_never_a_mixture(storage: Storage) -> None:
    storage.put("a", [_upload("0", b"0")] * 3)
    stop = threading.Event()
    seen: list[set[bytes]] = []

    def read() -> None:
        while not stop.is_set():
            seen.append(set(_contents(storage, "a")))

    with ThreadPoolExecutor(2) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        for number in range(1, 40):
            storage.put("a", [_upload(str(number), str(number).encode()) for _ in range(3)])
        stop.set()
        for reader in readers:
            reader.result()
    assert seen
    assert all(len(contents) == 1 for contents in seen)


def test_concurrent_uploads_that_keep_lose_nothing(storage: Storage) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: storage.put("a", [_upload(str(number))], keep=True), range(40)))
    assert sorted(int(picture.name) for picture in storage.batch("a")) == list(range(40))


def test_many_pictures_are_one_batch_and_are_all_cleared(storage: Storage) -> None:
    put = storage.put("a", [_upload(str(number)) for number in range(1001)])
    assert storage.batch("a") == put
    assert storage.clear("a") == 1001
    for picture in (put[0], put[-1]):
        with pytest.raises(NotFound), storage.open(picture):
            pass


def test_concurrent_uploads_that_replace_leave_one_whole_batch(storage: Storage) -> None:
    def put(number: int) -> list[Picture]:
        return storage.put("a", [_upload(str(number), str(number).encode()) for _ in range(3)])

    with ThreadPoolExecutor(8) as threads:
        batches = list(threads.map(put, range(24)))
    assert storage.batch("a") in batches
    assert len(set(_contents(storage, "a"))) == 1
    for batch in batches:
        with storage.open(batch[0]) as file:
            assert file.read() == batch[0].name.encode(), "it was replaced, and stays for who began with it"


def _arrive(storage: Storage, name: str, content: bytes = b"x", *, keep: bool = False) -> Arrival:
    form = storage.presign("a", name, "image/png", len(content), keep=keep)
    send(storage, form, io.BytesIO(content))
    return storage.arrivals("a")[-1]


def _adopt(storage: Storage, arrival: Arrival) -> Picture | None:
    with storage.open(arrival) as file:
        return storage.adopt(arrival, "image/gif", file)


def test_what_came_by_a_form_waits_for_who_looks_at_it(storage: Storage) -> None:
    (old,) = storage.put("a", [_upload("old")])
    content = os.urandom(100_000)
    arrival = _arrive(storage, "轮毂 №1 — ümlaut 😀.png", content)
    assert (arrival.owner, arrival.name, arrival.size, arrival.keep) == ("a", "轮毂 №1 — ümlaut 😀.png", 100_000, False)
    assert storage.batch("a") == [old]
    assert storage.arrivals("b") == []
    picture = _adopt(storage, arrival)
    assert picture
    assert (picture.name, picture.content_type, picture.size) == (arrival.name, "image/gif", 100_000)
    assert picture.sha256 == hashlib.sha256(content).hexdigest()
    assert storage.batch("a") == [picture]
    assert (_contents(storage, "a"), storage.arrivals("a")) == ([content], [])


def test_arrivals_are_in_the_order_of_their_forms(storage: Storage) -> None:
    forms = [storage.presign("a", str(number), "image/png", 1, keep=number > 0) for number in range(5)]
    for form in reversed(forms):
        send(storage, form, io.BytesIO(b"x"))
    arrivals = storage.arrivals("a")
    assert [(arrival.name, arrival.keep) for arrival in arrivals] == [(str(n), n > 0) for n in range(5)]
    storage.put("a", [_upload("old")], keep=True)
    for arrival in arrivals:
        assert _adopt(storage, arrival)
    assert [picture.name for picture in storage.batch("a")] == ["0", "1", "2", "3", "4"]


def test_arrival_is_adopted_once_whoever_tries(storage: Storage) -> None:
    arrivals = [_arrive(storage, str(number), keep=True) for number in range(3)]

    def adopt(number: int) -> Picture | None:
        try:
            return _adopt(storage, arrivals[number % 3])
        except NotFound:
            return None

    with ThreadPoolExecutor(8) as threads:
        adopted = [picture for picture in threads.map(adopt, range(24)) if picture]
    assert sorted(picture.name for picture in adopted) == ["0", "1", "2"]
    assert {picture.key for picture in storage.batch("a")} == {picture.key for picture in adopted}


def test_arrival_that_was_replaced_meanwhile_is_not_adopted(storage: Storage) -> None:
    arrival = _arrive(storage, "arrived")
    with storage.open(arrival) as file:
        (new,) = storage.put("a", [_upload("new")])
        assert storage.adopt(arrival, "image/png", file) is None
    assert storage.batch("a") == [new]
    assert storage.arrivals("a") == []


@pytest.mark.parametrize("name", [None, "arrived"])
def test_arrival_that_was_cleared_meanwhile_is_not_adopted(storage: Storage, name: str | None) -> None:
    arrival = _arrive(storage, "arrived")
    with storage.open(arrival) as file:
        assert storage.clear("a", "other") == 0
        assert storage.clear("a", name) == 1
        assert storage.adopt(arrival, "image/png", file) is None
    assert storage.batch("a") == []
    assert storage.arrivals("a") == []
    with pytest.raises(NotFound, match="arrived has been cleared"), storage.open(arrival):
        pass


def test_discarded_arrival_is_gone(storage: Storage) -> None:
    arrival = _arrive(storage, "arrived")
    for _ in range(2):
        storage.discard(arrival)
    assert storage.arrivals("a") == []


def test_upload_that_keeps_leaves_arrivals_alone(storage: Storage) -> None:
    arrival = _arrive(storage, "arrived")
    storage.put("a", [_upload("new")], keep=True)
    assert storage.arrivals("a") == [arrival]


def test_arrivals_that_nobody_came_back_for_expire(storage: Storage) -> None:
    arrival = _arrive(storage, "arrived")
    storage.expire(time.time() - 60)
    assert storage.arrivals("a") == [arrival]
    assert storage.expire(time.time() + 60) == 0
    assert storage.arrivals("a") == []


@pytest.mark.parametrize("owner", ["", "..", "a/b", "a\\b", "a\0"])
def test_owner_that_is_no_plain_name_has_nothing_and_gets_nothing(storage: Storage, owner: str) -> None:
    for attempt in (
        lambda: storage.batch(owner),
        lambda: storage.arrivals(owner),
        lambda: storage.clear(owner),
        lambda: storage.put(owner, [_upload("x")], keep=True),
        lambda: storage.presign(owner, "x", "image/png", 1),
    ):
        with pytest.raises(NotFound):
            attempt()
