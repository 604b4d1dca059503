"""`presign`: a form that takes one picture straight to storage, past the limits of a request."""

from typing import Annotated
from urllib.parse import urljoin

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.guard import uses, within_share
from handlers.errors import NotAPicture, TooLarge
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import Uuid, answers
from handlers.pictures.decoding import NAMED_TYPES
from handlers.tasks.intake import plain_name

_EXAMPLE = {
    "url": "http://127.0.0.1:5000/incoming",
    "fields": {"key": "incoming/4f/18", "Content-Type": "image/jpeg", "policy": "e30=", "signature": "9c"},
    "expires_in": 300,
}
_Name = Annotated[str, Query(min_length=1, description="The file's name.", examples=["HOME1.jpg"])]
_Type = Annotated[str, Query(description="The file's media type.", examples=["image/jpeg"])]
_Size = Annotated[int, Query(ge=1, description="The file's size in bytes.", examples=[73_000])]
api = Api(prepared=("storage",))


@api.route(
    "presign",
    methods=("POST",),
    summary="A form to send one picture straight to storage",
    description=(
        "Post it to `url` as multipart/form-data: the `fields` as they are, then the picture as `file`. It is looked "
        "at when it is to be read, and replaces what the same caller uploaded before; with `keep=1` it joins that. "
        "With `together=1` it joins, too, as one more photo of the same mark, to be read by `start?together=1`. "
        "Where pictures are read as they arrive, it joins nothing and becomes a task of its own, unless `read=0`."
    ),
    responses=answers(_EXAMPLE, 400, 413, 415, 429, 503),
    dependencies=[Depends(within_share)],
)
async def presign(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    name: _Name,
    content_type: _Type,
    size: _Size,
    uuid: Uuid = None,  # noqa: ARG001  read by CallerOf; named here for the documentation
    keep: bool = Query(False, description="Add to what was uploaded before."),
    together: bool = Query(False, description="One more photo of the mark that was uploaded before: `keep=1&read=0`."),
    read: bool = Query(True, description="Read it when it arrives, where the server does so; else by `start`."),
) -> JSONResponse:
    name, kind, limits = plain_name(name), content_type.strip().lower(), rooms.settings.limits
    if size > limits.file_bytes:
        raise TooLarge(f"{name} has {size / 1024 / 1024:.1f} MB; at most {limits.file_mb:g} MB are read.")
    if kind not in NAMED_TYPES:
        raise NotAPicture(f"{name} is said to be {kind or 'nothing'}, which Castmark does not read.")
    alone = read and rooms.settings.read_arrivals and not together
    keep = keep or together
    form = await run_in_threadpool(rooms.storage.presign, caller.owner, name, kind, size, keep=keep, alone=alone)
    uses(request, caller)
    url = urljoin(str(request.base_url), form.url)
    return JSONResponse({"url": url, "fields": form.fields, "expires_in": form.expires_in})
