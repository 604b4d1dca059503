"""`reading`: one reading, with all that the machine said and every step that people took."""

from typing import Any

from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.said import Number, told
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_STEP = {
    **{"number": 1, "kind": "correct", "text": "A27", "before": "A21", "state": "corrected"},
    **{"who": "Li", "at": 1795428900.0, "why": ""},
}
EXAMPLE = {
    **{"id": 7, "time": "2026-11-23 10:15:00", "text": "A27", "machine_text": "A21", "confidence": 0.61},
    **{"state": "corrected", "steps_taken": 1, "steps": [_STEP], "reading": {"text": "A21", "marks": []}},
}
api = Api(prepared=("database",))


@api.route(
    "reading",
    summary="One reading, with its steps",
    description=(
        "`reading` is all that the machine said, as `start` answers it, and null where no machine read it; `steps` are "
        "what people said, the oldest first. The `ETag` says how many there are: `correct` and `confirm` take it."
    ),
    responses=answers(EXAMPLE, 400, 404, schema={"type": "object"}),
)
async def reading(rooms: RoomsOf, id: Number) -> JSONResponse:
    return told(await run_in_threadpool(_reading, rooms, id))


def _reading(rooms: Rooms, number: int) -> dict[str, Any]:
    from handlers.records.history import one

    with rooms.database.read() as connection:
        return one(connection, number)
