"""Which requests become events, in one place: API modules say nothing about it.

Uploads, readings, logins and logouts, however they end; of an operator's routes, that somebody was refused.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from handlers.access.caller import address_of, caller_of
from handlers.access.roles import GUARDED
from handlers.errors import DecodingBusy, LoginNeeded, NotAllowed, TooManyGuesses, TooManyRequests, WireError
from handlers.rooms import Rooms

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_Summary = Callable[[Any], str]
# By the route's name: what the event is called, and what a good answer amounts to.
_NOTED: dict[str, tuple[str, _Summary]] = {
    "upload": ("upload", lambda answer: _counted(len(answer["files"]))),
    "presign": ("upload", lambda _: "a form was given"),
    "start": ("reading", lambda answer: _read(answer)),
    "/login": ("login", lambda _: ""),
    "/logout": ("logout", lambda _: ""),
}


class NotedRoute(APIRoute):
    """A route whose requests are noted, if the table says so; `name` is its name there."""

    def get_route_handler(self) -> _Handler:
        answering = super().get_route_handler()
        if self.name in GUARDED:
            return _noting(answering, self.name, None, (LoginNeeded, NotAllowed))
        return _noting(answering, *_NOTED[self.name], (Exception,)) if self.name in _NOTED else answering


def _noting(
    answering: _Handler, event: str, summary: _Summary | None, failures: tuple[type[Exception], ...]
) -> _Handler:
    async def answer(request: Request) -> Response:
        try:
            response = await answering(request)
        except (ClientDisconnect, DecodingBusy, TooManyGuesses, TooManyRequests):
            # Nothing was done; and whoever asks in masses shall not fill the log.
            raise
        except failures as error:
            await run_in_threadpool(_note, request, event, *_failure(error))
            raise
        if summary:
            await run_in_threadpool(_note, request, event, "ok", _summarised(summary, response))
        return response

    return answer


def _summarised(summary: _Summary, response: Response) -> str:
    # No event is worth a request: an answer of another shape is noted without its summary.
    try:
        return summary(json.loads(bytes(response.body)))
    except (AttributeError, LookupError, TypeError, ValueError):
        return ""


def _failure(error: Exception) -> tuple[str, str]:
    """How it ended, and what the caller was told; of what nobody foresaw, nothing."""
    if isinstance(error, WireError):
        return ("failed" if error.status >= 500 else "refused"), str(error)
    if isinstance(error, HTTPException):
        return "refused", str(error.detail)
    return ("refused", "A parameter is wrong.") if isinstance(error, RequestValidationError) else ("failed", "")


def _note(request: Request, event: str, result: str, remark: str) -> None:
    rooms: Rooms = request.app.state.rooms
    # With the address an operator can block what names alone do not hold back.
    caller = f"caller {caller_of(request).short} at {address_of(request) or 'an unknown address'}"
    rooms.note(event, result, f"{caller}: {remark}" if remark else caller)


def _read(answer: Any) -> str:
    """Of readings their texts; of a task, that it was submitted."""
    if isinstance(answer, dict):
        return "submitted as a task"
    texts = [one["text"] if isinstance(one, dict) else one for one in answer]
    return f"{_counted(len(texts))}: " + ", ".join(text or "(nothing legible)" for text in texts)


def _counted(pictures: int) -> str:
    return f"{pictures} picture" if pictures == 1 else f"{pictures} pictures"
