"""`start`: read what was uploaded, now, or with a uuid as a task."""

from asyncio import wrap_future
from typing import Any

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import Caller, address_of
from handlers.access.guard import guessing, may_wait
from handlers.function import Api, CallerOf, RoomsOf
from handlers.openapi import Idempotency, Uuid, answers
from handlers.rooms import Rooms

api = Api(prepared=("reader", "storage", "database", "queue"))


@api.route(
    "start",
    summary="Read the uploaded pictures",
    description=(
        'Without `uuid`: reads now and answers one string for each picture, in upload order; `""` where '
        "nothing is legible, full readings with `detail=1`. With `uuid`: submits a task; ask `status` for it. "
        "A server may keep the first to callers who are signed in (CASTMARK_START_FOR_STRANGERS): others get a task. "
        "With `together=1` the pictures are photos of one mark, under different light best, and become one reading, "
        "which says in `photos` what each of them shows, and in `same_mark` whether they show the same; sent with "
        "`keep=1`, one more joins the reading of those before. "
        "Called again for the same batch, it reads nothing anew: the answer, or the task, is the same."
    ),
    responses=answers(["11"], 400, 404, 409, 413, 415, 422, 429, 500, 503),
)
async def start(
    request: Request,
    rooms: RoomsOf,
    caller: CallerOf,
    uuid: Uuid = None,
    detail: bool = Query(False, description="Answer the full readings, with their marks."),
    together: bool = Query(False, description="The pictures show one mark: read them together, 8 at most."),
    key: Idempotency = None,
) -> JSONResponse:
    if uuid:
        with guessing(request, uuid) as guess:
            answer = await _submitted(request, rooms, caller, key or "", together=together)
            guess.right = True
        return answer
    if not await may_wait(request):
        return await _submitted(request, rooms, caller, key or "", together=together)
    return await _read(request, rooms, caller, detail, key or "", together=together)


async def _submitted(request: Request, rooms: Rooms, caller: Caller, key: str, *, together: bool) -> JSONResponse:
    task = await run_in_threadpool(rooms.queue.submit, caller.owner, key, address_of(request), together=together)
    request.scope["task"] = task.id
    return JSONResponse({"info": "Task has been submitted", "task_uuid": task.id, "client_uuid": caller.uuid})


async def _read(
    request: Request, rooms: Rooms, caller: Caller, detail: bool, key: str, *, together: bool
) -> JSONResponse:
    address = address_of(request)
    future = await run_in_threadpool(rooms.queue.read_now, caller.owner, key, address, together=together)
    task = await wrap_future(future)
    request.scope["task"] = task.id
    answer: list[Any] = list(task.details) if detail else task.texts
    return JSONResponse(answer)
