"""What the headers of a part say: which field it is of, whether it is a file, and what the file is called.

Clients write names in six ways: as UTF-8 (RFC 7578), as GBK, with a browser's `%22` for a quote, as `filename*`
(RFC 8187, which old Python clients send alone), as a mail's encoded word (.NET), or not at all.
"""

import email.message
import re
from collections.abc import Mapping
from dataclasses import dataclass

_ENCODED_WORD = re.compile(r"=\?[\w.-]+\?[bq]\?[^?\s]*\?=", re.IGNORECASE)
# What browsers write for the three characters that would end a name (WHATWG HTML, multipart/form-data).
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}


@dataclass(frozen=True, slots=True)
class PartHeaders:
    """`field` and `filename` are empty where the part has none; `declared`: it says that it is a file or a picture."""

    field: str
    filename: str
    declared: bool


def headers_of(raw: Mapping[str, bytes]) -> PartHeaders:
    """From a part's headers by their names in lower case."""
    given = _parameters(decoded(raw.get("content-disposition", b"")))
    declared = "filename" in given or "filename*" in given or _is_picture(raw.get("content-type", b""))
    return PartHeaders(given.get("name", ""), given.get("filename*") or given.get("filename", ""), declared)


def decoded(raw: bytes) -> str:
    """Text of a client that does not say how it is encoded: UTF-8, or else what Chinese Windows writes."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _is_picture(kind: bytes) -> bool:
    return kind.strip().lower().startswith((b"image/", b"application/octet-stream"))


def _parameters(disposition: str) -> dict[str, str]:
    message = email.message.Message()
    message["content-disposition"] = disposition
    found: dict[str, str] = {}
    for name, value in message.get_params([], "content-disposition"):
        if isinstance(value, tuple):
            found[f"{name.lower()}*"] = _extended(*value)
        else:
            found[name.lower()] = _plain(value)
    return found


def _extended(charset: str | None, _: str | None, text: str) -> str:
    """A value that the parser has taken the per-cent signs out of; its characters are bytes of that charset."""
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    try:
        return raw.decode(charset or "utf-8")
    except (LookupError, ValueError):
        return decoded(raw)


def _plain(text: str) -> str:
    if _ENCODED_WORD.search(text):
        return _word(text)
    return re.sub("%(22|0D|0A)", lambda found: _ESCAPED[found[0].upper()], text, flags=re.IGNORECASE)


def _word(text: str) -> str:
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text
