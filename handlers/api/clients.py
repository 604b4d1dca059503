"""`adduuid` and `removeuuid`: accepted because clients register, never required: a uuid is known by its use."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import caller_with
from handlers.access.guard import guessing
from handlers.function import Api, RoomsOf
from handlers.openapi import answers

_ADDED = "The client may upload and start; it need not be registered."
_REMOVED = "The client's pictures are removed."
_Uuid = Annotated[str, Query(min_length=1, description="The client's uuid.", examples=["3f0c6d0e"])]
api = Api(prepared=("storage",))


@api.route("adduuid", summary="Register a client", responses=answers({"result": _ADDED}, 400))
async def adduuid(uuid: _Uuid) -> JSONResponse:  # noqa: ARG001  only that there is one
    return JSONResponse({"result": _ADDED})


@api.route(
    "removeuuid", summary="Remove a client and its pictures", responses=answers({"result": _REMOVED}, 400, 429, 503)
)
async def removeuuid(request: Request, rooms: RoomsOf, uuid: _Uuid) -> JSONResponse:
    with guessing(request, uuid) as guess:
        guess.right = await run_in_threadpool(rooms.storage.clear, caller_with(uuid).owner) > 0
    return JSONResponse({"result": _REMOVED})
