"""`getpicture`: an uploaded picture's bytes. Deprecated, still answered."""

from collections.abc import Iterator

from fastapi import Query
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from handlers.errors import BadRequest, NotFound
from handlers.function import Api, CallerOf, RoomsOf, on_demand
from handlers.openapi import Uuid, failures
from handlers.storage.base import Picture, Storage

_PIECE = 256 * 1024
# Bytes that a stranger uploaded: shown as the picture they were found to be, never run as anything.
_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "no-store"}
_PICTURE = {200: {"description": "The picture", "content": {"image/*": {}}}}
api = Api()


@api.route(
    "getpicture",
    deprecated=True,
    summary="An uploaded picture",
    description="The picture called `name`, or the latest of the client with that `uuid`.",
    response_class=Response,
    responses=_PICTURE | failures(400, 404),
)
async def getpicture(
    rooms: RoomsOf,
    caller: CallerOf,
    name: str | None = Query(None, description="The file's name."),
    uuid: Uuid = None,
    preview: bool = Query(False, description="A smaller, upright JPEG that every browser shows."),
) -> Response:
    if not name and not uuid:
        raise BadRequest("No filename provided")
    picture = await run_in_threadpool(_latest, rooms.storage, caller.owner, name)
    if preview:
        return await run_in_threadpool(_preview, rooms.storage, picture, rooms.settings.limits.pixels)
    headers = _HEADERS | {"Content-Length": str(picture.size)}
    return StreamingResponse(_pieces(rooms.storage, picture), media_type=picture.content_type, headers=headers)


def _latest(storage: Storage, owner: str, name: str | None) -> Picture:
    named = [picture for picture in storage.batch(owner) if name in (None, "", picture.name)]
    if not named:
        raise NotFound("File does not exist")
    return named[-1]


def _pieces(storage: Storage, picture: Picture) -> Iterator[bytes]:
    with storage.open(picture) as file:
        while piece := file.read(_PIECE):
            yield piece


def _preview(storage: Storage, picture: Picture, max_pixels: int) -> Response:
    from handlers.recognition.image import preview

    with storage.open(picture) as file:
        jpeg = preview(file, picture.name, max_pixels=max_pixels)
    return Response(jpeg, media_type="image/jpeg", headers=_HEADERS)


__getattr__ = on_demand(api)
