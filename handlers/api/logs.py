"""`getlogs`: what happened, for operators."""

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.function import Api, RoomsOf
from handlers.logbook.base import moment, now
from handlers.openapi import answers

_EXAMPLE = {"timestamp": "2026-03-01 08:15:00", "event": "reading", "result": "ok", "remark": "1 picture: 11"}
_OFF = "The log is switched off (log_switch); nothing is noted until it is switched on."
api = Api(prepared=("events",))


@api.route(
    "getlogs",
    summary="What happened",
    description=(
        "Uploads, readings, refusals, logins, starts and stops: the latest `limit`, the oldest first; those before, "
        "with `after` the timestamp of the oldest that is known. "
        "Of the latest on a server, what callers do is at most half where operators' events fill the rest; with "
        "`after`, all are there. In the cloud at most those of 30 days; the latest come some seconds late."
    ),
    responses=answers([_EXAMPLE], 400, 503, schema={"type": "array", "items": {"type": "object"}}),
)
async def getlogs(
    rooms: RoomsOf,
    limit: int = Query(1000, ge=1, le=1000, description="Events in one answer."),
    after: str = Query("", description="Continue with that second, and before."),
) -> JSONResponse:
    if after:
        moment(after)
    if rooms.settings.log_switch:
        events = await run_in_threadpool(rooms.events.latest, limit, after)
    else:
        events = [{"timestamp": now(rooms.settings.timezone), "event": "log", "result": "off", "remark": _OFF}]
    return JSONResponse(events, headers={"Cache-Control": "no-store"})
