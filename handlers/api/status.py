"""`status`: how far a task is, or all tasks of a client."""

import re
from typing import TYPE_CHECKING, Any

from fastapi import Query, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.caller import caller_with
from handlers.access.guard import guessing
from handlers.errors import BadRequest, NotFound
from handlers.function import Api, RoomsOf
from handlers.openapi import Uuid, answers
from handlers.tasks.base import Task

if TYPE_CHECKING:
    from handlers.tasks.book import Book

_EXAMPLE = {"task_uuid": "9be1", "status": {"status": "completed", "text": "11"}}
_ID = re.compile("[0-9a-f]{32}")
api = Api(prepared=("database",))


@api.route(
    "status",
    summary="How far is a task?",
    description=(
        "With `task`: that task. With `uuid`: the tasks of that client, newest first, at most `limit`; "
        "where `next` is answered there may be more, `after` that one."
    ),
    responses=answers(_EXAMPLE, 400, 404, 429),
)
async def status(
    request: Request,
    rooms: RoomsOf,
    task: str | None = Query(None, description="The task's id, as `start` answered it."),
    uuid: Uuid = None,
    detail: bool = Query(False, description="Add the full readings, with their marks."),
    limit: int = Query(200, ge=1, le=1000, description="Tasks of a client in one answer."),
    after: str = Query("", description="The `next` of the answer before."),
) -> JSONResponse:
    if task:
        return JSONResponse(await run_in_threadpool(_one, rooms.book, task, detail))
    if uuid:
        with guessing(request, uuid) as guess:
            tasks = await run_in_threadpool(rooms.book.tasks_of, caller_with(uuid).owner, limit, after)
            guess.right = bool(tasks) or bool(after)
        # None is left where none was found; fewer than asked for may be all that an answer holds.
        more = {"next": tasks[-1].id} if len(tasks) == limit or (detail and tasks) else {}
        return JSONResponse({"client_uuid": uuid, "tasks": [_described(one, detail) for one in tasks], **more})
    raise BadRequest("Say which task: ?task=<its id>, or ?uuid=<the client's> for all of a client.")


def _one(book: "Book", task_id: str, detail: bool) -> dict[str, Any]:
    try:
        if not _ID.fullmatch(task_id):
            raise NotFound("There is no such task.")
        return _described(book.task(task_id), detail)
    except NotFound as error:
        raise NotFound(str(error), task_uuid=task_id, status="UUID not found") from None


def _described(task: Task, detail: bool) -> dict[str, Any]:
    # A string while it runs, an object when it is over: what clients tell the two apart by.
    status = {"status": task.state, "text": task.text} if task.over else task.state
    readings = {"readings": list(task.details)} if detail and task.details else {}
    return {"task_uuid": task.id, "status": status, **readings}
