"""Whether everything that the settings name can be used: tried out, one part after the other."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.rooms import Rooms
from handlers.soundness.certificate import certificate
from handlers.soundness.finding import Finding
from handlers.tasks.sources import code_of

# Bytes below which a day of pictures may fill the disk.
_LEAST_FREE = 1_000_000_000
# Seconds between two clocks from which signatures and orders go wrong.
_MOST_APART = 60.0
# 2026-11-01: no clock that is right shows an earlier day.
_MADE = 1_793_491_200.0


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
    yield _tried("models", "the networks beside the code", "install castmark[recognition]", lambda: _models(rooms))
    yield _token(rooms)
    if not settings.bucket:
        yield _disk(settings.data.absolute())
    yield _clock(rooms)
    if settings.certificates:
        yield certificate(settings.certificates)


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


def _disk(folder: Path) -> Finding:
    """Whether the data folder's disk has room for what comes."""
    there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
    free = shutil.disk_usage(there).free
    used = f"{free / 1e9:,.1f} GB free where the data folder is"
    return Finding("disk", used, "" if free >= _LEAST_FREE else "less than 1 GB is left - see CASTMARK_DATA")


def _clock(rooms: Rooms) -> Finding:
    """Whether this machine's time can be right: records, logins and signatures go by it."""
    now = time.time()
    used = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    if now < _MADE:
        return Finding("clock", used, "that is before this version was made - set this machine's clock")
    apart = _apart(rooms)
    if apart is not None and abs(apart) > _MOST_APART:
        return Finding("clock", used, f"the database's clock is {apart:+.0f} seconds from this one - set one of them")
    return Finding("clock", used)


def _apart(rooms: Rooms) -> float | None:
    """Seconds by which a database server's clock is ahead of ours; None where there is none to ask."""
    from sqlalchemy import text

    try:
        if rooms.database.dialect == "sqlite":
            return None
        with rooms.database.read() as connection:
            before = time.time()
            there = float(connection.execute(text("SELECT extract(epoch FROM now())")).scalar_one())
            return there - (before + time.time()) / 2
    except Exception:  # noqa: BLE001  that the database fails is another finding
        return None


def _token(rooms: Rooms) -> Finding:
    settings = rooms.settings
    if settings.token:
        return Finding("token", "set")
    if settings.access == "open":
        return Finding("token", "not set, and access is open: everyone who reaches the server may do everything")
    if settings.on_loopback:
        return Finding("token", "not set: operators are those on the server's own machine")
    return Finding("token", "not set", f"{settings.host} can be reached by others - set CASTMARK_TOKEN")
