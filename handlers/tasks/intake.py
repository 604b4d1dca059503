"""Taking an upload in: each picture inspected before it is stored, the good ones kept, the bad ones named."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from handlers.errors import NoFile, TooLarge, UploadRefused, WireError
from handlers.recognition import image
from handlers.settings import Limits
from handlers.storage.base import Storage, Upload


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came: its name is the client's word, its content not yet looked at."""

    name: str
    file: BinaryIO


def take_in(storage: Storage, owner: str, received: Sequence[Received], limits: Limits, *, keep: bool) -> list[str]:
    """Store the pictures among `received` as the owner's batch; the names stored, in order.

    Raises NoFile, and UploadRefused when a picture is refused: the others are stored even then.
    Where none is good, what was stored before stays.
    """
    if not received:
        raise NoFile("There is no file in this upload; send one or more pictures as multipart/form-data.")
    good, refused = _sorted(received, limits)
    stored = [picture.name for picture in storage.put(owner, good, keep=keep)] if good else []
    if refused:
        raise _refusal(stored, refused)
    return stored


def _sorted(received: Sequence[Received], limits: Limits) -> tuple[list[Upload], list[tuple[str, WireError]]]:
    good: list[Upload] = []
    refused: list[tuple[str, WireError]] = []
    for one in received:
        name = plain_name(one.name)
        try:
            _check_weight(one.file, name, limits)
            facts = image.inspect(one.file, name, max_pixels=limits.pixels)
            good.append(Upload(name, facts.content_type, one.file))
        except WireError as error:
            refused.append((name, error))
    return good, refused


def _check_weight(file: BinaryIO, name: str, limits: Limits) -> None:
    size = file.seek(0, os.SEEK_END)
    if size > limits.file_bytes:
        raise TooLarge(f"{name} has {size / 1024 / 1024:.1f} MB; at most {limits.file_mb:g} MB are read.")


def _refusal(stored: list[str], refused: list[tuple[str, WireError]]) -> UploadRefused:
    sentence = " ".join(str(error) for _, error in refused)
    if stored:
        sentence += f" Stored: {', '.join(stored)}."
    names = [{"name": name, "error": str(error)} for name, error in refused]
    return UploadRefused(sentence, status=refused[0][1].status, files=stored, refused=names)


def plain_name(name: str) -> str:
    """The last part of a client's file name, in any language, without control characters."""
    last = re.split(r"[/\\]", name)[-1]
    visible = "".join(letter for letter in last if letter.isprintable()).strip()
    return visible[:255] or "picture"
