"""What every command does: opens rooms by the settings, prints, and says in one sentence what went wrong."""

import logging
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from handlers.errors import ConfigurationError, WireError
from handlers.log import following, open_log
from handlers.rooms import Rooms
from handlers.settings import read_settings


@contextmanager
def rooms_of_settings() -> Iterator[Rooms]:
    """The rooms of the settings, closed in the end; what goes wrong is one sentence and the exit code 2."""
    try:
        settings = read_settings()
        set_up_log(debug=settings.debug)
        rooms = Rooms(settings)
        try:
            # What is typed is a request, too.
            with following(request_id=uuid.uuid4().hex):
                yield rooms
        finally:
            rooms.close()
    except BrokenPipeError:
        # Whoever read what is printed has read enough.
        raise
    except _foreseen() as error:
        from handlers.health.parts import reason_of

        say(reason_of(error), error=True)
        raise typer.Exit(2) from None


def set_up_log(*, debug: bool) -> None:
    if debug:
        open_log(debug=True)
    else:
        # Without any handler Python would print warnings among the output.
        logging.getLogger("castmark").addHandler(logging.NullHandler())


def _foreseen() -> tuple[type[Exception], ...]:
    """Asked for only when something went wrong: SQLAlchemy is loaded by then, or not needed."""
    from sqlalchemy.exc import DBAPIError

    return ConfigurationError, WireError, OSError, DBAPIError


def say(*lines: str, error: bool = False) -> None:
    """Names of files may hold what the terminal cannot show."""
    for line in lines:
        stream = sys.stderr if error else sys.stdout
        encoding = stream.encoding or "utf-8"
        typer.echo(line.encode(encoding, "replace").decode(encoding), file=stream)
