"""AWS as it is when it does not answer as it should: moto refuses nothing."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

SECRET = "the account is 123456789012"


def refuse(
    monkeypatch: pytest.MonkeyPatch, service: str, failure: Exception | str, *, only: str = "", times: int = 999
) -> list[str]:
    """Have requests to a service fail, or answered with an error of that code; the operations that failed so.

    `service` is as botocore's events call it; `only` those requests whose operation and URL hold these words.
    """
    failed: list[str] = []
    answer = BotocoreStubber.__call__

    def answering(stub: BotocoreStubber, event_name: str, request: Any, **named: Any) -> Any:
        _, asked, operation = event_name.split(".")
        wanted = asked == service and all(word in f"{operation} {request.url}" for word in only.split())
        if not wanted or len(failed) >= times:
            return answer(stub, event_name, request, **named)
        failed.append(operation)
        if isinstance(failure, Exception):
            raise failure
        body = json.dumps({"__type": failure, "message": SECRET}).encode()
        raw = SimpleNamespace(stream=lambda *_, **__: iter([body]), read=lambda *_, **__: body)
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.1"}, raw)

    monkeypatch.setattr(BotocoreStubber, "__call__", answering)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    return failed
