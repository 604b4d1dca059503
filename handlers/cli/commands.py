"""The `castmark` command: read pictures here, submit many, take readings away, check the settings, serve.

It works by the settings of a server, in the same places: CASTMARK_* variables, castmark.toml, config.ini.
"""

import runpy
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.access.caller import caller_with
from handlers.cli import outbox, tokens
from handlers.cli.common import rooms_of_settings, say
from handlers.errors import QueueFull
from handlers.records.wanted import State, Wanted
from handlers.rooms import Rooms

if TYPE_CHECKING:
    from handlers.cli.one import Wishes
    from handlers.cli.progress import Tally
    from handlers.cli.reading import Count, Shape
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
app.add_typer(tokens.app, name="tokens")
app.add_typer(outbox.app, name="outbox")


@app.command()
def read(
    places: Annotated[list[str], typer.Argument(help="Pictures, folders and patterns.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print full readings, one JSON object a line.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print a table.")] = False,
    into: Annotated[Path | None, typer.Option(help="Write into this file, and go on where it ends.")] = None,
    draw: Annotated[Path | None, typer.Option(help="A folder for copies with the marks drawn.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Make records of the readings, each file once.")] = False,
    together: Annotated[bool, typer.Option("--together", help="They are photos of one mark: one reading.")] = False,
    jobs: Annotated[int, typer.Option(min=0, max=64, help="Processes; 0: one a core.")] = 0,
) -> None:
    """Read pictures here and now; print name, tab and text. Nothing is stored or recorded, unless it is asked for.

    Ends with 1 where a picture could not be read, or there was none. With --into and --record the same command goes
    on where it was stopped.
    """
    from handlers.cli.one import Wishes
    from handlers.cli.reading import Shape

    shape: Shape = "csv" if as_csv else "json" if as_json else "plain"
    if into and shape == "plain":
        shape = "json" if into.suffix in (".json", ".jsonl") else "csv"
    with rooms_of_settings() as rooms:
        count, left_out = _read(rooms, places, shape, into, Wishes(draw, record, together), jobs)
    if left_out:
        say(f"{left_out:,} were read before.", error=True)
    if count.all != 1:
        say(str(count), error=True)
    raise typer.Exit(0 if (count.read or left_out) and not count.failed else 1)


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
    training: Annotated[Path | None, typer.Option(help="A new folder for checked pictures and their texts.")] = None,
) -> None:
    """Write the recorded readings as a file, newest first; with --training what people checked, for other programs.

    Label Studio takes label-studio.json of that folder, PaddleOCR rec_gt.txt.
    """
    from handlers.cli.exporting import write

    if training:
        from handlers.teaching.exporting import write_training

        with rooms_of_settings() as rooms:
            pictures, crops = write_training(rooms, training)
        say(f"{pictures:,} checked readings in {training}, {crops:,} of them one line cut out.", error=True)
        return
    days = (since.date() if since else None, until.date() if until else None)
    with rooms_of_settings() as rooms:
        number = write(rooms.database, Wanted(text, part, *days, state=state), kind, file)
    say(f"{number:,} readings{f' in {file}' if file else ''}.", error=True)


@app.command()
def teach(
    *,
    try_: Annotated[bool, typer.Option("--try", help="Show what it changes, and use nothing.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Go back to the teaching before, or to none.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Print what was put to use, newest first.")] = False,
) -> None:
    """Learn from the readings that people confirmed and corrected, and use it where it reads better; all of it here.

    Ends with 1 where it was refused, or there was nothing to take back.
    """
    from handlers.cli import teaching

    if try_ + undo + list_ > 1:
        raise typer.BadParameter("--try, --undo and --list do not go together.")
    with rooms_of_settings() as rooms:
        if list_:
            say(*teaching.listed(rooms))
            return
        lines, done = teaching.taken_back(rooms) if undo else teaching.learned(rooms, use=not try_)
    say(*lines)
    raise typer.Exit(0 if done else 1)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="A new file.", show_default=False)]) -> None:
    """Write all that is kept into one file, while the server runs: records, pictures, settings without secrets."""
    from handlers.backup.saving import save

    with rooms_of_settings() as rooms:
        saved = save(rooms, file)
    say(f"{file}: {saved}", error=True)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `castmark backup` wrote.", show_default=False)],
    *,
    replace: Annotated[bool, typer.Option("--replace", help="In the place of what is there.")] = False,
) -> None:
    """Bring a backup back, into the database and the storage that the settings name; with no server running."""
    from handlers.backup.restoring import restore

    with rooms_of_settings() as rooms:
        saved = restore(rooms, file, replace=replace)
    say(f"Restored and compared: {saved}", error=True)


@app.command()
def audit(*, limit: Annotated[int, typer.Option(min=1, max=100_000, help="Entries at the most.")] = 100) -> None:
    """What was changed, by whom and when, newest first: time in UTC, who, what and a remark, with tabs between."""
    from handlers.records.audit import newest

    with rooms_of_settings() as rooms, rooms.database.read() as connection:
        for entry in newest(connection, limit):
            time_ = datetime.fromtimestamp(entry["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
            remark = " ".join(entry["remark"].split())
            say(f"{time_}\t{entry['who']}\t{entry['what']}\t{remark}")


@app.command()
def promise(*, days: Annotated[int, typer.Option(min=1, max=366, help="Of the last days.")] = 30) -> None:
    """How many accepted readings may be wrong, what was checked of it, and how much is accepted, day by day."""
    from handlers.records.promised import sentences, told
    from handlers.records.readings import Clock

    with rooms_of_settings() as rooms, rooms.database.read() as connection:
        today = Clock(rooms.settings.timezone).today()
        say(*sentences(told(connection, rooms.settings, today - timedelta(days=days - 1), today)))


@app.command()
def submit(
    source: Annotated[str, typer.Argument(help="A folder, a picture, or s3://bucket/prefix.", show_default=False)],
    *,
    uuid: Annotated[str, typer.Option(help="The client whose tasks they are; by default one of their own.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Submit also what was submitted before.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the reading, and print what was read.")] = False,
) -> None:
    """Have pictures read by the server or the cloud, each as a task; the same again goes on where it stopped.

    Ends with 1 where a picture was refused or, with --wait, could not be read.
    """
    with rooms_of_settings() as rooms:
        tally = _submit(rooms, source, uuid, again=again)
        failed = _wait(rooms, tally) if wait else 0
        if not wait:
            _say_who_reads(rooms)
    raise typer.Exit(1 if tally.refused or failed else 0)


@app.command()
def watch(
    folder: Annotated[Path, typer.Argument(help="The folder in which pictures arrive.", show_default=False)],
    *,
    done: Annotated[Path | None, typer.Option(help="Where read pictures go; FOLDER/done.")] = None,
    review: Annotated[Path | None, typer.Option(help="Where those to check go; FOLDER/review.")] = None,
    failed: Annotated[Path | None, typer.Option(help="Where unreadable ones go; FOLDER/failed.")] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="One table of results, not a file each.")] = None,
    settle: Annotated[float, typer.Option(min=0, help="Seconds without a change: it is complete.")] = 2.0,
    patience: Annotated[float, typer.Option(min=0, help="Seconds for one that breaks off to go on.")] = 60.0,
    poll: Annotated[float, typer.Option(min=0, help="Look every so many seconds, for network drives.")] = 0.0,
    once: Annotated[bool, typer.Option("--once", help="Read what is there, and end.")] = False,
) -> None:
    """Read and record each picture that arrives in a folder, once, and put it away with its result."""
    from handlers.cli.watching import watch
    from handlers.watching.watch import plan_of

    plan = plan_of(folder.absolute(), (done, review, failed), settle=settle, patience=patience, poll=poll)
    with rooms_of_settings() as rooms:
        count = watch(rooms, plan, table, say, once=once)
    say(str(count), error=True)


@app.command()
def check() -> None:
    """Try out everything that the settings name; what is wrong is said, with where to mend it."""
    from handlers.soundness.findings import findings
    from handlers.soundness.origins import origins

    wrong = 0
    with rooms_of_settings() as rooms:
        for finding in findings(rooms):
            wrong += bool(finding.problem)
            say(f"{'wrong' if finding.problem else 'ok':6}{finding.part:10}{finding.used}")
            if finding.problem:
                say(f"{'':16}{finding.problem}")
        for origin in origins(rooms.settings):
            say(f"{'':6}{origin.name} = {origin.value}  ({origin.source})")
    raise typer.Exit(1 if wrong else 0)


@app.command(add_help_option=False, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(context: typer.Context) -> None:
    """Start the server, with the options of `python local_server.py`."""
    if not _SERVER.is_file():
        say("The server is local_server.py of Castmark's repository; this installation is without it.", error=True)
        raise typer.Exit(2)
    sys.argv = [str(_SERVER), *context.args]
    runpy.run_path(str(_SERVER), run_name="__main__")


def _read(
    rooms: Rooms, places: list[str], shape: "Shape", into: Path | None, wishes: "Wishes", jobs: int
) -> tuple["Count", int]:
    """What was read, and how many pictures had been before."""
    from handlers.cli import recording
    from handlers.cli.many import cores, details
    from handlers.cli.progress import watched
    from handlers.cli.reading import Table, names_in, pictures_of, read_all
    from handlers.cli.together import read_photos

    pictures = list(pictures_of(places))
    known = names_in(into, shape) if into else frozenset()
    new = [path for path in pictures if str(path) not in known]
    new = _unrecorded(rooms, new, wishes)
    with ExitStack() as held:
        file = held.enter_context(into.open("a", encoding="utf-8", newline="")) if into else None
        found = details(rooms, new, wishes, jobs or cores())
        if wishes.together and new:
            found = iter([read_photos(rooms, new, wishes)])
        if wishes.record:
            found = recording.recorded(rooms.database, rooms.settings, found)
        count = read_all(found, Table(shape, say, file), held.enter_context(watched(len(new))))
    return count, len(pictures) - len(new)


def _unrecorded(rooms: Rooms, pictures: list[Path], wishes: "Wishes") -> list[Path]:
    from handlers.cli import recording
    from handlers.cli.together import recorded_before

    if not wishes.record:
        return pictures
    if wishes.together:
        return [] if recorded_before(rooms, pictures) else pictures
    return recording.unrecorded(rooms.database, pictures)


def _submit(rooms: Rooms, place: str, uuid: str, *, again: bool) -> "Tally":
    """What became of the pictures."""
    from handlers.cli.progress import Tally
    from handlers.tasks.bulk import uuid_for
    from handlers.tasks.sources import sources_of

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
    return tally


def _wait(rooms: Rooms, tally: "Tally") -> int:
    """Print what the tasks come to; how many could not be read."""
    from handlers.cli.progress import watched
    from handlers.cli.reading import Table, read_all
    from handlers.cli.waiting import readings

    if not rooms.settings.queue_url:
        rooms.queue.open()
    with watched(len(tally.tasks)) as bar:
        count = read_all(readings(rooms.database, tally.tasks), Table("plain", say), bar)
    say(str(count), error=True)
    return count.failed


def _follow(rooms: Rooms, sources: "Sources", total: int, owner: str, tally: "Tally", *, again: bool) -> None:
    """Submit, counting in `tally` and showing it."""
    from handlers.cli.progress import progress_of
    from handlers.tasks.bulk import Submission

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
    from handlers.tasks.bulk import waiting

    # What runs here is finished; the rest is for a server of the same settings.
    rooms.queue.close()
    if left := waiting(rooms.database):
        say(f"{left:,} wait to be read, by the server; start it where none runs: python local_server.py")
    else:
        say("All of it is read.")
