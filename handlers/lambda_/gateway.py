"""API Gateway on a laptop: each HTTP request becomes an event, and the function's own handler answers it.

What AWS does to a request on its way is done here too, so that what works here works there: an HTTP API with payload
format 2.0, a route for every API with ANY for its method, Lambda's limits and the gateway's own errors.
(docs.aws.amazon.com, "AWS Lambda proxy integrations for HTTP APIs" and "Lambda quotas")
"""

import asyncio
import base64
import json
import logging
import re
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from handlers.api import LOCAL_ONLY, MODULES
from handlers.lambda_ import functions as by_name
from handlers.lambda_.handler import Event, LambdaHandler
from handlers.log import following
from handlers.settings import Settings

_log = logging.getLogger("castmark.gateway")
# What Lambda takes and gives, in bytes of JSON; the limits differ by 100.
_LARGEST_EVENT = 6_291_456
_LARGEST_ANSWER = 6_291_556
# As for the functions that read; the gateway itself would wait for 30.
_SECONDS = 29.0
# Every other body goes in base64: forms too, and what has no type.
_TEXT = re.compile(r"text/.+|application/(json|xml|javascript)")
# Such as `[::1]:5000` never reaches a function, and Mangum could not take it apart.
_HOST = re.compile(r"[^:]*(:[0-9]{1,5})?")
_AT_ONCE = 40


@dataclass(frozen=True)
class Function:
    """A route of the gateway and the handler behind it; `path` as Starlette writes it, `/web/{name}`."""

    name: str
    path: str
    handler: LambdaHandler

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return compile_path(self.path)[0]


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as it means something here."""

    function_name: str
    aws_request_id: str
    deadline: float

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def functions(settings: Settings) -> Iterator[Function]:
    """Every API but those that the cloud has not. Handlers are built from the environment, as Lambda's runtime does."""
    for name in MODULES:
        if name in LOCAL_ONLY:
            continue
        module = import_module(f"handlers.api.{name}")
        with asyncio.Runner():  # Mangum wants a current event loop
            handler = getattr(by_name, name)
        for route in module.api.routes:
            yield Function(f"castmark-{name}", settings.base_path + route.path(settings), handler)


class Gateway:
    """An ASGI app. `beside` are apps by their paths: what is no function in the cloud, and not behind the gateway.

    Handlers run in threads; one that takes longer than `seconds` cannot be ended here as Lambda would, but is answered
    for as if it were.
    """

    def __init__(
        self, functions: Iterable[Function], beside: Mapping[str, ASGIApp] | None = None, seconds: float = _SECONDS
    ) -> None:
        self._functions = list(functions)
        self._beside = dict(beside or {})
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="function")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        function = next((each for each in self._functions if each.pattern.match(scope["path"])), None)
        if function:
            answer: ASGIApp = await self._answer(function, scope, receive)
        else:
            answer = self._beside.get(scope["path"]) or _said(404, "Not Found")
        await answer(scope, receive, send)

    def close(self) -> None:
        """Wait for the handlers that still run, and close the rooms of those that show them."""
        self._threads.shutdown()
        for handler in {function.handler for function in self._functions}:
            app = getattr(handler, "app", None)
            if app is not None:
                app.state.rooms.close()

    async def _answer(self, function: Function, scope: Scope, receive: Receive) -> Response:
        body = await _body(receive)
        if body is None:
            return _said(408, "Request Timeout")
        event = event_of(scope, body, function.path)
        sent = _json(event)
        if len(sent) > _LARGEST_EVENT:
            return _said(413, "Request Entity Too Large")
        if not _HOST.fullmatch(event["headers"].get("host", "")):
            return _said(400, "Bad Request")
        request_id = event["requestContext"]["requestId"]
        with following(request_id=request_id):
            return await self._outcome(function, sent, request_id)

    async def _outcome(self, function: Function, sent: bytes, request_id: str) -> Response:
        context = Context(function.name, request_id, time.monotonic() + self._seconds)
        call = asyncio.get_running_loop().run_in_executor(self._threads, _invoked, function.handler, sent, context)
        done, _ = await asyncio.wait([call], timeout=self._seconds)
        if not done:
            _log.error("%s took longer than %g seconds", function.name, self._seconds)
            return _said(503, "Service Unavailable")
        try:
            answer = call.result()
            return _said(502, "Bad Gateway") if len(answer) > _LARGEST_ANSWER else response_of(json.loads(answer))
        except Exception:  # noqa: BLE001  whatever a handler does, its caller gets the gateway's answer
            _log.exception("%s failed", function.name)
            return _said(500, "Internal Server Error")


def event_of(scope: Scope, body: bytes, path: str) -> Event:
    """The event of an HTTP request; `path` is the route's. The path is decoded and the query is not, as in AWS."""
    headers, cookies = _headers(scope, body)
    address = scope["client"][0] if scope.get("client") else ""
    query = _text(scope["query_string"])
    about = {
        "method": scope["method"],
        "path": scope["path"],
        "protocol": f"HTTP/{scope['http_version']}",
        "sourceIp": address,
        "userAgent": headers.get("user-agent", ""),
    }
    return {
        "version": "2.0",
        "routeKey": f"ANY {path}",
        "rawPath": scope["path"],
        "rawQueryString": query,
        "headers": headers,
        **({"cookies": cookies} if cookies else {}),
        **({"queryStringParameters": _joined(parse_qsl(query, keep_blank_values=True))} if query else {}),
        "requestContext": _circumstances(path, headers.get("host", "")) | {"http": about},
        **_content(headers.get("content-type", ""), body),
    }


def response_of(answer: dict[str, Any]) -> Response:
    """What a client gets for a function's answer."""
    body = answer.get("body") or ""
    response = Response(base64.b64decode(body) if answer.get("isBase64Encoded") else body, answer["statusCode"])
    headers = [(name.lower(), value) for name, value in (answer.get("headers") or {}).items()]
    headers += [("set-cookie", cookie) for cookie in answer.get("cookies") or ()]
    response.raw_headers += [(name.encode(), value.encode()) for name, value in headers if name != "content-length"]
    return response


def _invoked(handler: LambdaHandler, event: bytes, context: Context) -> bytes:
    # Mangum runs the app in this thread's loop; threads that the app used end with it.
    with asyncio.Runner():
        return _json(handler(json.loads(event), context))


async def _body(receive: Receive) -> bytes | None:
    """What was sent, as far as an event could hold it; None where it stopped arriving."""
    body, more = bytearray(), True
    while more and len(body) <= _LARGEST_EVENT:
        try:
            message = await asyncio.wait_for(receive(), _SECONDS)
        except TimeoutError:
            return None
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _headers(scope: Scope, body: bytes) -> tuple[dict[str, str], list[str]]:
    """The headers, one of each name, and apart from them the cookies."""
    all_ = [(name.decode().lower(), _text(value)) for name, value in scope["headers"]]
    cookies = [each.strip() for name, value in all_ if name == "cookie" for each in value.split(";")]
    headers = _joined([(name, value) for name, value in all_ if name not in ("cookie", "transfer-encoding")])
    address = scope["client"][0] if scope.get("client") else ""
    forwarded = [headers["x-forwarded-for"]] if "x-forwarded-for" in headers else []
    headers |= {
        "content-length": str(len(body)),
        "x-forwarded-for": ", ".join([*forwarded, address]),
        "x-forwarded-proto": scope["scheme"],
        "x-forwarded-port": str((scope.get("server") or ("", ""))[1]),
    }
    return headers, cookies


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: ",".join(all_) for name, all_ in values.items()}


def _circumstances(path: str, host: str) -> dict[str, Any]:
    now, domain = time.time(), host.partition(":")[0]
    return {
        "accountId": "anonymous",
        "apiId": "local",
        "domainName": domain,
        "domainPrefix": domain.partition(".")[0],
        "requestId": str(uuid.uuid4()),
        "routeKey": f"ANY {path}",
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "timeEpoch": int(now * 1000),
    }


def _content(content_type: str, body: bytes) -> dict[str, Any]:
    if not body:
        return {"isBase64Encoded": False}
    if _TEXT.fullmatch(content_type.partition(";")[0].strip().lower()):
        return {"body": _text(body), "isBase64Encoded": False}
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _said(status: int, message: str) -> Response:
    return JSONResponse({"message": message}, status)
