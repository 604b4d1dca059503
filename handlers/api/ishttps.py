"""`isHTTPS`: did this request come over HTTPS? Deprecated, still answered."""

from fastapi import Request
from fastapi.responses import JSONResponse

from handlers.function import Api
from handlers.openapi import answers

api = Api()


@api.route(
    "ishttps",
    deprecated=True,
    summary="Did this request come over HTTPS?",
    responses=answers(True, schema={"type": "boolean"}),
)
async def ishttps(request: Request) -> JSONResponse:
    return JSONResponse(request.url.scheme == "https")
