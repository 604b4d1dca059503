"""`tokens`, `issue` and `revoke`: who else may ask, by name and role."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.roles import Role
from handlers.function import Api, RoomsOf
from handlers.openapi import answers

_ONE = {"name": "Line 3", "role": "reviewer", "made_at": 1767225600.0, "made_by": "operator"}
_LIST = {"type": "object", "required": ["tokens"], "properties": {"tokens": {"type": "array"}}}
_Name = Annotated[str, Query(max_length=64, description="Whose token it is: shown with all that is done by it.")]
_Role = Annotated[Role, Query(description="What it is good for: each role may what the ones before it may.")]
api = Api(prepared=("database",))


@api.route("tokens", summary="Who has a token", responses=answers({"tokens": [_ONE]}, 400, schema=_LIST))
async def tokens(rooms: RoomsOf) -> JSONResponse:
    return JSONResponse({"tokens": await run_in_threadpool(rooms.tokens.all)})


@api.route(
    "issue",
    methods=("POST",),
    summary="Make a token",
    description="The answer is the only place where the token is ever shown; what is kept of it is a hash.",
    responses=answers({"name": "Line 3", "role": "reviewer", "token": "castmark_..."}, 400),
)
async def issue(request: Request, rooms: RoomsOf, name: _Name, role: _Role = Role.READER) -> JSONResponse:
    text = await run_in_threadpool(rooms.tokens.issue, name, role, request.state.who or "operator")
    return JSONResponse({"name": name.strip(), "role": role, "token": text}, headers={"Cache-Control": "no-store"})


@api.route(
    "revoke",
    methods=("POST",),
    summary="Take a token back",
    description="It opens nothing from then on, nor does a login by it. What was done by it keeps its name.",
    responses=answers({"result": "Revoked."}, 400, 404),
)
async def revoke(request: Request, rooms: RoomsOf, name: _Name) -> JSONResponse:
    await run_in_threadpool(rooms.tokens.revoke, name.strip(), request.state.who or "operator")
    return JSONResponse({"result": "Revoked."})
