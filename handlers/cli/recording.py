"""`castmark read --record`: readings become records, each file once, whatever ended the run before."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, select

from handlers.cli.one import Detail, task_of
from handlers.recognition.identity import identity
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.records.tables import reading
from handlers.settings import Settings
from handlers.tasks.judging import Judge

_AT_ONCE = 500


def unrecorded(database: Database, pictures: Sequence[Path]) -> list[Path]:
    """Those of which there is no record of the file as it is."""
    found: list[Path] = []
    rest = iter(pictures)
    while chunk := list(islice(rest, _AT_ONCE)):
        # What is not there has no record either; reading it says why.
        tasks = {path: task_of(path) if path.is_file() else "" for path in chunk}
        with database.read() as connection:
            known = set(connection.scalars(select(reading.c.task_id).where(reading.c.task_id.in_(tasks.values()))))
        found += [path for path in chunk if tasks[path] not in known]
    return found


def recorded(database: Database, settings: Settings, details: Iterable[Detail]) -> Iterator[Detail]:
    """The same, with the record's `id` where there is one, and as a promise judges them."""
    judge, timezone = Judge(settings, database), settings.timezone
    for each in details:
        if "error" in each:
            yield each
            continue
        detail = judge.judged(each)
        keep = partial(_keep, detail=detail | {"name": Path(detail["name"]).name}, clock=Clock(timezone))
        yield {"id": database.write(keep), **detail}


def _keep(connection: Connection, detail: Detail, clock: Clock) -> int:
    kept = {name: value for name, value in detail.items() if name != "task"}
    origin = Origin(detail["task"], "", identity(detail.get("taught", "")))
    (number,) = record(connection, origin, [kept], clock)
    return number
