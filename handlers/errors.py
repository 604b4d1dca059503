"""Every error Castmark raises on purpose. Each knows its HTTP status and speaks to a person.

CastmarkError
├── ConfigurationError            the start is refused; never on the wire
├── NotDelivered                  a target did not take an event; never on the wire
└── WireError                     has a status
    ├── BadRequest            400 (ValueError)
    │   └── NoFile            400
    ├── LoginNeeded           401, with WWW-Authenticate
    ├── NotAllowed            403 (PermissionError)
    ├── NotFound              404 (LookupError)
    ├── TooSlow               408 (TimeoutError)
    ├── TooManyPictures       409
    ├── ChangedMeanwhile      409
    ├── TooLarge              413
    ├── NotAPicture           415
    ├── DamagedPicture        422
    ├── KeyReused             422
    ├── TextRefused           422
    ├── UploadRefused         the first refused picture's
    ├── QueueFull             429, with Retry-After
    ├── TooManyGuesses        429, with Retry-After
    ├── TooManyRequests       429, with Retry-After
    ├── AnswerTooLarge        500
    ├── ReadingFailed         500
    ├── TaskBusy              500
    ├── StillReading          503, with Retry-After
    ├── DatabaseUnusable      503, with Retry-After
    ├── DecodingBusy          503, with Retry-After
    ├── QueueUnavailable      503, with Retry-After
    ├── LogUnavailable        503, with Retry-After
    ├── StorageUnavailable    503, with Retry-After
    │   ├── StorageBusy       503
    │   ├── StorageSilent     503 (TimeoutError)
    │   ├── StorageRefused    503 (PermissionError)
    │   └── BucketMissing     503
    └── StorageFull           507 (OSError)
"""

import errno
from collections.abc import Mapping
from typing import Any, ClassVar


class CastmarkError(Exception):
    """The root: `except CastmarkError` catches everything that was foreseen."""


class ConfigurationError(CastmarkError):
    """A setting is wrong; the message names it, its value, its origin and what is allowed."""


class NotDelivered(CastmarkError):
    """A target did not take an event; the message says why. `refused`: that event, while it might take others."""

    def __init__(self, sentence: str, *, refused: bool = False) -> None:
        super().__init__(sentence)
        self.refused = refused


class WireError(CastmarkError):
    """An error a client is told about: `str(error)` is the sentence, `extra` joins it in the body."""

    status: int = 500
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, sentence: str, **extra: Any) -> None:
        super().__init__(sentence)
        self.extra = extra


class BadRequest(WireError, ValueError):
    status = 400


class NoFile(BadRequest):
    pass


class LoginNeeded(WireError):
    status = 401
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class NotAllowed(WireError, PermissionError):
    status = 403


class NotFound(WireError, LookupError):
    status = 404


class TooSlow(WireError, TimeoutError):
    status = 408


class TooManyPictures(WireError):
    status = 409


class ChangedMeanwhile(WireError):
    """Somebody else was quicker: what the caller looked at is not as it was."""

    status = 409


class TooLarge(WireError):
    status = 413


class NotAPicture(WireError):
    status = 415


class DamagedPicture(WireError):
    status = 422


class KeyReused(WireError):
    """An `Idempotency-Key` came with another upload than before."""

    status = 422


class TextRefused(WireError):
    """No mark can say this."""

    status = 422


class UploadRefused(WireError):
    """Some pictures of an upload were refused; the others, named in `files`, are stored."""

    def __init__(self, sentence: str, *, status: int, **extra: Any) -> None:
        super().__init__(sentence, **extra)
        self.status = status


class QueueFull(WireError):
    status = 429
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


class TooManyGuesses(WireError):
    status = 429
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "8"}


class TooManyRequests(WireError):
    """One address asked for more than its share."""

    status = 429
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "20"}


class AnswerTooLarge(WireError):
    status = 500


class ReadingFailed(WireError):
    status = 500


class TaskBusy(WireError):
    """Another process is reading this task; whoever brings it comes again later."""

    status = 500


class StillReading(WireError):
    """What the caller waits for takes longer than anybody waits; asked again, it is answered when it is there."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


class DatabaseUnusable(WireError):
    """The database did not let itself be opened; `reason` is for its operator, and never on the wire."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10"}

    def __init__(self, reason: str) -> None:
        super().__init__("The database cannot be used at the moment; try again soon.")
        self.reason = reason


class DecodingBusy(WireError):
    """Too many pictures wait to be decoded."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "3"}


class QueueUnavailable(WireError):
    """The queue of tasks failed, by no fault of the caller; the log has the code of the reason."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10"}


class LogUnavailable(WireError):
    """The event log could not be read; the process log has the code of the reason."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10"}


class StorageUnavailable(WireError):
    """The picture storage failed, by no fault of the caller; the log has the code of the reason."""

    status = 503
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "10"}


class StorageBusy(StorageUnavailable):
    """It throttles, or the same batch is changed by too many at once."""


class StorageSilent(StorageUnavailable, TimeoutError):
    pass


class StorageRefused(StorageUnavailable, PermissionError):
    """The server may not do what it has to, or has no credentials."""


class BucketMissing(StorageUnavailable):
    pass


class StorageFull(WireError, OSError):
    status = 507


DISK_FULL = "The disk is full; nothing was stored. Clear old pictures and try again."
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says of a full disk."""
