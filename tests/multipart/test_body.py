"""Reading multipart bodies, however they arrive and whatever they ask for."""

import asyncio
import io
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Mapping

import pytest
from PIL import Image

from handlers.errors import BadRequest, NotAllowed, TooLarge
from handlers.multipart.body import Admit, Bounds, Form, Sent, Text, multipart

_KIND = "multipart/form-data; boundary=bXb"
_MANY = Bounds(20, 10**6)


def _picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("L", (8, 8)).save(file, kind)
    return file.getvalue()


def _part(disposition: str, content: bytes, *more: str) -> bytes:
    headers = "".join(f"{line}\r\n" for line in (f"Content-Disposition: form-data{disposition}", *more))
    return b"--bXb\r\n" + headers.encode() + b"\r\n" + content + b"\r\n"


def _body(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--bXb--\r\n"


def _read(
    body: bytes | Iterable[bytes], bounds: Bounds = _MANY, kind: str = _KIND, admit: Admit = lambda _: None
) -> list[tuple[str, str | bytes, int]]:
    """Of each part its name, its text or what was kept of it, and how much came."""

    async def stream() -> AsyncIterator[bytes]:
        for piece in [body] if isinstance(body, bytes) else body:
            yield piece

    async def read() -> list[tuple[str, str | bytes, int]]:
        async with multipart(kind, stream(), bounds, admit) as form:
            return [_seen(part) for part in form.parts]

    return asyncio.run(read())


def _seen(part: Text | Sent) -> tuple[str, str | bytes, int]:
    return (part.field, part.text, -1) if isinstance(part, Text) else (part.name, part.file.read(), part.size)


def test_files_and_fields_in_order() -> None:
    png = _picture()
    body = _body(_part('; name="uuid"', b"me"), _part('; name="f"; filename="a.png"', png), _part('; name="g"', b""))
    assert _read(body) == [("uuid", "me", -1), ("a.png", png, len(png)), ("g", "", -1)]


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_pieces_of_any_size_are_the_same_body(size: int) -> None:
    body = b"a preamble\r\n" + _body(
        _part('; name="f"; filename="x"', b"\r\n--bXa \r\n--bX"), _part('; name="轮"', b"9")
    )
    assert _read(body[at : at + size] for at in range(0, len(body), size)) == _read(body)
    assert len(_read(body)) == 2


@pytest.mark.parametrize(
    "before", [b"", b"\r\n", b"This is a message in MIME format.\r\n", b"--bX\r\n", b"x" * 9999 + b"\n"]
)
def test_preamble_is_passed_over(before: bytes) -> None:
    assert _read(before + _body(_part('; name="f"', b"1"))) == [("f", "1", -1)]


@pytest.mark.parametrize(
    ("disposition", "more", "name"),
    [
        ("; name=\"file\"; filename*=utf-8''%E8%BD%AE%E6%AF%82.jpg", (), "轮毂.jpg"),
        ('; name="photo"', ("Content-Type: image/png",), "photo"),
        ('; name="photo"', (), "photo"),
        ('; name="photo"; filename=""', (), "photo"),
        ('; filename=""', (), "picture-2"),
        ("", ("Content-Type: application/octet-stream",), "picture-2"),
    ],
)
def test_picture_without_a_plain_file_name(disposition: str, more: tuple[str, ...], name: str) -> None:
    png = _picture()
    first = _part('; name="f"; filename="first.png"', png)
    assert _read(_body(first, _part(disposition, png, *more)))[1] == (name, png, len(png))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "AVIF"])
def test_every_kind_is_known_without_a_name(kind: str) -> None:
    content = _picture(kind)
    assert _read(_body(_part('; name="f"', content))) == [("f", content, len(content))]


@pytest.mark.parametrize(
    "text", [b"", b"BMW", b"BM" + b"x" * 100, b"GI", b"RIFF of a song, and WEBP", b"II*", "轮".encode()]
)
def test_text_stays_text(text: bytes) -> None:
    assert _read(_body(_part('; name="t"', text))) == [("t", text.decode(), -1)]


def test_file_field_that_nobody_filled_in_is_nothing() -> None:
    assert _read(_body(_part('; name="f"; filename=""', b"", "Content-Type: application/octet-stream"))) == []


def test_no_more_of_a_file_is_kept_than_may_be() -> None:
    body = _body(_part('; name="f"; filename="x"', b"x" * 5000), _part('; name="g"; filename="y"', b"y" * 10))
    assert _read(body, Bounds(2, 1000)) == [("x", b"x" * 1000, 5000), ("y", b"y" * 10, 10)]
    picture = _picture() + bytes(5000)
    assert _read(_body(_part('; name="f"', picture)), Bounds(2, 100)) == [("f", picture[:100], len(picture))]


def test_large_file_is_not_held_in_memory() -> None:
    def pieces() -> Iterable[bytes]:
        yield _part('; name="f"; filename="x"', b"")[:-2]
        for _ in range(320):
            yield bytes(64 * 1024)
        yield b"\r\n--bXb--\r\n"

    async def read() -> int:
        async def stream() -> AsyncIterator[bytes]:
            for piece in pieces():
                yield piece

        async with multipart(_KIND, stream(), Bounds(1, 10**8)) as form:
            return form.files[0].size

    tracemalloc.start()
    try:
        assert asyncio.run(read()) == 320 * 64 * 1024
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        _body(*[_part('; name="f"; filename="x"', b"x")] * 3),
        _body(*[_part('; name="f"', b"x")] * 5),
        _body(_part('; name="f"', b"x" * 101)),
        _body(*[_part('; name="f"', b"x" * 40)] * 3),
    ],
)
def test_more_parts_than_may_be_are_refused(body: bytes) -> None:
    with pytest.raises(TooLarge, match="at most"):
        _read(body, Bounds(files=2, file_bytes=100, fields=4, text_bytes=100))


def test_text_is_refused_while_it_arrives() -> None:
    def endless() -> Iterable[bytes]:
        yield _part('; name="f"', b"")[:-2]
        for _ in range(1000):
            yield b"x" * 1000
        raise AssertionError("it was read to its end")

    with pytest.raises(TooLarge):
        _read(endless(), Bounds(1, 1, text_bytes=10_000))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (_body(), "multipart/form-data"),
        (b"--bXb\r\nnot a header\r\n\r\n\r\n--bXb--", _KIND),
        (_part('; name="f"; filename="x"', b"x"), _KIND),
        (b"", _KIND),
        (b"no boundary at all", _KIND),
        (b"--bXbX\r\n", _KIND),
        (_body(), f"multipart/form-data; boundary={'b' * 300}"),
    ],
)
def test_what_cannot_be_understood_is_said(body: bytes, kind: str) -> None:
    with pytest.raises(BadRequest, match="multipart body"):
        _read(body, kind=kind)


def test_other_bodies_are_not_looked_at() -> None:
    assert _read(b"{}", kind="application/json") == _read(b"", kind="") == []


def test_whoever_admits_a_file_hears_of_the_texts_before_it_and_before_a_byte_of_it() -> None:
    heard: list[Mapping[str, str]] = []

    def refuse(texts: Mapping[str, str]) -> None:
        heard.append(texts)
        raise NotAllowed("No.")

    def pieces() -> Iterable[bytes]:
        yield _part('; name="policy"', b"p") + _part('; name="file"; filename="x"', b"")[:-2]
        raise AssertionError("more of it was read")

    with pytest.raises(NotAllowed):
        _read(pieces(), admit=refuse)
    assert heard == [{"policy": "p"}]


def test_files_are_gone_afterwards() -> None:
    async def read() -> Form:
        async def stream() -> AsyncIterator[bytes]:
            yield _body(_part('; name="f"; filename="x"', b"x"))

        async with multipart(_KIND, stream(), _MANY) as form:
            pass
        return form

    (sent,) = asyncio.run(read()).files
    assert sent.file.closed
