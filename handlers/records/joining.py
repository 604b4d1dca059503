"""A reading goes on when more photos of its mark come: the same record, which says what all of them show together.

What the machine says then is a step of the record like a person's, so that what was valid before stays to be seen; once
a person has said something, that stands.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from handlers.records import promise
from handlers.records.corrections import Word, go_on
from handlers.records.readings import Origin, said_of, state_of
from handlers.records.tables import reading, review, said

MACHINE = "castmark"


def join(connection: Connection, tasks: Sequence[str], origin: Origin, detail: Mapping[str, Any]) -> int | None:
    """Have the first reading that one of `tasks` made go on with `detail`; its number, or None where none made any."""
    query = select(reading.c.hub_id).where(reading.c.task_id.in_(list(tasks)), reading.c.position == 0)
    number = connection.scalar(query.order_by(reading.c.hub_id).limit(1))
    if number is None:
        return None
    go_on(
        connection,
        number,
        detail["text"],
        state_of(detail),
        Word(MACHINE, time.time(), f"{len(detail['photos'])} photos"),
    )
    _replace(connection, number, origin, detail)
    return int(number)


def _replace(connection: Connection, number: int, origin: Origin, detail: Mapping[str, Any]) -> None:
    """What is kept of the machine's word."""
    facts = {"confidence": detail["confidence"], "needs_review": detail["needs_review"]}
    facts |= {"picture_name": detail["name"], "picture_sha256": detail["sha256"]}
    facts |= {"alternatives": json.dumps(detail["alternatives"], ensure_ascii=False)}
    connection.execute(update(reading).where(reading.c.hub_id == number).values(facts))
    machine = {"machine_text": detail["text"], "confidence": detail["confidence"]}
    connection.execute(update(review).where(review.c.hub_id == number).values(machine))
    if "judged" in detail:
        promise.judge_again(connection, number, origin.model, detail)
    values = {"model": origin.model, **said_of(detail)}
    connection.execute(update(said).where(said.c.hub_id == number).values(values))
