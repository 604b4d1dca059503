"""Decoding in processes apart, with real ones: the same answers, and what a picture cannot do to anybody else."""

import io
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from handlers.errors import DamagedPicture, DecodingBusy, NotAPicture, TooLarge, WireError
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.pictures.pool import MOST_WAITING, Pool, memory_for

_MANY = 64_000_000


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    opened = Pool(1, _MANY)
    yield opened
    opened.close()


def _file(kind: str = "PNG", size: tuple[int, int] = (64, 48), **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    Image.effect_noise(size, 90).save(file, kind, **options)
    return file


def _large() -> io.BytesIO:
    """A picture that takes some seconds to decode, and none to make."""
    file = io.BytesIO()
    Image.new("RGB", (7900, 7900)).save(file, "PNG", compress_level=1)
    return file


def _pid(pool: Pool) -> int:
    process = pool._free.get()
    pool._free.put(process)
    assert process
    return process._process.pid


def _memory(pid: int, what: str) -> int:
    """In bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(what))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_answers_are_those_of_this_process(pool: Pool, kind: str) -> None:
    file = _file(kind)
    decoders: list[Decoder] = [pool, decoding]
    assert len({each.inspect(file, "x", max_pixels=_MANY) for each in decoders}) == 1
    opened = [each.open_picture(file, "x", max_pixels=_MANY) for each in decoders]
    assert len({each.grey.tobytes() for each in opened}) == 1
    assert len({each.colours.tobytes() if each.colours else b"" for each in opened}) == 1
    assert len({each.preview(file, "x", max_pixels=_MANY) for each in decoders}) == 1


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"text", NotAPicture), (_file().getvalue()[:900], DamagedPicture), (_file(size=(9, 999)).getvalue(), TooLarge)],
)
def test_refusals_are_those_of_this_process(pool: Pool, content: bytes, kind: type[WireError]) -> None:
    said = set()
    decoders: list[Decoder] = [pool, decoding]
    for each in decoders:
        with pytest.raises(kind) as refused:
            each.inspect(io.BytesIO(content), "轮.jpg", max_pixels=5000)
        said.add(str(refused.value))
    assert len(said) == 1


def test_picture_that_wants_more_memory_than_one_may_have_is_refused_and_nothing_else() -> None:
    pool = Pool(1, max_pixels=1_000_000)
    try:
        for look in (pool.inspect, pool.preview, pool.open_picture):
            with pytest.raises(TooLarge, match=r"^x takes more memory"):
                look(_large(), "x", max_pixels=_MANY)
            with pytest.raises((TooLarge, DamagedPicture)):
                # Its library does not say why it failed.
                look(_large_webp(), "x", max_pixels=_MANY)
        pid = _pid(pool)
        assert pool.inspect(_file(), "x", max_pixels=_MANY).width == 64
        assert _pid(pool) == pid
    finally:
        pool.close()


def _large_webp() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (6000, 6000)).save(file, "WEBP", quality=1, method=0)
    return file


def test_memory_of_a_large_picture_is_bounded_and_given_back(pool: Pool) -> None:
    pool.inspect(_file(), "x", max_pixels=_MANY)
    before = _memory(_pid(pool), "VmRSS")
    webp = _large_webp()
    for _ in range(3):
        pool.preview(webp, "x", max_pixels=_MANY)
    assert _memory(_pid(pool), "VmHWM") < memory_for(_MANY)
    assert _memory(_pid(pool), "VmRSS") < before + 100 * 1024 * 1024


def test_picture_that_takes_too_long_is_refused_and_the_next_is_not() -> None:
    pool = Pool(1, _MANY, seconds=1.5)
    try:
        pool.inspect(_file(), "x", max_pixels=_MANY)
        os.kill(_pid(pool), signal.SIGSTOP)
        with pytest.raises(DamagedPicture, match=r"^x takes longer than 1\.5 seconds"):
            pool.inspect(_file(), "x", max_pixels=_MANY)
    finally:
        pool.close()


def _while_decoding(pool: Pool, then: Callable[[int], None]) -> Any:
    """What a large picture's inspection comes to, when `then` is done to each process that decodes it."""
    ended: set[int] = set()

    def watch() -> None:
        while not over.is_set():
            for pid in _children() - ended:
                if _memory(pid, "VmRSS") > 60_000_000:
                    ended.add(pid)
                    then(pid)

    over = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return pool.inspect(_large(), "x", max_pixels=_MANY)
    finally:
        over.set()
        watcher.join()


def _children() -> set[int]:
    found = set()
    for task in Path(f"/proc/{os.getpid()}/task").iterdir():
        try:
            found |= {int(pid) for pid in (task / "children").read_text().split()}
        except OSError:
            continue
    return {pid for pid in found if b"handlers.pictures.worker" in _command(pid)}


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def test_process_that_ended_for_another_reason_costs_nothing(pool: Pool) -> None:
    pool.inspect(_file(), "x", max_pixels=_MANY)
    os.kill(_pid(pool), signal.SIGKILL)
    assert pool.inspect(_file(), "x", max_pixels=_MANY).width == 64


def test_picture_that_ends_two_processes_is_refused_and_the_next_finds_a_new_one() -> None:
    pool = Pool(1, _MANY)
    try:
        with pytest.raises(DamagedPicture, match=r"^x cannot be decoded"):
            _while_decoding(pool, lambda pid: os.kill(pid, signal.SIGSEGV))
        assert pool.inspect(_file(), "x", max_pixels=_MANY).width == 64
    finally:
        pool.close()


def test_no_more_threads_wait_than_may_and_those_that_read_always_do() -> None:
    pool = Pool(1, _MANY)
    many = MOST_WAITING + 5
    try:
        with ThreadPoolExecutor(many) as threads:
            pool.inspect(_file(), "x", max_pixels=_MANY)
            process = pool._free.get()
            asked = [threads.submit(pool.inspect, _file(), "x", max_pixels=_MANY) for _ in range(many - 1)]
            reading = threads.submit(pool.open_picture, _file(), "x", max_pixels=_MANY)
            refused = 0
            while refused < many - 1 - MOST_WAITING - 1:
                refused = sum(each.done() and isinstance(each.exception(), DecodingBusy) for each in asked)
            pool._free.put(process)
            assert sum(each.exception() is None for each in asked) == MOST_WAITING + 1
            assert reading.result().grey.size == (64, 48)
    finally:
        pool.close()


def test_processes_know_no_secrets_and_end_with_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_TOKEN", "a token of sixteen")
    pool = Pool(1, _MANY)
    pool.inspect(_file(), "x", max_pixels=_MANY)
    pid = _pid(pool)
    assert b"CASTMARK" not in Path(f"/proc/{pid}/environ").read_bytes()
    pool.close()
    assert not Path(f"/proc/{pid}").exists()


def test_grey_pictures_are_as_good_as_any(pool: Pool) -> None:
    grey = pool.open_picture(_file(), "x", max_pixels=_MANY).grey
    assert grey.resize((8, 8)).getbbox() == (0, 0, 8, 8)
    assert np.asarray(grey).shape == (48, 64)
