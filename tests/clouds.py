"""Requests as the cloud sends them: golden events filled in, and answers taken apart."""

import asyncio
import base64
import copy
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

KINDS = ("http_api_v2", "rest_v1", "function_url")
_EVENTS = Path(__file__).parent / "events"


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as it is read."""

    aws_request_id: str = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
    function_name: str = "castmark-test"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def golden(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text())
    return event


def event(
    kind: str,
    method: str,
    path: str,
    query: str = "",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    stage: str = "",
) -> dict[str, Any]:
    """The golden event of that kind for this request; bodies go in base64, as gateways send binaries."""
    filled = copy.deepcopy(golden(kind))
    (_fill_v1 if kind == "rest_v1" else _fill_v2)(filled, method, path, query, stage)
    for name, value in (headers or {}).items():
        filled["headers"][name.lower()] = value
        if "multiValueHeaders" in filled:
            filled["multiValueHeaders"][name] = [value]
    if body:
        filled |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return filled


def _fill_v2(event: dict[str, Any], method: str, path: str, query: str, stage: str) -> None:
    full = f"/{stage}{path}" if stage else path
    event |= {"rawPath": full, "rawQueryString": query}
    event["requestContext"]["http"] |= {"method": method, "path": full}
    if stage:
        event["requestContext"]["stage"] = stage


def _fill_v1(event: dict[str, Any], method: str, path: str, query: str, stage: str) -> None:
    values = parse_qs(query, keep_blank_values=True)
    event |= {"path": path, "resource": path, "httpMethod": method}
    event |= {"multiValueQueryStringParameters": values or None}
    event |= {"queryStringParameters": {name: all_[-1] for name, all_ in values.items()} or None}
    stage = stage or "prod"
    event["requestContext"] |= {"httpMethod": method, "path": f"/{stage}{path}", "stage": stage}


def answer_of(result: dict[str, Any]) -> Answer:
    body = result.get("body") or ""
    headers = {name.lower(): value for name, value in (result.get("headers") or {}).items()}
    for name, values in (result.get("multiValueHeaders") or {}).items():
        headers[name.lower()] = ", ".join(values)
    if result.get("cookies"):
        headers["set-cookie"] = ", ".join(result["cookies"])
    raw = base64.b64decode(body) if result["isBase64Encoded"] else body.encode()
    return Answer(result["statusCode"], headers, raw)


def invoke(handler: Callable[..., dict[str, Any]], *args: Any, **named: Any) -> Answer:
    return answer_of(handler(event(*args, **named), Context()))


@contextmanager
def event_loop() -> Iterator[None]:
    """A current event loop, as the main thread of a Lambda process has one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        asyncio.set_event_loop(None)
        loop.close()
