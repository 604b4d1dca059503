"""What storage does, whichever way: keeps one batch of pictures for each owner.

An owner's batch changes in one step. Whoever reads it sees the batch as it was before or after,
and the pictures of a batch once read stay readable for a while after it is replaced.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture on its way in. `file` is read from its start, in pieces."""

    name: str
    content_type: str
    file: BinaryIO


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


class Storage(Protocol):
    def put(self, owner: str, uploads: Sequence[Upload], *, keep: bool = False) -> list[Picture]:
        """Make `uploads` the owner's batch, or with `keep` add them to it. All of them, or none.

        Raises StorageFull, leaving the batch as it was.
        """

    def batch(self, owner: str) -> list[Picture]:
        """The owner's pictures in upload order; empty where there are none."""

    def open(self, picture: Picture) -> AbstractContextManager[BinaryIO]:
        """The picture's bytes. Raises NotFound when it has been cleared."""

    def expire(self, before: float) -> int:
        """Remove the batches that were uploaded before that moment (seconds since 1970, UTC). How many there were."""

    def clear(self, owner: str, name: str | None = None) -> int:
        """Remove the owner's pictures, or those called `name`, for good. How many there were."""
