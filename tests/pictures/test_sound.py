"""Pictures that are whole although a strict reader calls them damaged, and those that only look so."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from handlers.errors import DamagedPicture
from handlers.pictures.decoding import inspect, open_picture
from handlers.pictures.sound import without_notes

_MANY = 10**8
_NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 255, (60, 90, 3), np.uint8)).resize((180, 120))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(*chunks: bytes) -> bytes:
    """A picture with those chunks after its header."""
    file = io.BytesIO()
    _NOISE.save(file, "PNG")
    return file.getvalue()[:33] + b"".join(chunks) + file.getvalue()[33:]


def _jpeg(mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    _NOISE.convert(mode).save(file, "JPEG", **options)
    return file.getvalue()


def _grey(content: bytes) -> bytes:
    return open_picture(io.BytesIO(content), "x", max_pixels=_MANY).grey.tobytes()


_LARGE = zlib.compress(bytes(3_000_000))


@pytest.mark.parametrize(
    "chunk",
    [
        _chunk(b"iCCP", b"profile\0\0" + _LARGE),
        _chunk(b"iCCP", b"profile\0\0 and this is no compressed data"),
        _chunk(b"zTXt", b"Comment\0\0" + _LARGE),
        _chunk(b"iTXt", b"Comment\0\1\0\0\0" + _LARGE),
        _chunk(b"tEXt", b"Comment\0" + b"x" * 3_000_000),
    ],
)
def test_png_is_whole_however_large_its_profile_and_notes_unfold(chunk: bytes) -> None:
    assert _grey(_png(chunk)) == _grey(_png())


def test_png_without_profile_and_notes_is_not_copied() -> None:
    file = io.BytesIO(_png())
    assert without_notes(file) is file


def test_note_that_says_how_the_camera_was_held_is_kept() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><tiff:Orientation>6</tiff:Orientation></x:xmpmeta>'
    content = _png(_chunk(b"tEXt", b"Comment\0x"), _chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp))
    facts = inspect(io.BytesIO(content), "x", max_pixels=_MANY)
    assert (facts.width, facts.height) == (120, 180)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_without_its_end_marker_is_whole(mode: str, progressive: bool) -> None:
    content = _jpeg(mode, progressive=progressive)
    assert content.endswith(b"\xff\xd9")
    for cut in (1, 2):
        assert _grey(content[:-cut]) == _grey(content)


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("quality", [40, 95])
def test_jpeg_that_lacks_pixels_stays_refused(quality: int, progressive: bool) -> None:
    content = _jpeg(quality=quality, progressive=progressive)
    for cut in (5, 6, 7, 20, 500, len(content) // 2):
        with pytest.raises(DamagedPicture):
            inspect(io.BytesIO(content[:-cut]), "x", max_pixels=_MANY)


def test_jpeg_that_lacks_whole_passes_stays_refused() -> None:
    """Each of them is a whole picture to a decoder that does not ask what is missing."""
    content = _jpeg(progressive=True)
    passes = [place for place in range(len(content) - 1) if content[place : place + 2] == b"\xff\xda"]
    assert len(passes) > 5
    for place in passes[1:]:
        begin = max(content.rfind(marker, 0, place) for marker in (b"\xff\xc4", b"\xff\xda"))
        for end in (place, begin):
            with pytest.raises(DamagedPicture):
                inspect(io.BytesIO(content[:end]), "x", max_pixels=_MANY)


def test_what_a_phone_appends_after_a_picture_is_no_damage() -> None:
    assert _grey(_jpeg() + bytes(1000)) == _grey(_jpeg())


def test_picture_cut_within_its_header_is_damaged() -> None:
    with pytest.raises(DamagedPicture):
        inspect(io.BytesIO(_jpeg()[:200]), "x", max_pixels=_MANY)
