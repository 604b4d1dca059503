"""`confirm`: a person says that a reading is right."""

from functools import partial
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.detail import EXAMPLE
from handlers.api.said import By, Number, Seen, Why, told, word_of
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

if TYPE_CHECKING:
    from handlers.records.corrections import Word

api = Api(prepared=("database",))


@api.route(
    "confirm",
    methods=("POST",),
    summary="Say that a reading is right",
    responses=answers(EXAMPLE | {"state": "confirmed"}, 400, 404, 409, schema={"type": "object"}),
)
async def confirm(rooms: RoomsOf, id: Number, by: By, why: Why = "", seen: Seen = None) -> JSONResponse:
    reading = await run_in_threadpool(_confirmed, rooms, id, word_of(by, why, seen))
    rooms.meters.said(reading["state"])
    return told(reading)


def _confirmed(rooms: Rooms, number: int, word: "Word") -> dict[str, Any]:
    from handlers.outbox.telling import Teller
    from handlers.records import corrections
    from handlers.records.history import one

    told = Teller(rooms.settings).step
    rooms.database.write(partial(corrections.confirm, hub_id=number, word=word, told=told))
    with rooms.database.read() as connection:
        return one(connection, number)
