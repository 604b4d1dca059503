"""`castmark watch`: the loop of `handlers.watching`, told line by line, until it is stopped."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handlers.access.caller import caller_with
from handlers.cli.reading import Count, Say
from handlers.errors import ConfigurationError
from handlers.health.parts import reason_of
from handlers.rooms import Rooms
from handlers.tasks.bulk import uuid_for
from handlers.watching.results import Table
from handlers.watching.watch import Outcome, Plan, Watch


def watch(rooms: Rooms, plan: Plan, table: Path | None, say: Say, *, once: bool) -> Count:
    """Read what is in the folder and, unless `once`, what comes, until SIGINT or SIGTERM. A line for each picture."""
    if not plan.root.is_dir():
        raise ConfigurationError(f"{plan.root} is no folder; make it, or name another.")
    if rooms.settings.decoders and sys.platform != "win32":
        rooms.decode_apart()
    owner = caller_with(uuid_for(rooms.database, plan.root.as_uri())).owner
    count = Count()
    results = Table(table) if table else None
    watching = Watch(rooms, plan, owner, results, lambda error: say(reason_of(error), error=True))
    with watching, _stopped_by_signals() as stop:
        for outcome in _until_done(watching, stop) if once else watching.run(stop):
            _add(count, outcome)
            say(_line(outcome, plan.root), error="error" in outcome.result)
    return count


def _until_done(watching: Watch, stop: threading.Event) -> Iterator[Outcome]:
    while not stop.is_set():
        yield from watching.once(stop)
        if not watching.busy:
            return
        stop.wait(0.1)


def _add(count: Count, outcome: Outcome) -> None:
    failed = "error" in outcome.result
    count.failed += failed
    count.read += not failed
    count.doubtful += not failed and outcome.result["needs_review"]


def _line(outcome: Outcome, root: Path) -> str:
    place = outcome.place
    shown = place.relative_to(root) if place.is_relative_to(root) else place
    return f"{outcome.original}\t{outcome.result.get('error') or outcome.result['text']}\t{shown}"


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """An event that is set when the process is told to stop; it is told nothing else meanwhile."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
