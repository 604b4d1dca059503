"""`info`: what the caller has uploaded, and what the APIs are called. Deprecated, still answered."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import Caller
from handlers.access.guard import guessing
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import Uuid, answers
from handlers.storage.base import Picture
from handlers.tasks.intake import batch_of

_EXAMPLE = {
    "file_count": 1,
    "file_list": [["http://127.0.0.1:5000/getpicture?name=HOME1.jpg", "HOME1.jpg", "0.07MiB"]],
    "API": {"upload": "upload", "start": "start"},
}
api = Api(prepared=("storage",))


@api.route(
    "info",
    deprecated=True,
    summary="Uploaded pictures and route names",
    responses=answers(_EXAMPLE, 429, 503, schema={"type": "object"}),
)
async def info(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    uuid: Uuid = None,
) -> JSONResponse:
    with guessing(request, uuid) as guess:
        pictures = await run_in_threadpool(batch_of, rooms.storage, caller.owner, rooms.settings.limits, rooms.decoder)
        guess.right = bool(pictures)
    address = f"{request.base_url}{rooms.settings.routes.getpicture}"
    files = [[_url(address, picture, caller), picture.name, _size(picture)] for picture in pictures]
    names = rooms.settings.routes.model_dump()
    return JSONResponse({"file_count": len(files), "file_list": files, "API": names})


def _url(address: str, picture: Picture, caller: Caller) -> str:
    query = {"name": picture.name} | ({"uuid": caller.uuid} if caller.uuid else {})
    return f"{address}?{urlencode(query)}"


def _size(picture: Picture) -> str:
    return f"{picture.size / 1024 / 1024:.2f}MiB"
