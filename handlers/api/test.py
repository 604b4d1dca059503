"""`test`: is the server there?"""

from fastapi.responses import JSONResponse

from handlers.function import Api
from handlers.openapi import answers

_GREETING = "You already connect the server now!"
api = Api()


@api.route(
    "test",
    summary="Is the server there?",
    responses=answers(_GREETING, schema={"type": "string"}),
)
async def test() -> JSONResponse:
    return JSONResponse(_GREETING)
