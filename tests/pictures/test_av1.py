"""Frames of AVIF files, by what their AV1 data say."""

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from handlers.errors import TooLarge
from handlers.pictures.av1 import frame_sizes
from handlers.pictures.decoding import inspect


def _avif(width: int, height: int, mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (width, height)).save(file, "AVIF", **options)
    return file.getvalue()


def _lying(width: int, height: int) -> bytes:
    """An AVIF of that size whose container says 64 x 64."""
    honest, said = struct.pack(">II", width, height), struct.pack(">II", 64, 64)
    content = _avif(width, height)
    assert content.count(b"ispe\0\0\0\0" + honest) == 1
    return content.replace(b"ispe\0\0\0\0" + honest, b"ispe\0\0\0\0" + said)


def test_size_is_that_of_the_frames_whatever_the_container_says() -> None:
    assert frame_sizes(io.BytesIO(_avif(333, 127))) == [(333, 127)]
    assert frame_sizes(io.BytesIO(_lying(333, 127))) == [(333, 127)]


def test_transparency_and_films_have_frames_of_their_own() -> None:
    assert frame_sizes(io.BytesIO(_avif(40, 30, "RGBA"))) == [(40, 30), (40, 30)]
    film = _avif(40, 30, save_all=True, append_images=[Image.new("RGB", (40, 30), "red")])
    assert set(frame_sizes(io.BytesIO(film))) == {(40, 30)}


def test_picture_that_lies_about_its_size_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLarge, match=r"^x has 1200 x 1000 pixels"):
        inspect(io.BytesIO(_lying(1200, 1000)), "x", max_pixels=1_000_000)
    assert inspect(io.BytesIO(_lying(1200, 800)), "x", max_pixels=1_000_000).width == 64


class _Writer:
    def __init__(self) -> None:
        self.bits = ""

    def __call__(self, value: int, count: int) -> None:
        self.bits += f"{value:0{count}b}"

    def unit(self) -> bytes:
        """As a unit of its own, after a delimiter, with an extension and its length."""
        data = int(self.bits.ljust(-len(self.bits) // 8 * -8, "0"), 2).to_bytes((len(self.bits) + 7) // 8)
        return b"\x12\0" + bytes((1 << 3 | 1 << 2 | 1 << 1, 0, len(data))) + data


def _with_everything(width: int, height: int, uvlc: str) -> bytes:
    """A sequence header that has every part which may stand before its size."""
    write = _Writer()
    for value, count in [(0, 3), (0, 1), (0, 1), (1, 1), (7, 32), (9, 32), (1, 1)]:
        write(value, count)
    write.bits += uvlc
    for value, count in [(1, 1), (4, 5), (1, 32), (2, 5), (3, 5), (1, 1), (1, 5)]:
        write(value, count)
    for level in (5, 9):
        write(0, 12)
        write(level, 5)
        if level > 7:
            write(1, 1)
        for value, count in [(1, 1), (3, 5), (4, 5), (1, 1), (1, 1), (6, 4)]:
            write(value, count)
    for value, count in [(13, 4), (13, 4), (width - 1, 14), (height - 1, 14)]:
        write(value, count)
    return write.unit()


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8, kind) + body


@pytest.mark.parametrize("uvlc", ["1", "00101", "0" * 32 + "1"])
def test_every_part_before_the_size_is_passed_over(uvlc: str) -> None:
    configuration = _box(b"av1C", b"\x81\0\0\0", _with_everything(9000, 7000, uvlc))
    file = _box(b"meta", bytes(4), _box(b"iprp", _box(b"ipco", configuration)))
    assert frame_sizes(io.BytesIO(file)) == [(9000, 7000)]


def _located(version: int, method: int) -> bytes:
    unit = _with_everything(9000, 7000, "1")
    number = ">I" if version == 2 else ">H"
    item = struct.pack(number, 1) + (struct.pack(">H", method) if version else b"") + bytes(2)
    place = 0 if method else 8
    item += struct.pack(">Q", 0) + struct.pack(">H", 1) + (b"\0" * 4 if version else b"") + struct.pack(">II", place, 0)
    sizes = bytes((0x44, 0x84 if version else 0x80))
    iloc = _box(b"iloc", bytes((version, 0, 0, 0)), sizes, struct.pack(number, 1), item)
    meta = _box(b"meta", bytes(4), iloc, _box(b"idat", unit) if method else b"")
    return (b"" if method else _box(b"mdat", unit)) + meta


@pytest.mark.parametrize(("version", "method"), [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1)])
def test_items_are_found_wherever_they_lie(version: int, method: int) -> None:
    assert (9000, 7000) in frame_sizes(io.BytesIO(_located(version, method)))


@pytest.mark.parametrize("make", [lambda: _avif(64, 48, "RGBA"), lambda: _located(2, 1)])
def test_broken_files_end(make: Callable[[], bytes]) -> None:
    content = make()
    generator = np.random.default_rng(3)
    for length in range(0, len(content), 3):
        assert isinstance(frame_sizes(io.BytesIO(content[:length])), list)
    for _ in range(300):
        broken = bytearray(content)
        for place in generator.integers(0, len(broken), 4):
            broken[place] = int(generator.choice([0, 1, 255, 128]))
        assert isinstance(frame_sizes(io.BytesIO(bytes(broken))), list)
