"""What storage does, whichever way: keeps one batch of pictures for each owner.

An owner's batch changes in one step. Whoever reads it sees the batch as it was before or after,
and the pictures of a batch once read stay readable for a while after it is replaced.

What a client puts straight into storage, by a form, is an arrival: it belongs to no batch until somebody
looked at it and adopted it.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from handlers.errors import TooLarge


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture on its way in. `file` is read from its start, in pieces. Without a `key`, it gets one of its own.

    Stored again under the same key, in the same batch, it is the same picture.
    """

    name: str
    content_type: str
    file: BinaryIO
    key: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture. `key` is unique in storage; `size` is in bytes; `stored` is in UTC."""

    owner: str
    key: str
    name: str
    content_type: str
    size: int
    sha256: str
    stored: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came by a form and nobody has looked at yet: all but its size in bytes is its client's word.

    `keep` says that it joins the batch instead of replacing it; one that is `alone` joins none. `request` is the id of
    the request that the form was given to, where it says one.
    """

    owner: str
    key: str
    name: str
    size: int
    keep: bool
    alone: bool = False
    request: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form to be posted as multipart/form-data to `url`: its fields as they are, then the bytes as `file`.

    A `url` without a scheme is meant below this server's own address. It ends after `expires_in` seconds.
    """

    url: str
    fields: dict[str, str]
    expires_in: int


def too_much(most: int) -> TooLarge:
    """That an owner has no room for more pictures, beside those of `most` bytes."""
    return TooLarge(
        f"Your pictures of the last day would take more than {most / 1024 / 1024:.4g} MB; "
        "clear those that you do not need."
    )


class Storage(Protocol):
    def prepare(self) -> None:
        """Make ready what the first call would wait for."""

    def put(self, owner: str, uploads: Sequence[Upload], *, keep: bool = False) -> list[Picture]:
        """Make `uploads` the owner's batch, in place of what was there or arrived before, or with `keep` add them.

        All of them, or none. Raises StorageFull, and TooLarge where the owner has too much; the batch is as it was.
        """

    def batch(self, owner: str) -> list[Picture]:
        """The owner's pictures in upload order; empty where there are none."""

    def open(self, picture: Picture | Arrival) -> AbstractContextManager[BinaryIO]:
        """The picture's bytes, seekable. Raises NotFound when it has been cleared."""

    def expire(self, before: float) -> int:
        """Remove the batches that were uploaded before that moment (seconds since 1970, UTC). How many there were."""

    def clear(self, owner: str, name: str | None = None) -> int:
        """Remove the owner's pictures and arrivals, or those called `name`, for good. How many there were."""

    def presign(
        self, owner: str, name: str, content_type: str, size: int, *, keep: bool = False, alone: bool = False
    ) -> Form:
        """A form for one file of that type and at most that many bytes, which will be the owner's arrival.

        One that is to be `alone` needs a storage that tells the worker of what arrives; elsewhere it is as any other.
        """

    def admit(self, fields: Mapping[str, str]) -> None:
        """Look at the fields of a form before its file is taken. Raises NotAllowed and NotFound as `accept` does."""

    def accept(self, fields: Mapping[str, str], file: BinaryIO) -> None:
        """Take in what a form of ours brought to this server.

        Raises NotAllowed for a form that is not ours, was changed, used before or has expired, TooLarge, StorageFull,
        and NotFound where forms go elsewhere.
        """

    def arrivals(self, owner: str) -> list[Arrival]:
        """What arrived for the owner and was not adopted yet, in the order of the forms."""

    def adopt(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture | None:
        """Make `file`, the arrival's bytes as they were looked at, a picture of the batch; or else None.

        Once: None for what was adopted, replaced, cleared or discarded meanwhile.
        """

    def alone(self, owner: str, key: str) -> Arrival | None:
        """What arrived by itself under that key; None once it was discarded, and for every other key."""

    def settle(self, arrival: Arrival, content_type: str, file: BinaryIO) -> Picture:
        """Make `file`, the bytes of what arrived alone, a picture of no batch under the same key.

        Again, where it was made already. It stays as long as a batch does that nobody comes back for.
        """

    def discard(self, arrival: Arrival) -> None:
        """Remove the arrival, where it is still there."""

    def link(self, picture: Picture) -> str | None:
        """A URL that answers the picture's bytes to whoever has it, for a few minutes; None where there is no such."""
