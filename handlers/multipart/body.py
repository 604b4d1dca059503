"""Reading a multipart body as it arrives, within bounds: what a client may send, it may not make the server hold.

Starlette's own reader refuses parts without a file name, takes a megabyte for each of a thousand text fields, and
looks at a file's size when all of it is there.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool

from handlers.errors import BadRequest, TooLarge
from handlers.multipart.parts import PartHeaders, decoded, headers_of
from handlers.pictures.decoding import SIGNATURE_BYTES, looks_like_a_picture

# Bytes of a file that stay in memory, and bytes that are written to disk at once.
_SPOOLED = 256 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is kept of one body: so many files of at most `file_bytes` each, and so much text in fields."""

    files: int
    file_bytes: int
    fields: int = 64
    text_bytes: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Text:
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of which `size` bytes came, and no more than the bound is kept. It is always called something."""

    field: str
    name: str
    file: BinaryIO
    size: int


@dataclass(frozen=True, slots=True)
class Form:
    """The `parts` of a body, in order."""

    parts: Sequence[Text | Sent] = ()

    @property
    def files(self) -> list[Sent]:
        return [part for part in self.parts if isinstance(part, Sent)]

    def texts(self, field: str) -> list[str]:
        return [part.text for part in self.parts if isinstance(part, Text) and part.field == field]


Admit = Callable[[Mapping[str, str]], None]


@asynccontextmanager
async def multipart(
    content_type: str, stream: AsyncIterator[bytes], bounds: Bounds, admit: Admit = lambda _: None
) -> AsyncIterator[Form]:
    """What a body holds, until the block ends; nothing where it is no multipart body.

    A part without a file name is a file where its type is a picture's, or where it begins as a picture does. `admit`
    is called with the texts before a file, when that file begins. Raises BadRequest for what cannot be understood,
    TooLarge where bounds are passed, and what `admit` raises.
    """
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data":
        yield Form()
        return
    if not options.get(b"boundary"):
        raise BadRequest("The multipart body has no boundary in its Content-Type; let your client write that header.")
    with ExitStack() as files:
        try:
            reader = _Reader(options[b"boundary"], bounds, admit, files)
            async for chunk in stream:
                await reader.feed(chunk)
        except FormParserError as error:
            raise BadRequest("The multipart body cannot be read; please send it again.") from error
        yield reader.finish()


@dataclass(slots=True)
class _Arriving:
    """A part on its way in: `size` bytes came, and `held` are not written yet. Without a file it is text so far."""

    raw: dict[str, bytes] = field(default_factory=dict)
    headers: PartHeaders = field(default_factory=lambda: PartHeaders("", "", False))
    file: BinaryIO | None = None
    held: bytearray = field(default_factory=bytearray)
    size: int = 0
    decided: bool = False


class _Reader:
    def __init__(self, boundary: bytes, bounds: Bounds, admit: Admit, files: ExitStack) -> None:
        self._bounds = bounds
        self._admit = admit
        self._files = files
        self._delimiter = b"--" + boundary
        self._before: bytes | None = b"\n"
        self._parts: list[Text | Sent] = []
        self._now = _Arriving()
        self._to_write: list[_Arriving] = []
        self._header = (bytearray(), bytearray())
        self._text_bytes = 0
        self._complete = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_end,
                "on_headers_finished": self._headers_finished,
                "on_part_data": lambda data, start, end: self._data(data[start:end]),
                "on_part_end": self._end,
                "on_end": self._end_of_body,
            },
        )

    async def feed(self, chunk: bytes) -> None:
        self._parser.write(self._after_preamble(chunk))
        if self._now.file and len(self._now.held) >= _SPOOLED:
            self._to_write.append(self._now)
        for each in self._to_write:
            await _write(each)
        self._to_write.clear()

    def finish(self) -> Form:
        if not self._complete:
            raise BadRequest("The multipart body ends before its last boundary; please send it again.")
        form = Form(self._parts)
        for sent in form.files:
            sent.file.seek(0)
        return form

    def _after_preamble(self, chunk: bytes) -> bytes:
        """What comes before the first boundary is for readers of mail (RFC 2046, 5.1.1)."""
        if self._before is None:
            return chunk
        seen = self._before + chunk
        place = seen.find(b"\n" + self._delimiter)
        if place < 0:
            self._before = seen[-len(self._delimiter) :]
            return b""
        self._before = None
        return seen[place + 1 :]

    def _begin(self) -> None:
        self._now = _Arriving()

    def _header_end(self) -> None:
        name, value = self._header
        self._now.raw[name.decode("latin-1").lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_finished(self) -> None:
        self._now.headers = headers_of(self._now.raw)
        if self._now.headers.declared:
            self._open_file()

    def _data(self, data: bytes) -> None:
        now = self._now
        if now.file:
            now.held += data[: max(0, self._bounds.file_bytes - now.size)]
        elif now.decided:
            now.held += self._counted(data)
        else:
            now.held += data
            if len(now.held) >= SIGNATURE_BYTES:
                self._decide()
        now.size += len(data)

    def _decide(self) -> None:
        """Whether what began is a picture or the text of a field."""
        self._now.decided = True
        if looks_like_a_picture(bytes(self._now.held[:SIGNATURE_BYTES])):
            self._open_file()
            del self._now.held[self._bounds.file_bytes :]
        else:
            self._counted(self._now.held)

    def _end(self) -> None:
        now, headers = self._now, self._now.headers
        if not now.file and not now.decided:
            self._decide()
        if now.file is None:
            self._parts.append(Text(headers.field, decoded(bytes(now.held))))
            return
        self._to_write.append(now)
        # A browser sends a file field that nobody filled in as a file without name and content.
        if now.size or headers.filename:
            name = headers.filename or headers.field or f"picture-{self._file_count + 1}"
            self._parts.append(Sent(headers.field, name, now.file, now.size))

    def _end_of_body(self) -> None:
        self._complete = True

    @property
    def _file_count(self) -> int:
        return sum(isinstance(part, Sent) for part in self._parts)

    def _open_file(self) -> None:
        if self._file_count >= self._bounds.files:
            raise TooLarge(f"These are too many files; send at most {self._bounds.files} at once.")
        self._admit({part.field: part.text for part in self._parts if isinstance(part, Text)})
        file = SpooledTemporaryFile(_SPOOLED)  # noqa: SIM115  closed with the body
        self._files.callback(file.close)
        self._now.file = cast("BinaryIO", file)

    def _counted(self, text: bytes | bytearray) -> bytes | bytearray:
        """`text`, as long as it and all before it are within bounds."""
        self._text_bytes += len(text)
        if len(self._parts) - self._file_count >= self._bounds.fields or self._text_bytes > self._bounds.text_bytes:
            raise TooLarge(
                f"The fields beside the pictures are too many or too long; at most {self._bounds.fields} of "
                f"{self._bounds.text_bytes // 1024} KB together are taken."
            )
        return text


async def _write(part: _Arriving) -> None:
    """In a thread where a disk may have to be waited for."""
    data = bytes(part.held)
    part.held.clear()
    if part.file is None or not data:
        return
    if part.size > _SPOOLED:
        await run_in_threadpool(part.file.write, data)
    else:
        part.file.write(data)
