"""`command`: one line for the console."""

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.console.terminal.sessions import session_id
from handlers.errors import BadRequest
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import answers

_EXAMPLE = [["hub_id", "recognition_time", "mold_number"], [1, "2026-11-23 10:15:00", "11"]]
api = Api(prepared=("database",))


@api.route(
    "command",
    summary="Run a line in the console",
    description="`help` lists the commands. The answer is a string or, for rows, a list with a header row.",
    responses=answers(_EXAMPLE, 400),
)
async def command(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    command: str | None = Query(None, description="The line, such as `help` or, after `sql`, a statement."),
    session: str | None = Query(None, description="A console session of one's own; else the caller's."),
) -> JSONResponse:
    if not command or not command.strip():
        raise BadRequest("Say which command: ?command=help")
    mine = session_id(session, caller.owner)
    return JSONResponse(await run_in_threadpool(rooms.console.run, command, mine, request.state.who))
