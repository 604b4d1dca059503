"""Whether everything that the settings name can be used: tried out, one part after the other."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from handlers.errors import ConfigurationError
from handlers.health.parts import (
    Finding,
    ask_the_database,
    count_messages,
    load_the_models,
    tried,
    write_in_the_folder,
)
from handlers.rooms import Rooms
from handlers.soundness.certificate import certificate

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
        yield tried("storage", where, "see CASTMARK_BUCKET, AWS_REGION and AWS_PROFILE", lambda: _list(rooms))
    else:
        used = f"folder {settings.data.absolute()}"
        yield tried("storage", used, "see CASTMARK_DATA", lambda: write_in_the_folder(rooms))
    yield _database(rooms)
    if settings.queue_url:
        hint = "see CASTMARK_QUEUE_URL, AWS_REGION and AWS_PROFILE"
        yield tried("queue", settings.queue_url, hint, lambda: count_messages(rooms))
    else:
        yield Finding("queue", "threads of the server")
    if targets := settings.outbox.targets:
        yield tried("outbox", ", ".join(targets), "", lambda: rooms.courier)
    yield tried(
        "models", "the networks beside the code", "install castmark[recognition]", lambda: load_the_models(rooms)
    )
    yield _token(rooms)
    if not settings.bucket:
        yield _disk(settings.data.absolute())
    yield _clock(rooms)
    if settings.certificates:
        yield certificate(settings.certificates)


def _list(rooms: Rooms) -> None:
    from handlers.storage.conditions import broken
    from handlers.storage.s3 import S3Storage

    rooms.storage.arrivals("check")
    if isinstance(rooms.storage, S3Storage) and (sentence := broken(rooms.storage.bucket)):
        raise ConfigurationError(f"This server loses uploads that are made at the same time. {sentence}")


def _database(rooms: Rooms) -> Finding:
    try:
        used = rooms.database.url.render_as_string(hide_password=True)
    except ConfigurationError as error:
        return Finding("database", "none", str(error))
    return tried("database", used, "", lambda: ask_the_database(rooms))


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
