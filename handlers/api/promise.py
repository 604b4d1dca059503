"""`promise`: how many accepted readings may be wrong, what was checked of it, and how much is accepted."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.errors import BadRequest
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_KIND = {
    **{"kinds": ["line"], "kept": True, "least": 0.83, "checked": 1204, "wrong": 3, "at_most": 6.4, "asked": 1890},
    **{"asked_wrong": 61, "needed": 0, "share": 0.93},
}
_EXAMPLE = {
    **{"wrong_at_most": 10.0, "checked_share": 0.05, "certainty": 0.95, "review_below": 0.7, "model": "9be14c02aa17"},
    **{"kinds": [_KIND], "waiting": 4, "days": [["2026-11-23", 480, 441, 22, 20, 0]]},
}
_DAYS, _MOST_DAYS = 30, 366
_Since = Annotated[date | None, Query(description="The first day; by default 30 days before the last one.")]
_Until = Annotated[date | None, Query(description="The last day; by default today.")]
api = Api(prepared=("database",))


@api.route(
    "promise",
    summary="How many accepted readings are wrong",
    description=(
        "`kinds`: marks that are judged together, with the confidence from which on (`least`) they are accepted. "
        "`kept`: whether that keeps the promise with the stated certainty; else `needed` says how many more readings "
        "must be checked, null where so many were wrong that it may never be. `checked`, `wrong`: of those that chance "
        "put up for checking; `at_most`: of 1,000, what they do not rule out. `share`: of the clear readings, those "
        "accepted. `days`: day, readings, accepted, put up by chance, checked of these, wrong."
    ),
    responses=answers(_EXAMPLE, 400, schema={"type": "object"}),
)
async def promise(rooms: RoomsOf, since: _Since = None, until: _Until = None) -> JSONResponse:
    return JSONResponse(await run_in_threadpool(_told, rooms, since, until))


def _told(rooms: Rooms, since: date | None, until: date | None) -> dict[str, Any]:
    from handlers.records.promised import told
    from handlers.records.readings import Clock

    last = until or Clock(rooms.settings.timezone).today()
    first = since or last - timedelta(days=_DAYS - 1)
    if (last - first).days >= _MOST_DAYS:
        raise BadRequest(f"At most {_MOST_DAYS} days are counted at once; say since and until.")
    with rooms.database.read() as connection:
        return told(connection, rooms.settings, first, last)
