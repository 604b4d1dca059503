"""How large the frames of an AVIF really are: what its AV1 data say, which is what gets decoded.

The size that the container claims is only what the decoded picture is scaled to. Read here are the sequence headers
(AV1 specification, 5.5) of all items (ISO 14496-12, `iloc`) and of the first samples of all tracks.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"iprp", b"ipco"})
_SEQUENCE_HEADER = 1
# More than any file has that shows one picture; a sequence header is in the first few of an item's units.
_MOST_BOXES, _MOST_UNITS = 10_000, 64
_Place = tuple[int, int]


def frame_sizes(file: BinaryIO) -> list[tuple[int, int]]:
    """Width and height of the largest frames that each sequence header in `file` allows. Broken parts are left out."""
    sizes = []
    for begin, length in _places(file):
        for place, size in _sequence_headers(file, begin, length):
            file.seek(place)
            try:
                sizes.append(_size(_Bits(file.read(size))))
            except IndexError:
                continue
    return sizes


class _Bits:
    """Numbers from the bits of `data`, highest first. Raises IndexError at its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def __call__(self, count: int) -> int:
        number = 0
        for place in range(self._place, self._place + count):
            number = number << 1 | self._data[place >> 3] >> (7 - (place & 7)) & 1
        self._place += count
        return number

    def uvlc(self) -> None:
        """Pass over a number of variable length (4.10.3)."""
        zeros = 0
        while not self(1):
            zeros += 1
        self(zeros if zeros < 32 else 0)


def _size(bits: _Bits) -> tuple[int, int]:
    """The largest width and height of a sequence header (5.5.1)."""
    bits(3 + 1)
    if bits(1):
        bits(5)
    else:
        _operating_points(bits)
    widths, heights = bits(4) + 1, bits(4) + 1
    return bits(widths) + 1, bits(heights) + 1


def _operating_points(bits: _Bits) -> None:
    delay_bits = _timing(bits) if bits(1) else 0
    displays = bits(1)
    for _ in range(bits(5) + 1):
        bits(12)
        if bits(5) > 7:
            bits(1)
        if delay_bits and bits(1):
            bits(2 * delay_bits + 1)
        if displays and bits(1):
            bits(4)


def _timing(bits: _Bits) -> int:
    """Pass over the timing; the length of its delays in bits, and 0 where there are none (5.5.3, 5.5.4)."""
    bits(64)
    if bits(1):
        bits.uvlc()
    if not bits(1):
        return 0
    delay_bits = bits(5) + 1
    bits(32 + 5 + 5)
    return delay_bits


def _sequence_headers(file: BinaryIO, begin: int, length: int) -> Iterator[_Place]:
    """Where the sequence headers lie among the units (5.3) from `begin` on."""
    place, end = begin, begin + length
    for _ in range(_MOST_UNITS):
        if place >= end:
            return
        file.seek(place)
        head = file.read(10).ljust(10, b"\0")
        extended, sized = head[0] >> 2 & 1, head[0] >> 1 & 1
        start = 1 + extended
        size, used = _leb128(head[start:]) if sized else (end - place - start, 0)
        if head[0] >> 3 & 15 == _SEQUENCE_HEADER:
            yield place + start + used, min(size, 256)
        place += start + used + size


def _leb128(data: bytes) -> tuple[int, int]:
    """A number of seven bits a byte, lowest first, and how many bytes it takes."""
    number = 0
    for used, byte in enumerate(data[:8]):
        number |= (byte & 127) << 7 * used
        if not byte & 128:
            return number, used + 1
    return number, len(data)


def _places(file: BinaryIO) -> Iterator[_Place]:
    """Where AV1 units begin, and how many bytes of them there are."""
    end = file.seek(0, 2)
    own_data = 0
    found: list[tuple[int, int, int]] = []
    for kind, begin, length in _boxes(file, 0, end):
        file.seek(begin)
        body = file.read(min(length, 1 << 20)) if kind in (b"iloc", b"stco", b"co64") else b""
        if kind == b"av1C":
            yield begin + 4, length - 4
        if kind == b"idat":
            own_data = begin
        try:
            found += _located(kind, body)
        except (IndexError, struct.error):
            continue
    for method, at, length in found:
        place = own_data + at if method == 1 else at
        yield place, min(length or end, end - place)


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes from `begin` to `end` and those within them: kind, place and length of what they hold."""
    waiting = [(begin, end)]
    for _ in range(_MOST_BOXES):
        if not waiting:
            return
        place, end = waiting.pop()
        if place + 8 > end:
            continue
        file.seek(place)
        head = file.read(16)
        size, kind = struct.unpack(">I4s", head[:8])
        start = 8
        if size == 1 and len(head) == 16:
            start, size = 16, struct.unpack(">Q", head[8:])[0]
        size = size if size >= start else end - place
        waiting.append((place + size, end))
        inside = {b"meta": 4, b"stsd": 8, b"av01": 78}.get(kind, 0)
        if inside or kind in _CONTAINERS:
            waiting.append((place + start + inside, min(end, place + size)))
        yield kind, place + start, size - start


def _located(kind: bytes, body: bytes) -> Iterator[tuple[int, int, int]]:
    """Method, place and length of the data that an `iloc` names, or where the chunks of a track begin."""
    if kind in (b"stco", b"co64"):
        letter, size = ("I", 4) if kind == b"stco" else ("Q", 8)
        count = min(struct.unpack_from(">I", body, 4)[0], 64)
        yield from ((0, struct.unpack_from(f">{letter}", body, 8 + n * size)[0], 0) for n in range(count))
    elif kind == b"iloc":
        yield from _items(body)


def _items(body: bytes) -> Iterator[tuple[int, int, int]]:
    version, (offset_size, length_size) = body[0], (body[4] >> 4, body[4] & 15)
    base_size, index_size = body[5] >> 4, body[5] & 15 if version else 0
    number = _Numbers(body, 6)
    for _ in range(number(2 if version < 2 else 4)):
        number(2 if version < 2 else 4)
        method = number(2) & 15 if version else 0
        number(2)
        base = number(base_size)
        for _ in range(number(2)):
            number(index_size)
            yield method, base + number(offset_size), number(length_size)


class _Numbers:
    """Numbers of so many bytes each, one after the other. Raises IndexError at the end."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place

    def __call__(self, size: int) -> int:
        if self._place + size > len(self._data):
            raise IndexError(size)
        self._place += size
        return int.from_bytes(self._data[self._place - size : self._place])
