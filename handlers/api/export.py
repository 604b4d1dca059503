"""`export`: the history as a file."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.filters import WantedOf
from handlers.errors import TooLarge
from handlers.function import Api, RoomsOf
from handlers.openapi import failures
from handlers.records.wanted import Wanted
from handlers.rooms import Rooms

# Some 200 bytes each, of the 4.5 MB that a cloud function answers.
_MOST_AT_ONCE = 15_000
_KINDS = ("text/csv", "application/x-ndjson", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {kind: {"schema": {"type": "string"}} for kind in _KINDS}}
}
_Format = Annotated[
    Literal["csv", "jsonl", "xlsx"],
    Query(
        alias="format", description="A table, one JSON object a line, or a spreadsheet where the server writes them."
    ),
]
api = Api(prepared=("database",))


@api.route(
    "export",
    summary="The history as a file",
    description=(
        "The readings that `readings` lists for the same filter, newest first, streamed. Texts that a spreadsheet "
        f"would run as formulas begin with an apostrophe. In the cloud at most {_MOST_AT_ONCE:,} at once."
    ),
    response_class=StreamingResponse,
    responses=_FILE | failures(400, 413),
)
async def export(request: Request, rooms: RoomsOf, wanted: WantedOf, kind: _Format = "csv") -> StreamingResponse:
    from handlers.records.exporting import MEDIA_TYPES

    file = await run_in_threadpool(_file, rooms, wanted, kind, bounded="aws.event" in request.scope)
    headers = {"Content-Disposition": f'attachment; filename="readings.{kind}"', "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(file, media_type=MEDIA_TYPES[kind], headers=headers)


def _file(rooms: Rooms, wanted: Wanted, kind: str, *, bounded: bool) -> Iterator[bytes]:
    from handlers.records.exporting import written
    from handlers.records.history import are_more_than, every

    with rooms.database.read() as connection:
        if bounded and are_more_than(connection, wanted, _MOST_AT_ONCE):
            raise TooLarge(f"More than {_MOST_AT_ONCE:,} readings are too many at once here; say since and until.")
    return written(every(rooms.database, wanted), kind)
