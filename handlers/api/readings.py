"""`readings`: the history, a page at a time, and how many there are a day and a text."""

from typing import Any

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.filters import WantedOf
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.records.wanted import Place, Wanted, place_of
from handlers.rooms import Rooms

_ROW = {
    **{"id": 7, "time": "2026-11-23 10:15:00", "text": "A27", "machine_text": "A21", "confidence": 0.61},
    **{"needs_review": True, "state": "corrected", "steps_taken": 1, "client": "4f0c", "model": "9be14c02aa17"},
    **{"picture": "HOME1.jpg", "sha256": "d2a8", "evidence": ["crop", "small"]},
}
_COUNTS = {"since": "2026-11-01", "until": "2026-11-23", "days": [["2026-11-23", 1]], "texts": [["A27", 1]]}
_EXAMPLE = {"readings": [_ROW], "next": "2026-11-23 10:15:00,7", "counts": _COUNTS}
api = Api(prepared=("database",))


@api.route(
    "readings",
    summary="The history of readings, newest first",
    description=(
        "At most `limit` in one answer; where `next` is answered there may be more, `after` that one. It may hold "
        "fewer and still lead on: what no index knows is looked for among 10,000 records at a time. With `counts=1` "
        "also how many there are of each day and of the most frequent texts, of the last 30 days where `since` is not "
        "said, of 366 days at the most."
    ),
    responses=answers(_EXAMPLE, 400, schema={"type": "object"}),
)
async def readings(
    rooms: RoomsOf,
    wanted: WantedOf,
    limit: int = Query(50, ge=1, le=200, description="Readings in one answer."),
    after: str = Query("", max_length=200, description="The `next` of the answer before."),
    counts: bool = Query(False, description="Count them by day and by text, too."),
) -> JSONResponse:
    return JSONResponse(await run_in_threadpool(_answer, rooms, wanted, limit, place_of(after), counts))


def _answer(rooms: Rooms, wanted: Wanted, limit: int, after: Place | None, counts: bool) -> dict[str, Any]:
    from handlers.records import history
    from handlers.records.readings import Clock

    with rooms.database.read() as connection:
        page = history.page(connection, wanted, limit, after)
        answer: dict[str, Any] = {"readings": page.rows} | ({"next": str(page.next)} if page.next else {})
        if counts:
            answer["counts"] = history.counts(connection, wanted, Clock(rooms.settings.timezone).today())
    return answer
