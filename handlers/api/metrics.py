"""`/metrics`: what the server counts of its work, as Prometheus reads it, for operators."""

from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from handlers.errors import NotFound
from handlers.function import Api, RoomsOf
from handlers.health.meters import CONTENT_TYPE, Meters
from handlers.openapi import failures

_EXAMPLE = 'castmark_readings_total{result="read"} 11.0\n'
_TEXT = {200: {"description": "Success", "content": {"text/plain": {"example": _EXAMPLE}}}}
api = Api()


@api.route(
    "/metrics",
    methods=("GET",),
    summary="What the server counts",
    description="In Prometheus' text format. `CASTMARK_METRICS` answers the same on a port of its own, to everyone.",
    response_class=Response,
    responses=_TEXT | failures(404),
)
async def metrics(rooms: RoomsOf) -> Response:
    meters = rooms.meters
    if not isinstance(meters, Meters):
        raise NotFound("This server counts nothing: install castmark[metrics] where it runs, and start it again.")
    return Response(await run_in_threadpool(meters.text), media_type=CONTENT_TYPE)
