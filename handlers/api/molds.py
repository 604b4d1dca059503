"""`molds`: known molds from a CSV file."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.said import By
from handlers.errors import TooLarge
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

if TYPE_CHECKING:
    from handlers.records.molds import Imported

_LARGEST = 4 * 1024 * 1024
_EXAMPLE = {"added": 2, "changed": 0, "unchanged": 1, "refused": [{"line": 4, "error": "There is no mold number."}]}
_BODY = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}, "example": "11,Front wheel\n"}}}
api = Api(prepared=("database",))


@api.route(
    "molds",
    methods=("POST",),
    summary="Import known molds",
    description=(
        "A CSV file as the body: mold numbers in the first column and names in the second, or where a first line says "
        "`mold_number` and `mold_name`. Known molds get the new name; none is removed."
    ),
    responses=answers(_EXAMPLE, 400, 413, schema={"type": "object"}),
    openapi_extra={"requestBody": _BODY},
)
async def molds(request: Request, rooms: RoomsOf, by: By) -> JSONResponse:
    done = await run_in_threadpool(_imported, rooms, await _body(request), by)
    return JSONResponse(asdict(done))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise TooLarge(f"At most {_LARGEST // 1024 // 1024} MB of molds are taken at once; send them in parts.")
    return bytes(body)


def _imported(rooms: Rooms, content: bytes, by: str) -> "Imported":
    from handlers.records.corrections import person
    from handlers.records.molds import import_molds

    return import_molds(rooms.database, content, person(by))
