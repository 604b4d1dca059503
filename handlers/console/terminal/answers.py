"""The SQL terminal's answers: rows with a header, or one sentence. Never an object: clients crash on one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from handlers.console.engines.base import Guarded, Rows, SqlRefused, Value
from handlers.console.policy.pieces import Dialect, pieces, significant
from handlers.console.policy.ruling import judge

Answer = str | list[list[Value]]
# Hears of a result and of a remark on it.
Note = Callable[[str, str], None]

# However often, and as a Chinese keyboard writes it.
_ENDS = re.compile(r"[;；\s]+\Z")
_DONE = {"insert": "inserted", "update": "updated", "delete": "deleted"}


def answer(
    statement: str,
    guard: Guarded,
    dialect: Dialect,
    phrases: Sequence[str],
    note: Note = lambda *_: None,
) -> Answer:
    """What the terminal says to a statement: judged first, then run by the guarded engine.

    `note` hears of writes, and of statements that the policy refuses; what the engine refuses is mostly a slip of the
    pen.
    """
    statement = _ENDS.sub("", statement)
    ruling = judge(statement, dialect, phrases)
    if not ruling.accepted:
        note("refused", ruling.reason)
        return ruling.reason
    try:
        rows = guard.run(statement, writes=ruling.writes)
    except SqlRefused as refusal:
        return str(refusal)
    if not ruling.writes:
        return table(rows)
    done = _changed(rows.changed, statement, dialect)
    note("written", f"{done} {statement}")
    return done


def table(rows: Rows) -> Answer:
    """The header and the rows, and when cut a last row that says so in its first cell."""
    shown: list[list[Value]] = [list(rows.columns), *map(list, rows.rows)]
    if rows.cut:
        notice = f"Cut after {_counted(len(rows.rows))}: the answer is too long; LIMIT and OFFSET give other parts."
        shown.append([notice, *[None] * (len(rows.columns) - 1)])
    return shown


def _changed(number: int, statement: str, dialect: Dialect) -> str:
    words = [piece.text.lower() for piece in significant(pieces(statement, dialect))]
    done = next((_DONE[word] for word in words if word in _DONE), "changed")
    return f"{_counted(number)} {done}."


def _counted(number: int) -> str:
    return f"{number:,} row" if number == 1 else f"{number:,} rows"
