"""`clear`: remove uploaded pictures."""

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import caller_with
from handlers.access.guard import guessing
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import Uuid, answers

api = Api(prepared=("storage",))


@api.route(
    "clear",
    summary="Remove uploaded pictures",
    description="All of the caller's; with `filename` only that one, or all of the client with that uuid.",
    responses=answers("Delete", 429, 503, schema={"type": "string"}),
)
async def clear(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    uuid: Uuid = None,
    filename: str | None = Query(None, description="A file's name, or a client's uuid."),
) -> JSONResponse:
    with guessing(request, uuid) as guess:
        gone = await run_in_threadpool(rooms.storage.clear, caller.owner, filename or None)
        guess.right = gone > 0
    if filename and not gone:
        with guessing(request, filename) as guess:
            guess.right = await run_in_threadpool(rooms.storage.clear, caller_with(filename).owner) > 0
    return JSONResponse("Delete")
