"""`correct`: a person says what a mark says, or takes a step back."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.detail import EXAMPLE
from handlers.api.said import By, Number, Seen, Why, told, word_of
from handlers.errors import BadRequest
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

if TYPE_CHECKING:
    from handlers.records.corrections import Word

_Text = Annotated[str | None, Query(description="What the mark says; empty: there is no mark at all.")]
api = Api(prepared=("database",))


@api.route(
    "correct",
    methods=("POST",),
    summary="Say what a mark says",
    description=(
        "The text is valid from then on; what was before is kept, as a step. The same text again confirms it. With "
        "`undo=1` the last step that stands is taken back, which is a step too."
    ),
    responses=answers(EXAMPLE, 400, 404, 409, 422, schema={"type": "object"}),
)
async def correct(
    rooms: RoomsOf,
    id: Number,
    by: By,
    text: _Text = None,
    why: Why = "",
    undo: bool = Query(False, description="Take back the last step instead."),
    seen: Seen = None,
) -> JSONResponse:
    if (text is None) is not undo:
        raise BadRequest("Say what the mark says (text), or undo=1; one of the two.")
    reading = await run_in_threadpool(_said, rooms, id, text, word_of(by, why, seen))
    rooms.meters.said("undone" if undo else reading["state"])
    return told(reading)


def _said(rooms: Rooms, number: int, text: str | None, word: "Word") -> dict[str, Any]:
    from handlers.outbox.telling import Teller
    from handlers.records import corrections
    from handlers.records.history import one

    told = Teller(rooms.settings).step
    if text is None:
        rooms.database.write(partial(corrections.undo, hub_id=number, word=word, told=told))
    else:
        rooms.database.write(partial(corrections.correct, hub_id=number, said=text, word=word, told=told))
    with rooms.database.read() as connection:
        return one(connection, number)
