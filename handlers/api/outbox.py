"""`outbox` and `resend`: what leaves by itself, what did not arrive, and sending it again."""

from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.api.said import By
from handlers.errors import BadRequest, NotFound
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_ID = "01939f1c-9c2a-7000-8a3b-6f1c52d90e11"
_UUID = r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"
_TARGET = {
    **{"target": "webhook", "waiting": 2, "oldest": 61.5, "delivered": 1204, "given_up": 0, "retry_at": 1796000000.0},
    "error": "mes.example answered 503",
}
_DELIVERY = {"target": "webhook", "state": "waiting", "attempts": 3, "tried_at": 1795999990.0}
_EVENT = {
    **{"id": _ID, "type": "alarm.raised", "at": 1795999900.0, "reading": 7},
    "data": {"reading": 7, "rule": "known", "text": "A28", "sentence": "'A28' is no known mold."},
    "deliveries": [_DELIVERY | {"error": "mes.example answered 503"}],
}
_EXAMPLE = {"targets": [_TARGET], "rules": ["known"], "events": [_EVENT], "next": _ID}
_Name = Literal["", "webhook", "folder", "mqtt", "sns", "event_bus"]
_Target = Annotated[_Name, Query(description="This target only.")]
api = Api(prepared=("database",))


@api.route(
    "outbox",
    summary="What leaves by itself",
    description=(
        "How it goes with each target, the rules that are on, and the events, newest first, with their deliveries. "
        "`oldest` is the age in seconds of what waits longest; times are seconds since 1970 (UTC). Where `next` "
        "is answered there are more, `after` that one."
    ),
    responses=answers(_EXAMPLE, 400, schema={"type": "object"}),
)
async def outbox(
    rooms: RoomsOf,
    type: Literal["", "reading.recorded", "reading.corrected", "reading.confirmed", "alarm.raised"] = Query(
        "", description="Only events of this type."
    ),
    state: Literal["", "waiting", "delivered", "given_up"] = Query(
        "", description="Only events that stand so at a target."
    ),
    target: _Target = "",
    limit: int = Query(50, ge=1, le=200, description="Events in one answer."),
    after: str = Query("", pattern=_UUID, description="The `next` of the answer before."),
) -> JSONResponse:
    return JSONResponse(await run_in_threadpool(_listed, rooms, (type, state, target, after), limit))


def _listed(rooms: Rooms, asked: tuple[str, str, str, str], limit: int) -> dict[str, Any]:
    from handlers.outbox.listing import Asked

    book = rooms.outbox
    events = book.events(Asked(*asked), limit)
    more = {"next": events[-1]["id"]} if len(events) == limit else {}
    return {"targets": [each.to_json() for each in book.state()], "rules": book.rules(), "events": events} | more


@api.route(
    "resend",
    methods=("POST",),
    summary="Send an event again",
    description="One, with the same id, to every target that had it or gave it up; with `all=1` all that was given up.",
    responses=answers({"sent_again": 1}, 400, 404, schema={"type": "object"}),
)
async def resend(
    rooms: RoomsOf,
    event: str = Query("", pattern=_UUID, description="The event's `id`."),
    target: _Target = "",
    all: bool = Query(False, description="All that was given up, instead of one."),
    by: By = "",
) -> JSONResponse:
    if bool(event) is all:
        raise BadRequest("Say which event is to be sent again (event), or all=1; one of the two.")
    return JSONResponse({"sent_again": await run_in_threadpool(_resent, rooms, event, target, by)})


def _resent(rooms: Rooms, event: str, target: str, by: str) -> int:
    from handlers.records.corrections import person

    number = rooms.outbox.resend(person(by), event, target)
    if event and not number:
        raise NotFound("There is no such event, or it waits already to be sent.")
    return number
