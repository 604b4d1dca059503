"""Files that other programs show and a strict reader calls damaged, brought to what it takes: nothing is made up.

A PNG's colour profile and notes are left out, however large they would unfold: nothing here looks at them. A JPEG
whose end marker was cut off gets one where every pixel is there.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from PIL.Image import Image

_PNG = b"\x89PNG\r\n\x1a\n"
_PROFILE, _NOTES = b"iCCP", (b"tEXt", b"zTXt", b"iTXt")
# Notes that may say how the camera was held.
_ORIENTING = (b"XML:com.adobe.xmp\0", b"Raw profile type exif\0", b"Raw profile type APP1\0", b"Raw profile type xmp\0")
_JPEG, _END = b"\xff\xd8\xff", b"\xff\xd9"
# What a decoder reads past the last pixel, where there is nothing: bits that draw something wherever one is missing.
_TAILS = (b"", b"\x2a\x95" * 4096, b"\xd5\x6a" * 4096, b"\x7f\xfe" * 4096)
_SCAN = 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
# A bit for each of the 64 coefficients of a block.
_ALL = 2**64 - 1
_STRIP = 256


def without_notes(file: BinaryIO) -> BinaryIO:
    """A PNG without its profile and notes, as a copy in memory; the file itself where it has none or is no PNG."""
    file.seek(0)
    if file.read(len(_PNG)) != _PNG:
        return file
    kept, dropped = [(0, len(_PNG))], False
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        begin = file.tell() - 8
        note = kind == _PROFILE or (kind in _NOTES and not file.read(32).startswith(_ORIENTING))
        dropped = dropped or note
        if not note:
            kept.append((begin, length + 12))
        file.seek(begin + length + 12)
    return _copied(file, kept) if dropped else file


def _copied(file: BinaryIO, parts: list[tuple[int, int]]) -> BinaryIO:
    copy = io.BytesIO()
    for begin, length in parts:
        file.seek(begin)
        copy.write(file.read(length))
    return copy


def with_end(file: BinaryIO) -> Iterator[BinaryIO]:
    """A JPEG that has no end marker, as copies that have one; none where it has, or where a pass over it is missing.

    Decoders draw what is missing from what comes after it, and only warn of it. The copies go on differently: where all
    of them show the same picture, every pixel is there.
    """
    file.seek(0)
    content = file.read()
    if not content.startswith(_JPEG) or _END in content[-64:] or not _has_all_passes(content):
        return
    for tail in _TAILS:
        yield io.BytesIO(content.removesuffix(b"\xff") + tail + _END)


def fingerprint(image: "Image") -> int:
    """The same for the same pixels; a strip at a time, so that they are not held twice."""
    found = 0
    for top in range(0, image.height, _STRIP):
        strip = image.crop((0, top, image.width, min(image.height, top + _STRIP)))
        found = zlib.crc32(strip.tobytes(), found)
    return found


def _has_all_passes(content: bytes) -> bool:
    """Whether each coefficient of each component is drawn to its last bit in some pass (T.81, B.2.2 and B.2.3)."""
    missing: dict[int, int] = {}
    for kind, segment in _segments(content):
        if kind in _FRAMES and len(segment) > 5:
            missing = dict.fromkeys(segment[6::3], _ALL)
        elif kind == _SCAN and len(segment) >= 4:
            first, last, bits = segment[-3:]
            for component in segment[1:-3:2] if not bits & 15 else b"":
                missing[component] = missing.get(component, _ALL) & ~(_ALL >> (63 - last) & _ALL << first)
    return bool(missing) and not any(missing.values())


def _segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The marker segments of a JPEG: the marker's second byte, and what follows its length."""
    place = content.find(b"\xff")
    while 0 <= place < len(content) - 4:
        kind = content[place + 1]
        if kind in (0x00, 0x01, 0xFF) or 0xD0 <= kind <= 0xD9:
            place = content.find(b"\xff", place + (1 if kind == 0xFF else 2))
            continue
        (length,) = struct.unpack_from(">H", content, place + 2)
        yield kind, content[place + 4 : place + 2 + length]
        place = content.find(b"\xff", place + 2 + length)
