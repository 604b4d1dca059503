"""The parts that a server needs, each tried out: cheap enough to be asked every few seconds."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from handlers.aws.refusals import code_of
from handlers.errors import DatabaseUnusable

if TYPE_CHECKING:
    from handlers.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Finding:
    """What is used for `part`, without secrets; `problem` says what is wrong and where to mend it, or is empty."""

    part: str
    used: str
    problem: str = ""


def tried(part: str, used: str, hint: str, attempt: Callable[[], object]) -> Finding:
    """The part after `attempt`; whatever that raises is the problem, and `hint` where to mend it."""
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


def write_in_the_folder(rooms: "Rooms") -> None:
    folder = rooms.settings.data
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        # A full disk lets files be made, and nothing be written.
        file.write(b"castmark" * 512)


def ask_the_database(rooms: "Rooms") -> None:
    with rooms.database.read() as connection:
        connection.exec_driver_sql("SELECT 1").scalar()


def count_messages(rooms: "Rooms") -> None:
    from handlers.aws.messages import Messages

    Messages(rooms.settings.queue_url).count()


def load_the_models(rooms: "Rooms") -> None:
    rooms.reader.prepare()
