"""Whether everything that the settings name can be used: tried out, one part after the other."""

from collections.abc import Iterator

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
    yield tried(
        "models", "the networks beside the code", "install castmark[recognition]", lambda: load_the_models(rooms)
    )
    yield _token(rooms)


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


def _token(rooms: Rooms) -> Finding:
    settings = rooms.settings
    if settings.token:
        return Finding("token", "set")
    if settings.access == "open":
        return Finding("token", "not set, and access is open: everyone who reaches the server may do everything")
    if settings.on_loopback:
        return Finding("token", "not set: operators are those on the server's own machine")
    return Finding("token", "not set", f"{settings.host} can be reached by others - set CASTMARK_TOKEN")
