"""`getdatabase`: every reading."""

from typing import Any

from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.function import Api, RoomsOf, on_demand
from handlers.openapi import answers
from handlers.rooms import Rooms

_EXAMPLE = {"result": [["hub_id", "recognition_time", "mold_number"], [1, "2026-11-23 10:15:00", "11"]]}
api = Api()


@api.route("getdatabase", summary="Every reading, oldest first, with a header row", responses=answers(_EXAMPLE))
async def getdatabase(rooms: RoomsOf) -> JSONResponse:
    return JSONResponse({"result": await run_in_threadpool(_rows, rooms)})


def _rows(rooms: Rooms) -> list[list[Any]]:
    from handlers.records.readings import all_records

    with rooms.database.read() as connection:
        return all_records(connection)


__getattr__ = on_demand(api, "database")
