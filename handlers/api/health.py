"""`/health`: is the server alive; `/ready`: can it do its work. For whatever starts, watches and balances servers."""

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers.access.guard import is_operator
from handlers.function import Api, RoomsOf
from handlers.openapi import answers

_PARTS = {"database": "", "storage": "", "models": "", "queue": ""}
_NOT = {
    "description": "Not ready: something that it needs cannot be used at the moment",
    "content": {"application/json": {"schema": {"type": "object", "required": ["ready"]}}},
}
api = Api()


@api.route(
    "/health",
    methods=("GET",),
    summary="Is the server alive?",
    description="It answers without looking at anything; what restarts servers asks for this one.",
    responses=answers({"alive": True}, schema={"type": "object"}),
)
async def health() -> JSONResponse:
    return JSONResponse({"alive": True})


@api.route(
    "/ready",
    methods=("GET",),
    summary="Can the server do its work?",
    description=(
        "Database, storage, models and queue are tried out, at most every two seconds. Strangers hear yes or no; "
        "operators hear of each part what is wrong with it, which is empty where it is well. A target of the outbox "
        "that is away is told and does not count: its events wait."
    ),
    responses=answers({"ready": True, "parts": _PARTS}, 429, schema={"type": "object"}) | {503: _NOT},
)
async def ready(request: Request, rooms: RoomsOf) -> JSONResponse:
    findings = await run_in_threadpool(rooms.readiness.findings)
    well = not any(finding.problem for finding in findings)
    answer: dict[str, object] = {"ready": well}
    if await is_operator(request):
        answer["parts"] = {finding.part: finding.problem or finding.used for finding in findings}
    return JSONResponse(answer, 200 if well else 503, headers={"Retry-After": "5"} if not well else None)
