"""`/login`, `/logout` and `/whoami`: a token for a cookie, so that a browser need not keep the token."""

import json
import time
from typing import Any

from fastapi import Depends, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Message

from handlers.access.guard import REFUSALS, judged, only_own_pages, settle
from handlers.access.operator import (
    LOGIN_SECONDS,
    OPERATOR_COOKIE,
    is_token,
    login_secret,
    login_until,
    named_login,
)
from handlers.access.roles import PREFIX
from handlers.errors import BadRequest, NotAllowed, NotFound, TooLarge
from handlers.function import Api, RoomsOf
from handlers.openapi import answers
from handlers.rooms import Rooms

_LARGEST = 16 * 1024
_SCHEMA = {"type": "object", "required": ["token"], "properties": {"token": {"type": "string"}}}
_KINDS = ("application/json", "application/x-www-form-urlencoded")
_BODY = {"required": True, "content": {kind: {"schema": _SCHEMA} for kind in _KINDS}}
_IN = {"result": "You are logged in.", "expires_in": LOGIN_SECONDS}
_OUT = {"result": "You are logged out."}
_WHO = {"role": "reviewer", "name": "Line 3", "logged_in": True}
_OWN_PAGES = [Depends(only_own_pages)]
api = Api(prepared=("database",))


@api.route(
    "/login",
    methods=("POST",),
    summary="Log in",
    description="Takes the operator token, or a named one, as JSON or as a form; gives a cookie for twelve hours.",
    responses=answers(_IN, 400, 404, 413) | {status: REFUSALS[status] for status in (403, 429)},
    openapi_extra={"requestBody": _BODY},
    dependencies=_OWN_PAGES,
)
async def login(request: Request, rooms: RoomsOf) -> JSONResponse:
    token = await _token(request)
    if rooms.settings.token is None and not token.startswith(PREFIX):
        raise NotFound("No operator token is set on this server (CASTMARK_TOKEN), so nobody can log in with one.")
    value = await run_in_threadpool(_cookie_for, token, rooms)
    await settle(request, right=value is not None)
    if value is None:
        raise NotAllowed("This is not the operator token.")
    response = JSONResponse(_IN, headers={"Cache-Control": "no-store"})
    _set_cookie(response, request, value, LOGIN_SECONDS)
    return response


def _cookie_for(token: str, rooms: Rooms) -> str | None:
    """What the cookie holds for who has this token; None where nobody has it."""
    if is_token(token, rooms.settings):
        return login_until(int(time.time()) + LOGIN_SECONDS, rooms.settings)
    secret = rooms.tokens.log_in(token, LOGIN_SECONDS) if token.startswith(PREFIX) else None
    return named_login(secret) if secret else None


@api.route(
    "/logout",
    methods=("POST",),
    summary="Log out",
    responses=answers(_OUT) | {403: REFUSALS[403]},
    dependencies=_OWN_PAGES,
)
async def logout(request: Request, rooms: RoomsOf) -> JSONResponse:
    if secret := login_secret(request):
        await run_in_threadpool(rooms.tokens.log_out, secret)
    response = JSONResponse(_OUT)
    _set_cookie(response, request, "", 0)
    return response


@api.route(
    "/whoami",
    summary="What the caller may do",
    description="`role` is operator, reviewer or reader, and empty for a stranger; `name` is that of a named token.",
    responses=answers(_WHO, 403, 429),
)
async def whoami(request: Request) -> JSONResponse:
    verdict = await judged(request)
    role = str(verdict.role) if verdict.allowed else ""
    logged_in = verdict.allowed and OPERATOR_COOKIE in request.cookies
    answer = {"role": role, "name": verdict.who, "logged_in": logged_in}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _set_cookie(response: JSONResponse, request: Request, value: str, seconds: int) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(OPERATOR_COOKIE, value, max_age=seconds, httponly=True, samesite="strict", secure=secure)


async def _token(request: Request) -> str:
    fields = await _fields(request, await _body(request))
    token = fields.get("token")
    if not isinstance(token, str) or not token:
        raise BadRequest("Send the token in a field `token`, as JSON or as a form.")
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
