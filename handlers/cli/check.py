"""Whether everything that the settings name can be used: tried out, one part after the other."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.rooms import Rooms
from handlers.tasks.sources import code_of


@dataclass(frozen=True, slots=True)
class Finding:
    """What is used for `part`, without secrets; `problem` says what is wrong and where to mend it, or is empty."""

    part: str
    used: str
    problem: str = ""


def findings(rooms: Rooms) -> Iterator[Finding]:
    settings = rooms.settings
    if settings.bucket:
        where = f"bucket {settings.bucket}" + (f" at {settings.s3_endpoint}" if settings.s3_endpoint else "")
        yield _tried("storage", where, "see CASTMARK_BUCKET, AWS_REGION and AWS_PROFILE", lambda: _list(rooms))
    else:
        used = f"folder {settings.data.absolute()}"
        yield _tried("storage", used, "see CASTMARK_DATA", lambda: _write(rooms))
    yield _database(rooms)
    if settings.queue_url:
        hint = "see CASTMARK_QUEUE_URL, AWS_REGION and AWS_PROFILE"
        yield _tried("queue", settings.queue_url, hint, lambda: _count(rooms))
    else:
        yield Finding("queue", "threads of the server")
    if targets := settings.outbox.targets:
        yield _tried("outbox", ", ".join(targets), "", lambda: rooms.courier)
    yield _tried("models", "the networks beside the code", "install castmark[recognition]", lambda: _models(rooms))
    yield _token(rooms)


def _tried(part: str, used: str, hint: str, attempt: Callable[[], object]) -> Finding:
    try:
        attempt()
    except Exception as error:  # noqa: BLE001  whatever it is, it is what was asked for
        return Finding(part, used, reason_of(error) + (f" - {hint}" if hint else ""))
    return Finding(part, used)


def reason_of(error: Exception) -> str:
    """A sentence for the operator: with AWS's code and the database's reason, which the wire never shows."""
    if isinstance(error, DatabaseUnusable):
        return f"The database cannot be used ({error.reason}); see CASTMARK_DATABASE_URL."
    if origin := getattr(error, "orig", None):
        # SQLAlchemy's own text has the statement in it.
        return f"The database failed ({str(origin).strip().splitlines()[0]}); try again soon."
    code = code_of(error)
    return (str(error) or type(error).__name__) + (f" ({code})" if code else "")


def _list(rooms: Rooms) -> None:
    from handlers.storage.conditions import broken
    from handlers.storage.s3 import S3Storage

    rooms.storage.arrivals("check")
    if isinstance(rooms.storage, S3Storage) and (sentence := broken(rooms.storage.bucket)):
        raise ConfigurationError(f"This server loses uploads that are made at the same time. {sentence}")


def _write(rooms: Rooms) -> None:
    folder = rooms.settings.data
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _database(rooms: Rooms) -> Finding:
    try:
        used = rooms.database.url.render_as_string(hide_password=True)
    except ConfigurationError as error:
        return Finding("database", "none", str(error))
    return _tried("database", used, "", lambda: _open(rooms))


def _open(rooms: Rooms) -> None:
    with rooms.database.read():
        pass


def _count(rooms: Rooms) -> None:
    from handlers.tasks.messages import Messages

    Messages(rooms.settings.queue_url).count()


def _models(rooms: Rooms) -> None:
    rooms.reader.prepare()


def _token(rooms: Rooms) -> Finding:
    settings = rooms.settings
    if settings.token:
        return Finding("token", "set")
    if settings.access == "open":
        return Finding("token", "not set, and access is open: everyone who reaches the server may do everything")
    if settings.on_loopback:
        return Finding("token", "not set: operators are those on the server's own machine")
    return Finding("token", "not set", f"{settings.host} can be reached by others - set CASTMARK_TOKEN")
