"""SNS and EventBridge: what a cloud's own functions and other accounts listen to.

Both deliver at least once. A FIFO topic keeps the order, by one group; others and EventBridge keep none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import Refusal, refusals
from handlers.errors import NotDelivered
from handlers.outbox.events import Event
from handlers.outbox.targets.base import part
from handlers.settings import Settings

_GROUP = "castmark"
_SOURCE = "castmark"


class _Aws:
    """What both have in common: no connection to keep."""

    def __init__(self, place: str) -> None:
        self._place = place

    def open(self) -> bool:
        return False

    def close(self) -> None:
        """Nothing: a client keeps no more than idle connections."""


@contextmanager
def _telling(place: str) -> Iterator[None]:
    """What AWS refuses is told by its own code. Raises NotDelivered."""
    try:
        with refusals():
            yield
    except Refusal as error:
        raise NotDelivered(f"{place} did not take it ({error.code}).") from None


class Topic(_Aws):
    name = "sns"

    @cached_property
    def _client(self) -> Any:
        return client("sns", region_name=self._place.split(":")[3])

    def deliver(self, event: Event) -> None:
        told = {"id": event.id, "type": event.type}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told.items()}
        fifo = {"MessageGroupId": _GROUP, "MessageDeduplicationId": event.id} if self._place.endswith(".fifo") else {}
        body = event.body().decode()
        with _telling(self._place):
            self._client.publish(TopicArn=self._place, Message=body, MessageAttributes=attributes, **fifo)


class Bus(_Aws):
    name = "event_bus"

    @cached_property
    def _client(self) -> Any:
        return client("events")

    def deliver(self, event: Event) -> None:
        entry = {"Source": _SOURCE, "DetailType": event.type, "Detail": event.body().decode()}
        with _telling(self._place):
            answer = self._client.put_events(Entries=[entry | {"EventBusName": self._place}])
        # It answers 200 even where it took nothing.
        if answer["FailedEntryCount"]:
            raise NotDelivered(f"{self._place} did not take it ({answer['Entries'][0]['ErrorCode']}).")


def target(name: str, settings: Settings) -> Topic | Bus:
    part("boto3", f"OUTBOX__{name.upper()}", "aws")
    return Topic(settings.outbox.sns) if name == "sns" else Bus(settings.outbox.event_bus)
