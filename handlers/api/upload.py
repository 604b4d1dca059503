"""`upload`: pictures in, as multipart/form-data with any field names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import address_of, caller_named
from handlers.access.guard import uses, within_share
from handlers.errors import TooLarge
from handlers.function import Api, RoomsOf
from handlers.multipart.body import Bounds, Form, multipart
from handlers.openapi import Idempotency, Uuid, answers
from handlers.settings import Settings
from handlers.tasks.intake import Received, take_in

_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "properties": {"uuid": {"type": "string", "description": "As in the query; if both, the same."}},
                "additionalProperties": {"type": "string", "format": "binary"},
                "example": {"photo": "(a picture)"},
            }
        }
    },
}
api = Api(prepared=("storage",))


@api.route(
    "upload",
    methods=("POST",),
    summary="Upload one or more pictures",
    description="They replace what the same caller uploaded before; with `keep=1` they join it.",
    responses=answers({"message": "Done", "files": ["HOME1.jpg"]}, 400, 409, 413, 415, 422, 429, 503, 507),
    openapi_extra={"requestBody": _BODY},
    dependencies=[Depends(within_share)],
)
async def upload(
    request: Request,
    rooms: RoomsOf,
    uuid: Uuid = None,  # noqa: ARG001  read by `caller_named`; named here for the documentation
    keep: bool = Query(False, description="Add to what was uploaded before."),
    key: Idempotency = None,
) -> JSONResponse:
    limits, taking = rooms.settings.limits, partial(take_in, keep=keep, key=key or "")
    async with _form(request, rooms.settings) as form:
        caller = caller_named(request, form.texts("uuid"))
        files = [Received(sent.name, sent.file, sent.size) for sent in form.files]
        async with rooms.turns.turn(address_of(request), request.is_disconnected):
            names = await run_in_threadpool(taking, rooms.storage, caller.owner, files, limits, rooms.decoder)
    rooms.meters.uploaded(len(files), sum(file.size or 0 for file in files))
    uses(request, caller)
    return JSONResponse({"message": "Done", "files": names})


@asynccontextmanager
async def _form(request: Request, settings: Settings) -> AsyncIterator[Form]:
    """The multipart body, files spooled to disk, whatever their fields are called."""
    limits = settings.limits
    kind = request.headers.get("content-type", "")
    try:
        async with multipart(kind, request.stream(), Bounds(limits.files, limits.file_bytes)) as form:
            yield form
    except TooLarge as error:
        raise _with_way_out(error, request, settings) from None


def _with_way_out(error: TooLarge, request: Request, settings: Settings) -> TooLarge:
    """A cloud function takes less at once than one picture may have; storage takes it."""
    if "aws.event" not in request.scope:
        return error
    way = "Send a smaller photo, or use this server's own page, which sends larger ones."
    # For whoever writes a client: what a person is shown names no API.
    return TooLarge(f"{error} {way}", larger=f"/{settings.routes.presign}")
