"""`check`: what this server is, and whether all that its settings name can be used."""

from dataclasses import asdict
from typing import Any

from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from handlers import __version__
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_ONE = {"part": "database", "used": "sqlite:////srv/castmark.db", "problem": ""}
_EXAMPLE = {"version": __version__, "sound": True, "findings": [_ONE]}
api = Api()


@api.route(
    "check",
    summary="Is all of it sound?",
    description="Tries out storage, database, queue, models and more, as `castmark check` does, which takes a moment.",
    responses=answers(_EXAMPLE, schema={"type": "object"}),
)
async def check(rooms: RoomsOf) -> JSONResponse:
    return JSONResponse(await run_in_threadpool(_found, rooms))


def _found(rooms: Rooms) -> dict[str, Any]:
    from handlers.soundness.findings import findings

    found = list(findings(rooms))
    sound = not any(finding.problem for finding in found)
    return {"version": __version__, "sound": sound, "findings": [asdict(finding) for finding in found]}
