"""What people say of a reading: steps that are added and never changed, and what is valid by them.

`recognition_record.mold_number` always shows the valid text. A step is who, when, from what, to what, and why; taking
one back is a step of its own. A step that SQL made is kept by `triggers`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from handlers.errors import ChangedMeanwhile, NotFound, TextRefused
from handlers.records.audit import note
from handlers.records.tables import correction, recognition_record, review
from handlers.records.wanted import State

TOGETHER = "together"
LONGEST_TEXT, LONGEST_WHO, LONGEST_WHY = 200, 64, 500


@dataclass(frozen=True, slots=True)
class Step:
    """`kind` is correct, confirm, undo, sql, removed, or together: the machine read on, with more photos. `at` is in
    seconds since 1970 (UTC)."""

    number: int
    kind: str
    text: str
    before: str
    state: str
    who: str
    at: float
    why: str


@dataclass(frozen=True, slots=True)
class Word:
    """Who says something, when and why. `expected`: how many steps there were when he looked; None is any number."""

    who: str
    at: float
    why: str = ""
    expected: int | None = None


Told = Callable[[Connection, int, Step], None]
"""Hears of each step, in the transaction that keeps it."""


def nobody(_: Connection, __: int, ___: Step) -> None:
    """Who hears of steps where nothing leaves by itself."""


def correct(connection: Connection, hub_id: int, said: str, word: Word, told: Told = nobody) -> None:
    """Make `said` the valid text; empty, there is no mark at all. What it is already is confirmed.

    Raises NotFound, ChangedMeanwhile, and TextRefused for what no mark can say.
    """
    wanted = plain_text(said)
    now = _now(connection, hub_id, word)
    if wanted == now.text and wanted:
        kind, state = "confirm", State.CONFIRMED
    elif not wanted:
        kind, state = "correct", State.UNMARKED
    else:
        kind, state = "correct", State.CONFIRMED if wanted == now.machine_text else State.CORRECTED
    told(connection, hub_id, _add(connection, now, kind, wanted, state, word))


def confirm(connection: Connection, hub_id: int, word: Word, told: Told = nobody) -> None:
    """Say that the valid text is right. Raises NotFound and ChangedMeanwhile."""
    now = _now(connection, hub_id, word)
    told(connection, hub_id, _add(connection, now, "confirm", now.text, State.CONFIRMED, word))


def undo(connection: Connection, hub_id: int, word: Word, told: Told = nobody) -> None:
    """Take back the last step that stands. Raises NotFound, and ChangedMeanwhile also where none stands."""
    now = _now(connection, hub_id, word)
    standing = _standing(steps_of(connection, hub_id))
    if not standing:
        raise ChangedMeanwhile("There is no step to take back.")
    before = standing[-2].state if len(standing) > 1 else _first_state(now)
    told(connection, hub_id, _add(connection, now, "undo", standing[-1].before, before, word))


def go_on(connection: Connection, hub_id: int, text: str, state: State, word: Word) -> None:
    """Make valid what the machine reads by now, with more photos; nothing where a person's word stands, or it is the
    same. Raises NotFound."""
    now = _now(connection, hub_id, word)
    said = [step for step in _standing(steps_of(connection, hub_id)) if step.kind != TOGETHER]
    same = now.known is not None and (now.text, now.known.state) == (text, state)
    if not said and not same:
        _add(connection, now, TOGETHER, text, state, word)


def steps_of(connection: Connection, hub_id: int) -> list[Step]:
    """All of them, the oldest first."""
    columns = [column for column in correction.c if column.name != "hub_id"]
    rows = connection.execute(select(*columns).where(correction.c.hub_id == hub_id).order_by(correction.c.number))
    return [Step(*row) for row in rows]


def plain_text(said: str) -> str:
    """What is kept of a text that a person typed. Raises TextRefused for what no mark can say."""
    text = " ".join(said.split(" ")).strip()
    if len(text) > LONGEST_TEXT:
        raise TextRefused(f"A text has at most {LONGEST_TEXT} characters.")
    if not text.replace("\n", "").isprintable():
        raise TextRefused("A text consists of characters that can be seen.")
    return text


def person(name: str) -> str:
    """A person's name as it is kept."""
    visible = "".join(letter for letter in name if letter.isprintable()).strip()
    return visible[:LONGEST_WHO] or "operator"


@dataclass(frozen=True, slots=True)
class _Now:
    hub_id: int
    text: str
    time: str
    known: Row[Any] | None

    @property
    def steps(self) -> int:
        return int(self.known.steps) if self.known else 0

    @property
    def machine_text(self) -> str | None:
        return self.known.machine_text if self.known else None


def _now(connection: Connection, hub_id: int, word: Word) -> _Now:
    """How it stands, held until the transaction ends."""
    query = select(recognition_record).where(recognition_record.c.hub_id == hub_id)
    if connection.dialect.name == "postgresql":
        # SQLite has one writer; Aurora DSQL sends the later of two back by itself.
        query = query.with_for_update()
    record = connection.execute(query).one_or_none()
    if record is None:
        raise NotFound("There is no such reading.")
    known = connection.execute(select(review).where(review.c.hub_id == hub_id)).one_or_none()
    now = _Now(hub_id, record.mold_number or "", record.recognition_time or "", known)
    if word.expected not in (None, now.steps):
        raise ChangedMeanwhile("Somebody else has said something of this reading meanwhile; look at it again.")
    return now


def _add(connection: Connection, now: _Now, kind: str, text: str, state: str, word: Word) -> Step:
    # The table counts, and not the row beside it: a removed record that came again has steps and no row.
    last = connection.scalar(select(func.max(correction.c.number)).where(correction.c.hub_id == now.hub_id)) or 0
    step = Step(last + 1, kind, text, now.text, state, person(word.who), word.at, word.why[:LONGEST_WHY])
    connection.execute(correction.insert().values(hub_id=now.hub_id, **_values(step)))
    if now.known:
        standing = {"state": state, "steps": step.number}
        connection.execute(update(review).where(review.c.hub_id == now.hub_id).values(standing))
    else:
        row = {"hub_id": now.hub_id, "recognition_time": now.time, "owner": "", "state": state, "steps": step.number}
        connection.execute(review.insert().values(row))
    if text != now.text:
        mine = recognition_record.c.hub_id == now.hub_id
        connection.execute(update(recognition_record).where(mine).values(mold_number=text))
    note(connection, step.who, kind, f"reading {now.hub_id}: {now.text!r} -> {text!r}", step.at)
    return step


def _values(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in Step.__slots__}


def _standing(steps: Sequence[Step]) -> list[Step]:
    """Those that were not taken back."""
    standing: list[Step] = []
    for step in steps:
        if step.kind != "undo":
            standing.append(step)
        elif standing:
            standing.pop()
    return standing


def _first_state(now: _Now) -> State:
    """Where it stood before anybody said anything: whatever was reviewed may be reviewed again."""
    return State.OPEN if now.machine_text is not None else State.SURE
