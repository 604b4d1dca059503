"""What every request passes, outermost first: BasePath, RequestLog, Cors, Unforeseen, `paths`, OwnSites, BodyLimit.

Pure ASGI: each costs microseconds, where a `@middleware("http")` costs 380 (measured).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from handlers.access.caller import caller_of
from handlers.access.sites import Sites
from handlers.errors import NotAllowed, TooLarge, TooSlow
from handlers.log import following
from handlers.settings import Settings

_requests = logging.getLogger("castmark.request")
_failures = logging.getLogger("castmark.failure")
# Seconds without a byte of a body that is not complete; and of all of it, as long as fewer bytes a second come.
_PATIENCE, _GRACE, _SLOWEST = 30, 60, 1024


class BasePath:
    """Tells Starlette what stands before every route; it takes that away at a slash, and only there."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["root_path"] = self._path
        await self._app(scope, receive, send)


class RequestLog:
    """One line of JSON for each request, and its id in it, in all others, and in `X-Request-Id`.

    No bodies, no queries, no secrets.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        scope["request_id"] = _request_id(scope)
        status = 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = scope["request_id"]
                # What is answered is one caller's own, and what may be kept says so.
                if "etag" not in headers:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with following(request_id=scope["request_id"]):
            try:
                await self._app(scope, receive, sending)
            finally:
                facts = _facts(scope, status, time.perf_counter() - began)
                _requests.info("request", extra={"facts": facts})


def _request_id(scope: Scope) -> str:
    """Lambda's own id where there is one, so that our line and the platform's meet."""
    context = scope.get("aws.context")
    return str(getattr(context, "aws_request_id", "")) or uuid.uuid4().hex


def _facts(scope: Scope, status: int, seconds: float) -> dict[str, object]:
    # Which may be one that an earlier request entered, and which keeps the id of that.
    task = {"task": scope["task"]} if "task" in scope else {}
    return task | {
        # The route's own pattern: a path may hold what a caller wants kept to himself.
        "route": getattr(scope.get("route"), "path", None),
        "method": scope["method"],
        "status": status,
        "ms": round(seconds * 1000, 1),
        "caller": caller_of(HTTPConnection(scope)).short,
    }


class Cors:
    """Credentials for origins that are trusted, none for all others, and every `OPTIONS` answered.

    Starlette's CORSMiddleware knows one policy; here a request goes to one of two by its origin.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        listed = [origin for origin in settings.cors_origins if origin != "*"]
        anyone = "*" in settings.cors_origins or (settings.on_loopback and not settings.cors_origins)
        self._trusts_all = settings.access == "open"
        self._listed = frozenset(listed)
        # A pattern, not "*": with "*" Starlette answers a request without cookies with a literal "*",
        # which browsers refuse for `credentials: include`.
        self._trusted = _cors(app, allow_origin_regex=".*", allow_credentials=True)
        self._others = _cors(app, allow_origins=["*"] if anyone else [])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if scope.get("method") == "OPTIONS" and "access-control-request-method" not in headers:
            await Response(status_code=204, headers={"Allow": "GET, POST, OPTIONS"})(scope, receive, send)
            return
        trusted = self._trusts_all or headers.get("origin") in self._listed
        await (self._trusted if trusted else self._others)(scope, receive, send)


def _cors(app: ASGIApp, **policy: object) -> CORSMiddleware:
    return CORSMiddleware(
        app,
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        # A front end served from the foundry's network calls a laptop's loopback address.
        allow_private_network=True,
        expose_headers=["Retry-After", "X-Request-Id"],
        **policy,  # type: ignore[arg-type]
    )


class Unforeseen:
    """An exception nobody foresaw: logged with an id, answered with that id and never with its text.

    Inside Cors, so that a page of another origin can read the answer; Starlette's own is outside.
    """

    def __init__(self, app: ASGIApp, answer: Callable[[Scope, str], Response]) -> None:
        self._app = app
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except ClientDisconnect:
            # Nobody is left to hear it; the log shows nginx's status for a request that its client closed.
            await Response(status_code=499)(scope, receive, send)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            incident = uuid.uuid4().hex[:12]
            _failures.exception("The request failed, incident %s", incident)
            await self._answer(scope, incident)(scope, receive, send)


class OwnSites:
    """Refuses what a browser asks for a page that may not have it asked, before anything is done."""

    def __init__(self, app: ASGIApp, sites: Sites) -> None:
        self._app = app
        self._sites = sites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        objection = self._sites.objection(HTTPConnection(scope)) if scope["type"] == "http" else None
        if objection:
            await JSONResponse({"error": objection}, NotAllowed.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BodyLimit:
    """Counts the bytes that really arrive, since a `Content-Length` may be absent or wrong.

    One that already says too much is refused before anything is read. A body that stops arriving, or drips, is given
    up: a phone that lost its network in the middle of an upload must not hold up the server's end.
    """

    def __init__(self, app: ASGIApp, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._limit = limit
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        announced = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        received = int(announced) if announced.isdecimal() and int(announced) > self._limit else 0
        began, complete = self._clock(), False

        async def receiving() -> Message:
            nonlocal received, complete
            self._check(received)
            if complete:
                return await receive()
            message = await self._in_time(receive, began + _GRACE + received / _SLOWEST)
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            self._check(received)
            return message

        await self._app(scope, receiving, send)

    async def _in_time(self, receive: Receive, ends: float) -> Message:
        left = ends - self._clock()
        try:
            if left <= 0:
                raise TimeoutError
            async with asyncio.timeout(min(_PATIENCE, left)):
                return await receive()
        except TimeoutError:
            raise TooSlow(
                f"The request arrives too slowly: nothing for {_PATIENCE} seconds, or less than a kilobyte a second; "
                "please send it again."
            ) from None

    def _check(self, received: int) -> None:
        if received > self._limit:
            most = self._limit / 1024 / 1024
            raise TooLarge(f"The request is larger than {most:.4g} MB, the most that is taken at once.")
