"""What is counted of the work, wherever it is done: by `health.meters`, or `Silent` where nobody asks."""

from typing import Any, Protocol


class Counts(Protocol):
    def reading(self, detail: dict[str, Any], seconds: float) -> None:
        """A picture was read, or could not be (`error`), in so many seconds."""

    def refused(self, reason: str) -> None:
        """A request was refused, or failed, by an error of that name."""

    def uploaded(self, pictures: int, size: int) -> None:
        """So many pictures were taken in, of `size` bytes together."""

    def said(self, kind: str) -> None:
        """A person said something of a reading: `corrected`, `confirmed`, `unmarked` or `undone`."""


class Silent:
    """Counts nothing: in the cloud CloudWatch does, and a command ends before anybody looks."""

    def reading(self, detail: dict[str, Any], seconds: float) -> None: ...

    def refused(self, reason: str) -> None: ...

    def uploaded(self, pictures: int, size: int) -> None: ...

    def said(self, kind: str) -> None: ...
