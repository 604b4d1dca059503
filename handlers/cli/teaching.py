"""`castmark teach`: learn from what people checked, show what that changes, use it, list it and take it back."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from handlers.cli.progress import Watched, watched

if TYPE_CHECKING:
    from handlers.rooms import Rooms
    from handlers.teaching.judging import Comparison
    from handlers.teaching.teaching import Outcome


def learned(rooms: "Rooms", *, use: bool) -> tuple[list[str], bool]:
    """What to say of a new teaching, and whether it may be used; with `use` it is, where it may."""
    from handlers.teaching.teaching import teach

    with ExitStack() as held:
        bars: list[Watched] = []

        def show(done: int, count: int) -> None:
            if not bars:
                bars.append(held.enter_context(watched(count)))
            bars[0].show(done, "pictures")

        outcome = teach(rooms, show)
    lines = list(_told(outcome))
    if outcome.refusal:
        return [*lines, f"Refused. {outcome.refusal} Readings go on as before."], False
    if not use:
        return [*lines, "It may be used: castmark teach does so."], True
    from handlers.teaching.use import put_to_use

    name = put_to_use(rooms, outcome.teaching, "castmark teach")
    return [*lines, f"Used from now on as {name}; castmark teach --undo takes it back."], True


def taken_back(rooms: "Rooms") -> tuple[list[str], bool]:
    """What to say, and whether there was anything to take back."""
    from handlers.teaching.use import take_back

    gone, now = take_back(rooms, "castmark teach")
    if not gone:
        return ["No teaching is used; there is nothing to take back."], False
    return [f"{gone} is not used any more; pictures are read {f'by {now}' if now else 'without a teaching'}."], True


def listed(rooms: "Rooms") -> Iterator[str]:
    """A line for each that was put to use, the newest first, with tabs between."""
    names = rooms.shelf.names()
    for number, name in enumerate(reversed(names)):
        teaching = rooms.shelf.teaching(name)
        made = datetime.fromtimestamp(teaching.made, UTC).strftime("%Y-%m-%d %H:%M:%S")
        stands = "used" if number == 0 else "before"
        yield f"{name}\t{stands}\t{made}\t{teaching.readings:,} readings\t{teaching.before}\t{teaching.after}"


def _told(outcome: "Outcome") -> Iterator[str]:
    judgement = outcome.judgement
    yield f"Learned from {outcome.teaching.readings:,} checked readings: {len(outcome.teaching.texts):,} texts."
    yield from _compared("Your readings, each held back from what it is read with", judgement.own)
    yield from _compared("The same, as if their text had never been seen", judgement.new)
    yield from _compared("The standard set", judgement.standard)


def _compared(what: str, comparison: "Comparison") -> Iterator[str]:
    yield f"{what}:"
    yield f"  before  {comparison.before}"
    yield f"  after   {comparison.after}"
