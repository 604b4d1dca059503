"""One log group of CloudWatch: what was written into it, found again."""

import time
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import refusals

# CloudWatch may answer page after empty page while it searches; the gateway waits 30 seconds.
_SECONDS = 12.0
# What one FilterLogEvents takes.
_MOST_AT_ONCE = 10_000


class LogGroup:
    """The log group `name`."""

    def __init__(self, name: str) -> None:
        self._name = name

    def prepare(self) -> None:
        """Make the client."""
        _ = self._client

    def lines(self, pattern: str, since: int, until: int | None, at_once: int) -> Iterator[tuple[int, str]]:
        """Lines that fit a pattern of CloudWatch's, with their milliseconds since 1970, the newest first.

        `since` and `until` are such milliseconds too. So many are asked for `at_once`, and none after 12 seconds.
        Raises Refusal.
        """
        query: dict[str, Any] = {"logGroupName": self._name, "filterPattern": pattern, "startTime": since}
        if until is not None:
            query["endTime"] = until
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            with refusals():
                page = self._client.filter_log_events(**query, startFromHead=False, limit=min(at_once, _MOST_AT_ONCE))
            for row in page["events"]:
                yield row["timestamp"], row["message"]
            if not page.get("nextToken"):
                return
            query["nextToken"] = page["nextToken"]

    @cached_property
    def _client(self) -> Any:
        return client("logs")
