"""The `castmark` command: read pictures here, submit many, take readings away, check the settings, serve.

It works by the settings of a server, in the same places: CASTMARK_* variables, castmark.toml, config.ini.
"""

import logging
import runpy
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.access.caller import caller_with
from handlers.cli import outbox
from handlers.errors import ConfigurationError, QueueFull, WireError
from handlers.log import open_log
from handlers.records.wanted import State, Wanted
from handlers.rooms import Rooms
from handlers.settings import read_settings

if TYPE_CHECKING:
    from handlers.cli.progress import Tally
    from handlers.tasks.sources import Sources

# Between two looks at a queue that has no room.
_PAUSE_SECONDS = 1.0
_SERVER = Path(__file__).parents[2] / "local_server.py"

app = typer.Typer(
    help="Reads the characters cast into metal.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(outbox.app, name="outbox")


def main() -> None:
    app()


@app.command()
def read(
    places: Annotated[list[str], typer.Argument(help="Pictures, folders and patterns.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print full readings, one JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table.")] = False,
) -> None:
    """Read pictures here and now; print name, tab and text. Nothing is stored or recorded.

    Ends with 1 where a picture could not be read, or there was none.
    """
    from handlers.cli.reading import pictures_of, read_all

    with open_rooms() as rooms:
        count = read_all(rooms, pictures_of(places), "json" if as_json else "csv" if as_csv else "plain", say)
    if count.all != 1:
        say(str(count), error=True)
    raise typer.Exit(0 if count.read and not count.failed else 1)


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="A new file; without, standard output.")] = None,
    *,
    kind: Annotated[str, typer.Option("--format", help="csv, jsonl or xlsx.")] = "csv",
    text: Annotated[str | None, typer.Option(help="The valid text.")] = None,
    part: Annotated[str, typer.Option(help="A part of it.")] = "",
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day.")] = None,
    state: Annotated[State | None, typer.Option(help="Where readings stand; open: to review.")] = None,
) -> None:
    """Write the recorded readings as a file, newest first."""
    from handlers.cli.exporting import write

    days = (since.date() if since else None, until.date() if until else None)
    with open_rooms() as rooms:
        number = write(rooms.database, Wanted(text, part, *days, state=state), kind, file)
    say(f"{number:,} readings{f' in {file}' if file else ''}.", error=True)


@app.command()
def audit(*, limit: Annotated[int, typer.Option(min=1, max=100_000, help="Entries at the most.")] = 100) -> None:
    """What was changed, by whom and when, newest first: time in UTC, who, what and a remark, with tabs between."""
    from handlers.records.audit import newest

    with open_rooms() as rooms, rooms.database.read() as connection:
        for entry in newest(connection, limit):
            time_ = datetime.fromtimestamp(entry["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
            remark = " ".join(entry["remark"].split())
            say(f"{time_}\t{entry['who']}\t{entry['what']}\t{remark}")


@app.command()
def submit(
    source: Annotated[str, typer.Argument(help="A folder, a picture, or s3://bucket/prefix.", show_default=False)],
    *,
    uuid: Annotated[str, typer.Option(help="The client whose tasks they are; by default one of their own.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Submit also what was submitted before.")] = False,
) -> None:
    """Have pictures read by the server or the cloud, each as a task; the same again goes on where it stopped."""
    with open_rooms() as rooms:
        refused = _submit(rooms, source, uuid, again=again)
    raise typer.Exit(1 if refused else 0)


@app.command()
def check() -> None:
    """Try out everything that the settings name; what is wrong is said, with where to mend it."""
    from handlers.cli.check import findings

    wrong = 0
    with open_rooms() as rooms:
        for finding in findings(rooms):
            wrong += bool(finding.problem)
            say(f"{'wrong' if finding.problem else 'ok':6}{finding.part:10}{finding.used}")
            if finding.problem:
                say(f"{'':16}{finding.problem}")
    raise typer.Exit(1 if wrong else 0)


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(context: typer.Context) -> None:
    """Start the server of this checkout, as `python local_server.py` does, with the same options."""
    if not _SERVER.is_file():
        say("The server is local_server.py of Castmark's repository; this installation is without it.", error=True)
        raise typer.Exit(2)
    sys.argv = [str(_SERVER), *context.args]
    runpy.run_path(str(_SERVER), run_name="__main__")


@contextmanager
def open_rooms() -> Iterator[Rooms]:
    """The rooms of the settings, closed in the end; what goes wrong is one sentence and the exit code 2."""
    try:
        settings = read_settings()
        _set_up_log(debug=settings.debug)
        rooms = Rooms(settings)
        try:
            yield rooms
        finally:
            rooms.close()
    except BrokenPipeError:
        # Whoever read what is printed has read enough.
        raise
    except _foreseen() as error:
        from handlers.cli.check import reason_of

        say(reason_of(error), error=True)
        raise typer.Exit(2) from None


def _set_up_log(*, debug: bool) -> None:
    if debug:
        open_log(debug=True)
    else:
        # Without any handler Python would print warnings among the output.
        logging.getLogger("castmark").addHandler(logging.NullHandler())


def _foreseen() -> tuple[type[Exception], ...]:
    """Asked for only when something went wrong: SQLAlchemy is loaded by then, or not needed."""
    from sqlalchemy.exc import DBAPIError

    return ConfigurationError, WireError, OSError, DBAPIError


def _submit(rooms: Rooms, place: str, uuid: str, *, again: bool) -> int:
    """How many pictures were refused."""
    from handlers.cli.progress import Tally
    from handlers.tasks.sources import sources_of
    from handlers.tasks.submit import uuid_for

    settings = rooms.settings
    sources = sources_of(place, settings)
    client, tally = uuid or uuid_for(rooms.database, sources.uri), Tally()
    # Counted, and not kept: the second pass lists them anew.
    total = sum(1 for _ in sources)
    say(f"{total:,} files in {place}; ask for them with {settings.base_path}/{settings.routes.status}?uuid={client}")
    try:
        _follow(rooms, sources, total, caller_with(client).owner, tally, again=again)
    finally:
        say(str(tally) + (". Not all: the same command goes on from here." if tally.done < total else "."))
        say(*tally.refusals())
    _say_who_reads(rooms)
    return tally.refused


def _follow(rooms: Rooms, sources: "Sources", total: int, owner: str, tally: "Tally", *, again: bool) -> None:
    """Submit, counting in `tally` and showing it."""
    from handlers.cli.progress import progress_of
    from handlers.tasks.submit import Submission

    limits = rooms.settings.limits
    with progress_of(total) as progress:

        def wait(_: QueueFull) -> None:
            progress.show(tally, f"; {limits.queue:,} are queued (CASTMARK_LIMITS__QUEUE): waiting")
            time.sleep(_PAUSE_SECONDS)

        submission = Submission(rooms.queue, rooms.storage, rooms.database, limits, owner, wait, again=again)
        for outcome in submission.run(sources):
            tally.add(outcome)
            progress.show(tally)


def _say_who_reads(rooms: Rooms) -> None:
    if rooms.settings.queue_url:
        say("The cloud's functions read what was submitted.")
        return
    from handlers.tasks.submit import waiting

    # What runs here is finished; the rest is for a server of the same settings.
    rooms.queue.close()
    if left := waiting(rooms.database):
        say(f"{left:,} wait to be read, by the server; start it where none runs: python local_server.py")
    else:
        say("All of it is read.")


def say(*lines: str, error: bool = False) -> None:
    """Names of files may hold what the terminal cannot show."""
    for line in lines:
        stream = sys.stderr if error else sys.stdout
        encoding = stream.encoding or "utf-8"
        typer.echo(line.encode(encoding, "replace").decode(encoding), file=stream)
