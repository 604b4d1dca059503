"""`getpicture`: an uploaded picture's bytes. Deprecated, still answered."""

from collections.abc import Iterator
from typing import Any

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import address_of
from handlers.access.guard import guessing
from handlers.errors import BadRequest, NotFound
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import Uuid, failures
from handlers.rooms import Rooms
from handlers.storage.base import Picture, Storage
from handlers.tasks.intake import batch_of

_PIECE = 256 * 1024
# A cloud function's answer may have 4.5 MB. A link is for GET: whoever posted is told to come back with one (303).
_LARGEST = 4_500_000
# Bytes that a stranger uploaded: shown as the picture they were found to be, never run as anything.
HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/*": {}}},
    303: {"description": "As 307, for POST"},
    307: {"description": "The picture is large: where the picture storage answers it for a few minutes"},
}
api = Api(prepared=("storage",))


@api.route(
    "getpicture",
    deprecated=True,
    summary="An uploaded picture",
    description="The picture called `name`, or the latest of the client with that `uuid`.",
    response_class=Response,
    responses=_PICTURE | failures(400, 404, 429, 503),
)
async def getpicture(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    name: str | None = Query(None, description="The file's name."),
    uuid: Uuid = None,
    preview: bool = Query(False, description="A smaller, upright JPEG that every browser shows."),
) -> Response:
    if not name and not uuid:
        raise BadRequest("No filename provided")
    with guessing(request, uuid) as guess:
        picture = await run_in_threadpool(_latest, rooms, caller.owner, name)
        guess.right = True
    if preview:
        if kept := rooms.previews.get(picture.key):
            return _jpeg(kept)
        async with rooms.turns.turn(address_of(request), request.is_disconnected):
            return await run_in_threadpool(_preview, rooms, picture)
    if picture.size > _LARGEST and (link := await run_in_threadpool(rooms.storage.link, picture)):
        return RedirectResponse(link, 307 if request.method == "GET" else 303, headers={"Cache-Control": "no-store"})
    headers = HEADERS | {"Content-Length": str(picture.size)}
    return StreamingResponse(_pieces(rooms.storage, picture), media_type=picture.content_type, headers=headers)


def _latest(rooms: Rooms, owner: str, name: str | None) -> Picture:
    pictures = batch_of(rooms.storage, owner, rooms.settings.limits, rooms.decoder)
    named = [picture for picture in pictures if name in (None, "", picture.name)]
    if not named:
        raise NotFound("File does not exist")
    return named[-1]


def _pieces(storage: Storage, picture: Picture) -> Iterator[bytes]:
    with storage.open(picture) as file:
        while piece := file.read(_PIECE):
            yield piece


def _preview(rooms: Rooms, picture: Picture) -> Response:
    jpeg = rooms.previews.get(picture.key)
    if jpeg is None:
        with rooms.storage.open(picture) as file:
            jpeg = rooms.decoder.preview(file, picture.name, max_pixels=rooms.settings.limits.pixels)
        rooms.previews.put(picture.key, jpeg)
    return _jpeg(jpeg)


def _jpeg(content: bytes) -> Response:
    return Response(content, media_type="image/jpeg", headers=HEADERS)
