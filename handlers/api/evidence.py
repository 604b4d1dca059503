"""`evidence`: the picture that is kept with a reading."""

from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from handlers.api.getpicture import HEADERS
from handlers.api.said import Number
from handlers.function import Api, RoomsOf
from handlers.openapi import failures
from handlers.rooms import Rooms

_Kind = Annotated[
    Literal["crop", "small", "whole"],
    Query(description="Its marks, turned upright; the whole at 640 pixels; or the file, where that is kept."),
]
_Photo = Annotated[
    int | None, Query(ge=0, lt=1000, description="Of several photos of one mark: which, as `photos` has them.")
]
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture", "content": {"image/*": {}}},
    303: {"description": "As 307, for POST"},
    307: {"description": "Where the picture storage answers the file for a few minutes"},
}
api = Api(prepared=("database",))


@api.route(
    "evidence",
    summary="The picture that is kept with a reading",
    response_class=Response,
    responses=_PICTURE | failures(400, 404, 503),
)
async def evidence(
    request: Request, rooms: RoomsOf, id: Number, kind: _Kind = "crop", photo: _Photo = None
) -> Response:
    return await run_in_threadpool(_picture, request.method, rooms, id, kind, photo)


def _picture(method: str, rooms: Rooms, number: int, kind: str, photo: int | None) -> Response:
    from handlers.records.history import evidence_of

    with rooms.database.read() as connection:
        kept = evidence_of(connection, number, kind, photo)
    # A file may be larger than what a cloud function can answer.
    if kind == "whole" and (link := rooms.evidence.link(kept.key, kind, kept.content_type)):
        return RedirectResponse(link, 307 if method == "GET" else 303, headers={"Cache-Control": "no-store"})
    return Response(rooms.evidence.get(kept.key, kind), media_type=kept.content_type, headers=HEADERS)
