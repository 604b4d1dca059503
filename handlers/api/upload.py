"""`upload`: pictures in, as multipart/form-data with any field names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from handlers.errors import TooLarge
from handlers.function import Api, CallerOf, RoomsOf, on_demand
from handlers.openapi import Idempotency, Uuid, answers
from handlers.settings import Settings
from handlers.tasks.intake import Received, take_in

_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "additionalProperties": {"type": "string", "format": "binary"},
                "example": {"photo": "(a picture)"},
            }
        }
    },
}
api = Api()


@api.route(
    "upload",
    methods=("POST",),
    summary="Upload one or more pictures",
    description="They replace what the same caller uploaded before; with `keep=1` they join it.",
    responses=answers({"message": "Done", "files": ["HOME1.jpg"]}, 400, 409, 413, 415, 422, 503, 507),
    openapi_extra={"requestBody": _BODY},
)
async def upload(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    uuid: Uuid = None,  # noqa: ARG001  read by CallerOf; named here for the documentation
    keep: bool = Query(False, description="Add to what was uploaded before."),
    key: Idempotency = None,
) -> JSONResponse:
    taking = partial(take_in, keep=keep, key=key or "")
    async with _received(request, rooms.settings) as files:
        names = await run_in_threadpool(taking, rooms.storage, caller.owner, files, rooms.settings.limits)
    return JSONResponse({"message": "Done", "files": names})


@asynccontextmanager
async def _received(request: Request, settings: Settings) -> AsyncIterator[list[Received]]:
    """The files of a multipart body, spooled to disk, whatever their fields are called."""
    most = settings.limits.files
    try:
        form = await request.form(max_files=most)
    except TooLarge as error:
        raise _with_way_out(error, request, settings) from None
    except HTTPException as error:
        # Starlette tells its reasons apart by words alone.
        if str(error.detail).startswith("Too many files"):
            raise TooLarge(f"These are too many files; send at most {most} at once.") from None
        raise
    try:
        parts = [part for _, part in form.multi_items() if isinstance(part, UploadFile) and part.filename]
        yield [Received(part.filename or "", part.file) for part in parts]
    finally:
        await form.close()


def _with_way_out(error: TooLarge, request: Request, settings: Settings) -> TooLarge:
    """A cloud function takes less at once than one picture may have; storage takes it."""
    if "aws.event" not in request.scope:
        return error
    way = "Send a smaller photo, or use this server's own page, which sends larger ones."
    # For whoever writes a client: what a person is shown names no API.
    return TooLarge(f"{error} {way}", larger=f"/{settings.routes.presign}")


__getattr__ = on_demand(api, "storage")
