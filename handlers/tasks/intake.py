"""Taking pictures in: each inspected before it belongs to a batch, the good ones kept, the bad ones named.

Some come with a request (`take_in`); some were put straight into storage by a form, and are looked at when their
owner comes back for them (`received`, `batch_of`).
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, cast

from handlers.errors import (
    DamagedPicture,
    DecodingBusy,
    KeyReused,
    NoFile,
    NotAPicture,
    NotFound,
    TooLarge,
    TooManyPictures,
    UploadRefused,
    WireError,
)
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.settings import Limits
from handlers.storage.base import Arrival, Picture, Storage, Upload


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it came: its name is the client's word, its content not yet looked at.

    `size` is how many bytes came, where no more than the limit of them were kept.
    """

    name: str
    file: BinaryIO
    size: int | None = None


def take_in(
    storage: Storage,
    owner: str,
    received: Sequence[Received],
    limits: Limits,
    decoder: Decoder = decoding,
    *,
    keep: bool,
    key: str = "",
) -> list[str]:
    """Store the pictures among `received` as the owner's batch; the names stored, in order.

    Again with the same `key` the batch stays as it is. Raises KeyReused where these are other pictures than then.

    Raises NoFile, and UploadRefused when a picture is refused: the others are stored even then.
    Where none is good, what was stored before stays. Raises TooManyPictures where the batch has no room for them, and
    DecodingBusy, having stored nothing.
    """
    if not received:
        raise NoFile("There is no file in this upload; send one or more pictures as multipart/form-data.")
    good, refused = _sorted(received, limits, decoder)
    if key:
        good = _keyed(good, owner, key)
    if good and not (key and _is_there(storage, owner, good)):
        _store(storage, owner, good, limits, decoder, keep=keep)
    stored = [one.name for one in good]
    if refused:
        raise _refusal(stored, refused)
    return stored


def _store(
    storage: Storage, owner: str, good: Sequence[Upload], limits: Limits, decoder: Decoder, *, keep: bool
) -> None:
    if keep:
        # What arrived before is to stand before it.
        _adopt(storage, owner, limits, decoder)
        _check_room(storage, owner, len(good), limits)
    storage.put(owner, good, keep=keep)


def _keyed(good: Sequence[Upload], owner: str, key: str) -> list[Upload]:
    """The same pictures under keys that follow from the client's: sent again, they have the same."""
    seeds = [f"castmark upload\n{owner}\n{key}\n{position}".encode() for position in range(len(good))]
    return [replace(one, key=hashlib.sha256(seed).hexdigest()[:32]) for one, seed in zip(good, seeds, strict=True)]


def _is_there(storage: Storage, owner: str, good: Sequence[Upload]) -> bool:
    """Whether all of them are in the batch already. Raises KeyReused where another picture is there under a key."""
    there = {picture.key: picture.sha256 for picture in storage.batch(owner)}
    known = [one for one in good if one.key in there]
    for one in known:
        one.file.seek(0)
        if hashlib.file_digest(cast("Any", one.file), "sha256").hexdigest() != there[one.key]:
            raise KeyReused("This Idempotency-Key came with another upload; take a new one for each.")
    return len(known) == len(good)


def received(storage: Storage, owner: str, limits: Limits, decoder: Decoder = decoding) -> list[Picture]:
    """The owner's batch, with what arrived by forms taken in.

    Raises UploadRefused when an arrival is refused: the others are taken in even then, and it is removed.
    """
    stored, refused = _adopt(storage, owner, limits, decoder)
    for arrival, _ in refused:
        storage.discard(arrival)
    if refused:
        raise _refusal(stored, [(arrival.name, error) for arrival, error in refused])
    return storage.batch(owner)


def batch_of(storage: Storage, owner: str, limits: Limits, decoder: Decoder = decoding) -> list[Picture]:
    """As `received`, but what is refused stays where it is: whoever wants it read hears of it."""
    _adopt(storage, owner, limits, decoder)
    return storage.batch(owner)


def settled(storage: Storage, arrival: Arrival, limits: Limits, decoder: Decoder = decoding) -> Picture:
    """What arrived alone as a picture. Raises TooLarge, NotAPicture, DamagedPicture, and NotFound where it is gone."""
    check_weight(arrival.size, arrival.name, limits)
    with storage.open(arrival) as file:
        facts = decoder.inspect(file, arrival.name, max_pixels=limits.pixels)
        return storage.settle(arrival, facts.content_type, file)


def _adopt(
    storage: Storage, owner: str, limits: Limits, decoder: Decoder
) -> tuple[list[str], list[tuple[Arrival, WireError]]]:
    """The names of the arrivals that are pictures now, and those that cannot become one, with the reason."""
    stored: list[str] = []
    refused: list[tuple[Arrival, WireError]] = []
    for arrival in storage.arrivals(owner):
        try:
            check_weight(arrival.size, arrival.name, limits)
            stored += _adopted(storage, arrival, limits, decoder)
        except (TooLarge, NotAPicture, DamagedPicture, TooManyPictures) as error:
            refused.append((arrival, error))
        except NotFound:
            # Another request was quicker to take it in, or to clear it.
            continue
    return stored, refused


def _check_room(storage: Storage, owner: str, more: int, limits: Limits) -> None:
    there = len(storage.batch(owner))
    if there + more > limits.batch:
        raise TooManyPictures(
            f"A batch has {limits.batch} pictures at most, and {there} are there; have them read, and begin another."
        )


def _adopted(storage: Storage, arrival: Arrival, limits: Limits, decoder: Decoder) -> list[str]:
    if arrival.keep:
        _check_room(storage, arrival.owner, 1, limits)
    with storage.open(arrival) as file:
        facts = decoder.inspect(file, arrival.name, max_pixels=limits.pixels)
        picture = storage.adopt(arrival, facts.content_type, file)
    return [picture.name] if picture else []


def _sorted(
    received: Sequence[Received], limits: Limits, decoder: Decoder
) -> tuple[list[Upload], list[tuple[str, WireError]]]:
    good: list[Upload] = []
    refused: list[tuple[str, WireError]] = []
    for one in received:
        try:
            good.append(inspected(one, limits, decoder))
        except DecodingBusy:
            raise
        except WireError as error:
            refused.append((plain_name(one.name), error))
    return good, refused


def inspected(one: Received, limits: Limits, decoder: Decoder = decoding) -> Upload:
    """The file as a picture that can be stored. Raises TooLarge, NotAPicture or DamagedPicture."""
    name = plain_name(one.name)
    check_weight(one.size if one.size is not None else one.file.seek(0, os.SEEK_END), name, limits)
    facts = decoder.inspect(one.file, name, max_pixels=limits.pixels)
    return Upload(name, facts.content_type, one.file)


def check_weight(size: int, name: str, limits: Limits) -> None:
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
