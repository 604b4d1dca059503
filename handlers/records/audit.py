"""The audit trail: what was changed, by whom and when. Rows are added; the console sees no table of ours."""

import time
import uuid
from typing import Any

from sqlalchemy import Connection, select

from handlers.records.tables import audit

_LONGEST = 2000


def note(connection: Connection, who: str, what: str, remark: str, at: float | None = None) -> None:
    """In the transaction of the change itself, where there is one."""
    moment = time.time() if at is None else at
    values = {"id": uuid.uuid4().hex, "at": moment, "who": who[:64], "what": what[:32], "remark": remark[:_LONGEST]}
    connection.execute(audit.insert().values(values))


def newest(connection: Connection, limit: int = 1000) -> list[dict[str, Any]]:
    """The latest entries, newest first."""
    rows = connection.execute(select(audit).order_by(audit.c.at.desc(), audit.c.id).limit(limit))
    return [{"at": row.at, "who": row.who, "what": row.what, "remark": row.remark} for row in rows]
