"""`/login` and `/logout`: the operator token for a cookie, so that a browser need not keep the token."""

import json
import time
from typing import Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from starlette.types import Message

from handlers.access.guard import REFUSALS, only_own_pages, settle
from handlers.access.operator import LOGIN_SECONDS, OPERATOR_COOKIE, is_token, login_until
from handlers.errors import BadRequest, NotAllowed, NotFound, TooLarge
from handlers.function import Api, RoomsOf, on_demand
from handlers.openapi import answers

_LARGEST = 16 * 1024
_SCHEMA = {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}}
_KINDS = ("application/json", "application/x-www-form-urlencoded")
_BODY = {"required": True, "content": {kind: {"schema": _SCHEMA} for kind in _KINDS}}
_IN = {"result": "You are logged in.", "expires_in": LOGIN_SECONDS}
_OUT = {"result": "You are logged out."}
_OWN_PAGES = [Depends(only_own_pages)]
api = Api()


@api.route(
    "/login",
    methods=("POST",),
    summary="Log in as an operator",
    description="Takes the operator token, as JSON or as a form; gives a cookie that is valid for twelve hours.",
    responses=answers(_IN, 400, 404, 413) | {status: REFUSALS[status] for status in (403, 429)},
    openapi_extra={"requestBody": _BODY},
    dependencies=_OWN_PAGES,
)
async def login(request: Request, rooms: RoomsOf) -> JSONResponse:
    if rooms.settings.token is None:
        raise NotFound("No operator token is set on this server (CASTMARK_TOKEN), so nobody can log in.")
    right = is_token(await _token(request), rooms.settings)
    await settle(request, right=right)
    if not right:
        raise NotAllowed("This is not the operator token.")
    response = JSONResponse(_IN, headers={"Cache-Control": "no-store"})
    expiry = int(time.time()) + LOGIN_SECONDS
    _set_cookie(response, request, login_until(expiry, rooms.settings), LOGIN_SECONDS)
    return response


@api.route(
    "/logout",
    methods=("POST",),
    summary="Log out",
    responses=answers(_OUT) | {403: REFUSALS[403]},
    dependencies=_OWN_PAGES,
)
async def logout(request: Request) -> JSONResponse:
    response = JSONResponse(_OUT)
    _set_cookie(response, request, "", 0)
    return response


def _set_cookie(response: JSONResponse, request: Request, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(OPERATOR_COOKIE, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)


async def _token(request: Request) -> str:
    fields = await _fields(request, await _body(request))
    token = fields.get("token")
    if not isinstance(token, str) or not token:
        raise BadRequest("Send the operator token in a field `token`, as JSON or as a form.")
    return token


async def _body(request: Request) -> bytes:
    """What was sent; strangers call this, so not more of it than a login needs is ever held."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise TooLarge("This is larger than any login.")
    return body


async def _fields(request: Request, body: bytes) -> Any:
    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    if not request.headers.get("content-type", "").startswith("application/json"):
        return await Request(request.scope, again).form(max_files=0)
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("This is said to be JSON, but cannot be read as such.") from None
    return fields if isinstance(fields, dict) else {}


__getattr__ = on_demand(api)
