"""`clear`: remove uploaded pictures."""

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import caller_with
from handlers.function import Api, CallerOf, RoomsOf, on_demand
from handlers.openapi import Uuid, answers

api = Api()


@api.route(
    "clear",
    summary="Remove uploaded pictures",
    description="All of the caller's; with `filename` only that one, or all of the client with that uuid.",
    responses=answers("Delete", 503, schema={"type": "string"}),
)
async def clear(
    rooms: RoomsOf,
    caller: CallerOf,
    uuid: Uuid = None,  # noqa: ARG001  read by CallerOf; named here for the documentation
    filename: str | None = Query(None, description="A file's name, or a client's uuid."),
) -> JSONResponse:
    await run_in_threadpool(rooms.storage.clear, caller.owner, filename or None)
    if filename:
        await run_in_threadpool(rooms.storage.clear, caller_with(filename).owner)
    return JSONResponse("Delete")


__getattr__ = on_demand(api, "storage")
