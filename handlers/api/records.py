"""`getdatabase`: every reading, as many at a time as one answer holds."""

from typing import Any

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_EXAMPLE = {"result": [["hub_id", "recognition_time", "mold_number"], [1, "2026-11-23 10:15:00", "11"]]}
api = Api(prepared=("database",))


@api.route(
    "getdatabase",
    summary="Every reading, newest first, with a header row",
    description="At most `limit` in one answer; where `next` is answered there may be more, `after` that one.",
    responses=answers(_EXAMPLE, 400),
)
async def getdatabase(
    rooms: RoomsOf,
    limit: int = Query(10_000, ge=1, le=50_000, description="Readings in one answer."),
    after: int | None = Query(None, ge=-(2**63), lt=2**63, description="The `next` of the answer before."),
) -> JSONResponse:
    rows = await run_in_threadpool(_rows, rooms, limit, after)
    # Beside the header row.
    more = {"next": rows[-1][0]} if len(rows) > limit else {}
    return JSONResponse({"result": rows, **more})


def _rows(rooms: Rooms, limit: int, after: int | None) -> list[list[Any]]:
    from handlers.records.readings import newest_records

    with rooms.database.read() as connection:
        return newest_records(connection, limit, after)
