"""Pictures judged by their content: what is read, what is refused, and what becomes of it."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from handlers.errors import DamagedPicture, NotAPicture, TooLarge, WireError
from handlers.pictures.decoding import COLOURS, inspect, open_picture, preview

_MANY = 10**8
_RAMP = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (48, 1))
_GREY = Image.fromarray(_RAMP)
_KINDS = ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "HEIF"]


@pytest.fixture(scope="module", autouse=True)
def _heif_can_be_written() -> None:
    pillow_heif.register_heif_opener()


def _file(image: Image.Image, kind: str = "PNG", **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file


def _read(file: io.BytesIO) -> np.ndarray[Any, np.dtype[np.int64]]:
    grey = open_picture(file, "x", max_pixels=_MANY).grey
    assert grey.mode == "L"
    return np.asarray(grey).astype(np.int64)


@pytest.mark.parametrize("kind", _KINDS)
def test_every_kind_is_known_by_content_and_read(kind: str) -> None:
    file = _file(_GREY.convert("RGB"), kind)
    facts = inspect(file, "x.txt", max_pixels=_MANY)
    assert facts.content_type == {"HEIF": "image/heic"}.get(kind, f"image/{kind.lower()}")
    assert (facts.width, facts.height) == (64, 48)
    # 12 grey levels: what the lossiest of them (WebP, palette of GIF) may take away from a ramp.
    assert abs(_read(file) - _RAMP).max() <= 12


def test_several_jpegs_in_one_file_are_the_first() -> None:
    file = _file(_GREY, "MPO", save_all=True, append_images=[Image.new("L", (64, 48))])
    assert inspect(file, "x", max_pixels=_MANY).content_type == "image/jpeg"
    assert abs(_read(file) - _RAMP).max() <= 12


def test_first_frame_of_an_animation_counts() -> None:
    file = _file(_GREY, "GIF", save_all=True, append_images=[Image.new("L", (64, 48))])
    assert abs(_read(file) - _RAMP).max() == 0


@pytest.mark.parametrize(
    ("image", "kind", "tolerance"),
    [
        (_GREY.convert("P"), "PNG", 0),
        (_GREY.convert("LA"), "PNG", 0),
        (_GREY.convert("RGBA"), "PNG", 0),
        (_GREY.convert("CMYK"), "JPEG", 12),
        (_GREY.convert("CMYK"), "TIFF", 1),
        (_GREY.convert("RGB").convert("LAB"), "TIFF", 10),  # L is a perceptual grey, not this one
        (_GREY.convert("YCbCr"), "TIFF", 1),
        (Image.fromarray(_RAMP.astype(np.uint16) * 257), "PNG", 1),
        (Image.fromarray(_RAMP.astype(np.uint16) * 257), "TIFF", 1),
        (Image.fromarray(_RAMP.astype(np.uint16) * 16), "TIFF", 1),  # 12 bits in 16
        (Image.fromarray(_RAMP.astype(np.int32) * 257), "TIFF", 1),
        (Image.fromarray(_RAMP.astype(np.float32) / 255), "TIFF", 1),
    ],
    ids=lambda value: getattr(value, "mode", str(value)),
)
def test_every_mode_becomes_the_right_grey(image: Image.Image, kind: str, tolerance: int) -> None:
    assert abs(_read(_file(image, kind)) - _RAMP).max() <= tolerance


def test_one_bit_is_black_and_white() -> None:
    line_art = Image.fromarray(_RAMP > 127)
    assert np.array_equal(_read(_file(line_art)), np.where(_RAMP > 127, 255, 0))


def test_transparent_parts_are_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    assert _read(_file(image)).tolist() == [[0, 255]]


def test_transparent_palette_colour_is_white() -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.putpixel((1, 0), 1)
    assert _read(_file(image, "GIF", transparency=0)).tolist() == [[255, 76]]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_orientation_is_honoured(orientation: int, kind: str) -> None:
    """A corner that is dark in the upright picture is dark whatever way the camera was held."""
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("black", (0, 0, 16, 16))
    turns = [None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM]
    turns += [Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90]
    turns += [Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_270]
    turn = turns[orientation - 1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    # As bytes, pillow-heif writes the turn where phones write it: among the picture's transformations.
    file = _file(upright.transpose(turn) if turn is not None else upright, kind, exif=exif.tobytes())
    facts = inspect(file, "x", max_pixels=_MANY)
    assert (facts.width, facts.height) == (64, 32)
    grey = _read(file)
    assert grey[4:12, 4:12].max() < 60
    assert min(grey[20:, :].min(), grey[:, 24:].min()) > 200


def test_broken_orientation_is_ignored() -> None:
    file = _file(_GREY, "JPEG", exif=b"Exif\0\0" + b"II*\0\xff\xff\xff\xff broken")
    assert abs(_read(file) - _RAMP).max() <= 12


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 1000, b"hello, this is no picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7 ..."]
    + [
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"PK\3\4",
        b"\x7fELF" + bytes(100),
        b"GIF",
        b"P5 1 1 255\n0",
    ],
)
def test_what_is_no_picture_is_said_to_be_none(content: bytes) -> None:
    for look in (inspect, open_picture, preview):
        with pytest.raises(NotAPicture, match=r"^x\.jpg is not a picture that Castmark reads"):
            look(io.BytesIO(content), "x.jpg", max_pixels=_MANY)


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_picture_cut_short_is_damaged(kind: str, part: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (96, 96, 3), np.uint8))
    content = _file(noise, kind).getvalue()
    with pytest.raises(DamagedPicture, match=r"^y is damaged or cut short"):
        inspect(io.BytesIO(content[: int(len(content) * part)]), "y", max_pixels=_MANY)


@pytest.mark.parametrize("kind", _KINDS)
def test_flipped_bytes_never_do_more_than_be_refused(kind: str) -> None:
    content = bytearray(_file(_GREY.convert("RGB"), kind).getvalue())
    generator = np.random.default_rng(2)
    for _ in range(60):
        broken = content.copy()
        for place in generator.integers(0, len(broken), 3):
            broken[place] ^= int(generator.integers(1, 256))
        try:
            facts = inspect(io.BytesIO(bytes(broken)), "z", max_pixels=10**6)
        except WireError as error:
            assert str(error).startswith("z ")  # noqa: PT017  not every flip is one that is refused
        else:
            assert facts.width * facts.height <= 10**6


def _bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says it has `side` x `side` pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_decompression_bomb_is_refused_from_its_header() -> None:
    bomb = _bomb(50_000)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge, match=r"50000 x 50000 pixels \(2500 megapixels\); at most 64 megapixels"):
            inspect(io.BytesIO(bomb), "bomb.png", max_pixels=64_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_tile_larger_than_its_picture_is_refused_from_its_header() -> None:
    tags = [(256, 3, 16), (257, 3, 16), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1)]
    tags += [(322, 4, 44_000), (323, 4, 44_000), (324, 4, 500), (325, 4, 100)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    tiff = struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(400) + zlib.compress(bytes(10**6))
    with pytest.raises(TooLarge, match="44000 x 44000 pixels"):
        inspect(io.BytesIO(tiff), "tile.tif", max_pixels=64_000_000)


def test_jpeg_drawn_in_endless_passes_is_refused_before_it_is_drawn() -> None:
    content = _file(_GREY, "JPEG", progressive=True).getvalue()
    assert inspect(io.BytesIO(content), "x", max_pixels=_MANY).width == 64
    last = content.rindex(b"\xff\xda")
    passes = content[last:-2] * 200
    with pytest.raises(DamagedPicture, match="passes, which no camera does"):
        inspect(io.BytesIO(content[:last] + passes + content[-2:]), "x", max_pixels=_MANY)


def test_limit_is_the_last_that_passes() -> None:
    assert inspect(_file(_GREY), "x", max_pixels=64 * 48).width == 64
    with pytest.raises(TooLarge):
        inspect(_file(_GREY), "x", max_pixels=64 * 48 - 1)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16"])
def test_preview_is_a_small_upright_jpeg(mode: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = _file(Image.new(mode, (3000, 1000)), "TIFF", exif=exif)
    with Image.open(io.BytesIO(preview(file, "x", max_pixels=_MANY, longest=600))) as shown:
        assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", (200, 600))


def test_real_photos_are_upright(photos: Path) -> None:
    with (photos / "marks" / "roll-1.jpg").open("rb") as file:
        facts = inspect(file, "roll-1.jpg", max_pixels=64_000_000)
    assert (facts.content_type, facts.width, facts.height) == ("image/jpeg", 4000, 3000)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "YCbCr"])
def test_colours_come_upright_and_small(mode: str) -> None:
    image = Image.new("RGB", (2 * COLOURS, 90))
    image.paste("red", (0, 0, COLOURS, 90))
    image = image.convert(mode)
    kind = "PNG" if mode == "RGBA" else "JPEG"
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    colours = open_picture(_file(image, kind, exif=exif), "x", max_pixels=_MANY).colours
    assert colours is not None
    assert (colours.mode, colours.size) == ("RGB", (COLOURS, 45))
    left, right = (np.asarray(colours)[20, x].astype(int) for x in (COLOURS // 4, 3 * COLOURS // 4))
    assert right[0] > right[2] + 100
    assert abs(left - left[0]).max() < 30


def test_colours_under_transparency_are_on_white() -> None:
    colours = open_picture(_file(Image.new("RGBA", (40, 30), (9, 9, 9, 0))), "x", max_pixels=_MANY).colours
    assert colours is not None
    assert np.asarray(colours).min() == 255


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_grey_pictures_have_no_colours(mode: str) -> None:
    assert open_picture(_file(_GREY.convert(mode), "PNG"), "x", max_pixels=_MANY).colours is None
