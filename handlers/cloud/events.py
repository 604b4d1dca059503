"""Events in the cloud: lines of the functions' own log, which Lambda keeps in the stack's one log group.

`note` writes the line and nothing else: no request waits for CloudWatch. Some seconds pass before it can be read.
"""

import logging
import time
from functools import cached_property
from operator import itemgetter
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import Refusal, refusals
from handlers.errors import LogUnavailable
from handlers.events import event_of, moment, noted

_events = logging.getLogger("castmark.events")
_log = logging.getLogger("castmark.logs")
# Marks events among all lines of the group; no other line of ours has such a field.
_KIND = "event"
_PATTERN = f'{{ $.kind = "{_KIND}" }}'
_DAYS = 30
# CloudWatch may answer page after empty page while it searches; the gateway waits 30 seconds.
_SECONDS = 12.0
# What one FilterLogEvents takes.
_MOST_AT_ONCE = 10_000


class CloudEvents:
    """Events in the log group of that name, as `Events` has them."""

    def __init__(self, group: str, *, timezone: str = "") -> None:
        self._group = group
        self._timezone = timezone

    def prepare(self) -> None:
        """Make the client of CloudWatch."""
        _ = self._client

    def note(self, event: str, result: str, remark: str = "") -> None:
        facts = noted(self._timezone, event, result, remark)
        _events.info(facts["event"], extra={"facts": {"kind": _KIND, **facts}})

    def latest(self, limit: int = 1000, until: str = "") -> list[dict[str, str]]:
        """The latest events of the last 30 days, as far back as 12 seconds of searching lead.

        Raises LogUnavailable.
        """
        try:
            found = self._found(limit, until)
        except Refusal as error:
            _log.error("FilterLogEvents: %s", error.code)
            raise LogUnavailable("The event log cannot be read at the moment; try again soon.") from error
        latest = found[:limit]
        # Asked for newest first; the sorting puts right what a server sent in another order all the same.
        latest.reverse()
        return [event for _, event in sorted(latest, key=itemgetter(0))]

    @cached_property
    def _client(self) -> Any:
        return client("logs")

    def _found(self, limit: int, until: str) -> list[tuple[int, dict[str, str]]]:
        """At least `limit` events with their milliseconds since 1970, or all, or as many as time allows."""
        since = int((time.time() - _DAYS * 86_400) * 1000)
        query: dict[str, Any] = {"logGroupName": self._group, "filterPattern": _PATTERN, "startTime": since}
        if until:
            # The end of that second.
            query["endTime"] = int(moment(until, self._timezone).timestamp() * 1000) + 999
        found: list[tuple[int, dict[str, str]]] = []
        end = time.monotonic() + _SECONDS
        while len(found) < limit and time.monotonic() < end:
            with refusals():
                page = self._client.filter_log_events(**query, startFromHead=False, limit=min(limit, _MOST_AT_ONCE))
            found += [(row["timestamp"], event) for row in page["events"] if (event := event_of(row["message"]))]
            if not page.get("nextToken"):
                break
            query["nextToken"] = page["nextToken"]
        return found
