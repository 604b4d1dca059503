"""`teaching` and `teach`: what the reader was taught; learning, using and taking it back."""

from functools import partial
from typing import Any, Literal

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.said import By
from handlers.errors import ChangedMeanwhile, ConfigurationError
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_SCORE = {
    **{"readings": 64, "right": 48, "accepted": 31, "wrong_accepted": 1},
    **{"wrong_characters": 25, "characters": 256},
}
_COMPARED = {"before": _SCORE, "after": _SCORE | {"right": 58, "accepted": 52, "wrong_characters": 9}}
_LEARNED = {
    **{"name": "0123456789ab", "texts": 35, "refusal": ""},
    **{"own": _COMPARED, "new": _COMPARED, "standard": _COMPARED},
}
_USED = {"name": "0123456789ab", "made": 1796000000.0, "readings": 64, "texts": 35, **_COMPARED}
_EXAMPLE = {
    **{"running": False, "done": 114, "pictures": 114, "error": ""},
    **{"learned": _LEARNED, "used": [_USED]},
}
api = Api()


@api.route(
    "teaching",
    summary="What the reader was taught",
    description=(
        "How far learning is, what was learned last, before and after it, and the teachings that are used, the newest "
        "first. `own`: readings that people checked, each held back; `new`: the same as if no text had been seen; "
        "`standard`: marks of others. One with a `refusal` may not be used."
    ),
    responses=answers(_EXAMPLE, schema={"type": "object"}),
)
async def teaching(rooms: RoomsOf) -> JSONResponse:
    return await _answer(rooms)


@api.route(
    "teach",
    methods=("POST",),
    summary="Teach the reader",
    description=(
        "`start` learns from the readings that people checked, in the background, and uses nothing; `use` puts to use "
        "what was learned, by its `name`; `undo` goes back to the teaching before, or to none."
    ),
    responses=answers(_EXAMPLE, 400, 409, schema={"type": "object"}),
)
async def teach(
    rooms: RoomsOf,
    do: Literal["start", "use", "undo"] = Query(description="What is to be done."),
    name: str = Query("", pattern="^[0-9a-f]{0,12}$", description="The name of what was learned, for `use`."),
    by: By = "",
) -> JSONResponse:
    await run_in_threadpool(partial(_done, rooms, do, name, by))
    return await _answer(rooms)


async def _answer(rooms: Rooms) -> JSONResponse:
    told: dict[str, Any] = await run_in_threadpool(lambda: rooms.teacher.told())
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _done(rooms: Rooms, do: str, name: str, by: str) -> None:
    from handlers.records.corrections import person
    from handlers.teaching.use import take_back

    try:
        if do == "start":
            rooms.teacher.start()
        elif do == "use":
            rooms.teacher.use(name, person(by))
        else:
            take_back(rooms, person(by))
    except ConfigurationError as error:
        raise ChangedMeanwhile(str(error)) from None
