"""The rule `drift`: the latest readings are held against those before them, every tenth time.

After an alarm it is learnt anew what is usual, so that one change is said once.
"""

from sqlalchemy import Connection, case, func, or_, select

from handlers.promise.drift import RECENT, USUAL, Drift, Seen, drifts
from handlers.promise.verdict import Verdict
from handlers.records.tables import happened, judgement, reading, review

_EVERY = 10
# What asks for a look by a threshold that stays, where a promise moves the real one.
_HESITANT = 0.7


def sentence(connection: Connection, number: int) -> str:
    """What has moved by the reading `number`; empty where nothing has, or it is not looked at this time."""
    if number % _EVERY:
        return ""
    return " ".join(map(_sentence, drifts(_latest(connection, number))))


def _latest(connection: Connection, number: int) -> list[Seen]:
    """Those since the last alarm, the oldest first."""
    alarm = connection.scalar(select(func.max(happened.c.hub_id)).where(happened.c.rule == "drift")) or 0
    hesitant = or_(judgement.c.verdict == Verdict.UNCLEAR, reading.c.confidence < _HESITANT)
    doubted = case((judgement.c.verdict.is_(None), reading.c.needs_review), else_=hesitant)
    query = select(doubted, review.c.machine_text).select_from(reading)
    query = query.join(review, review.c.hub_id == reading.c.hub_id)
    query = query.outerjoin(judgement, judgement.c.hub_id == reading.c.hub_id)
    query = query.where(reading.c.hub_id <= number, reading.c.hub_id > alarm)
    rows = connection.execute(query.order_by(reading.c.hub_id.desc()).limit(USUAL + RECENT))
    return [Seen(bool(row[0]), row[1] or "") for row in rows][::-1]


def _sentence(drift: Drift) -> str:
    now, usual = f"{drift.now} of the last {drift.of}", f"{drift.usual:.1%} of the {drift.before:,} before"
    if drift.what == "review":
        return f"{now} readings ask for a person's look, {usual}."
    if drift.what == "empty":
        return f"{now} readings are empty, {usual}."
    which = f"read {drift.text!r}" if drift.text else "are of a text that was not seen before"
    return f"{now} batches {which}, {usual}."
