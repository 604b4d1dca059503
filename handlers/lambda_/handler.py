"""From an app to a Lambda handler: Mangum 0.22, with its traps closed here.

- Its lifespan runs start-up and shut-down on every invocation: it is off, and apps need none.
- JSON of other names, SVG and ndjson would go out base64-encoded: they are named as text.
- Its base path strips `/v1` from `/v1beta` too: Starlette's root path, which ends at a slash, is used.
- Its excluded headers are not excluded for HTTP APIs: they are taken out here.
- An answer above Lambda's 6 MB becomes a gateway's 502 without a word: it becomes an error that says so.
- An event that is no HTTP request raises a RuntimeError about adapters: here it says what was sent.
"""

import json
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from fastapi import FastAPI
from mangum import Mangum
from starlette.types import Receive, Scope, Send

from handlers.errors import AnswerTooLarge, ConfigurationError
from handlers.importing import without_collecting

Event = dict[str, Any]
LambdaHandler = Callable[[Event, Any], dict[str, Any]]

_TEXT = [
    "text/",
    "application/json",
    "application/problem+json",
    "application/javascript",
    "application/xml",
    "application/x-ndjson",
    "application/vnd.oai.openapi",
    "image/svg+xml",
]
# Lambda's answer may have 6,291,556 bytes with all that surrounds the body.
_LARGEST_BODY = 6_291_556 - 16_384
# Meaningless between Lambda and the gateway, or nobody's business.
_HIDDEN = ("connection", "keep-alive", "server", "transfer-encoding", "x-powered-by")


def to_lambda(app: FastAPI) -> LambdaHandler:
    """The Lambda handler of `app`, for HTTP API v2, REST v1 and function URL events."""
    adapter = Mangum(_Staged(app), lifespan="off", text_mime_types=_TEXT)
    # The first request imports what all of its kind need.
    around = [without_collecting()]

    def handler(event: Event, context: Any) -> dict[str, Any]:
        if not _is_request(event):
            raise ConfigurationError(f"This function answers HTTP requests; it was sent {described(event)}.")
        with around.pop() if around else nullcontext():
            return _fitting(_without_hidden(adapter(event, context)))

    # Whoever runs the handler on a laptop closes the app's rooms in the end.
    handler.app = app  # type: ignore[attr-defined]
    return handler


class _Staged:
    """Tells the app the stage in front of its paths (`/prod/upload`), where the gateway leaves it there."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # An app with a base path of its own sets it over this one.
        if scope["type"] == "http":
            scope["root_path"] = _stage_path(scope["aws.event"])
        await self._app(scope, receive, send)


def _stage_path(event: Event) -> str:
    context = event["requestContext"]
    stage = f"/{context.get('stage') or '$default'}"
    path = str(context.get("path") or context.get("http", {}).get("path") or "")
    return stage if f"{path}/".startswith(f"{stage}/") else ""


def _is_request(event: object) -> bool:
    """Whether it is one of those that are answered; whoever may call a function may send it whatever JSON he likes."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(context, dict):
        return False
    return isinstance(event.get("httpMethod"), str) or isinstance(context.get("http"), dict)


def described(event: object) -> str:
    """What was sent, by where it comes from, and nothing of what is in it."""
    if not isinstance(event, dict):
        return f"no event, but {'nothing' if event is None else f'a {type(event).__name__}'}"
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else {}
    # SNS writes its own with a capital.
    sources = (first.get("eventSource"), first.get("EventSource"), event.get("source"))
    source = next((each for each in sources if isinstance(each, str) and each), "")
    return f"an event from {source[:100]}" if ":" in source or "." in source else "an event of another kind"


def _without_hidden(answer: dict[str, Any]) -> dict[str, Any]:
    for group in ("headers", "multiValueHeaders"):
        for name in _HIDDEN:
            (answer.get(group) or {}).pop(name, None)
    return answer


def _fitting(answer: dict[str, Any]) -> dict[str, Any]:
    body = answer.get("body") or ""
    if len(body) <= _LARGEST_BODY and (answer["isBase64Encoded"] or len(json.dumps(body)) <= _LARGEST_BODY):
        return answer
    error = AnswerTooLarge("The answer is larger than the 4.5 MB that a cloud function can send.")
    # The other headers stay: without the CORS ones, a page could not read this.
    headers = dict(answer["headers"] or {}) | {"content-type": "application/json", "cache-control": "no-store"}
    headers.pop("content-length", None)
    body = json.dumps({"error": str(error)})
    return answer | {"statusCode": error.status, "headers": headers, "body": body, "isBase64Encoded": False}
