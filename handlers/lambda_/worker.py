"""`worker`: what SQS delivers and what a schedule asks for. No HTTP, no Mangum.

A message is a task's id, or S3's word that pictures arrived. Each is answered for by itself: what failed is delivered
again, and after three times goes to the dead-letter queue.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_plus

from handlers.aws.messages import REQUEST
from handlers.errors import ConfigurationError, ReadingFailed, StorageUnavailable
from handlers.lambda_.handler import Event, described
from handlers.lambda_.snapshot import register
from handlers.log import following
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.tasks.base import DELIVERIES

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

    from handlers.tasks.sqs import SqsQueue

_log = logging.getLogger("castmark.worker")
_TASK = re.compile("[0-9a-f]{32}")
_ARRIVAL = re.compile("incoming/alone/([0-9a-f]{32})/([0-9a-f]{32})")
# A function that is stopped says nothing: its claim must outlive it, and end before its message comes again.
_MARGIN_SECONDS = 5.0
# What is tried again soon, where nothing but another try is needed; longer after each.
_AGAIN_SECONDS = 10
# For events, after what a delivery brought is read.
_DELIVERING_SECONDS = 10.0


def build(settings: Settings) -> Callable[[Event, Any], dict[str, Any]]:
    """The worker's handler. Raises ConfigurationError without a queue."""
    if not settings.queue_url:
        raise ConfigurationError("CASTMARK_QUEUE_URL is not set; the worker reads what that queue delivers.")
    rooms = Rooms(settings)
    rooms.prepare_rules()
    register(rooms, ("reader", "storage", "database", "queue"))
    deliver = (lambda: rooms.courier.run(_DELIVERING_SECONDS)) if settings.outbox.targets else None
    return Worker(cast("SqsQueue", rooms.queue), reads_arrivals=settings.read_arrivals, deliver=deliver)


class Worker:
    """A Lambda handler: answers the messages that failed, or nothing."""

    def __init__(self, queue: "SqsQueue", *, reads_arrivals: bool, deliver: Callable[[], None] | None = None) -> None:
        """`deliver` sends what the outbox has; None where nothing leaves by itself."""
        self._queue = queue
        self._deliver_events = deliver
        self._reads_arrivals = reads_arrivals

    def __call__(self, event: Event, context: Any) -> dict[str, Any]:
        # Lambda's id of this call; it is the request's, too, where no other one is behind what is done.
        with following(request_id=context.aws_request_id, invocation=context.aws_request_id):
            return self._answer(event, context)

    def _answer(self, event: Event, context: Any) -> dict[str, Any]:
        asked = event.get("do") if isinstance(event, dict) else None
        if asked == "tend":
            self._queue.tend(time.time())
            self._send_events()
        elif asked == "sweep":
            self._queue.sweep(time.time())
        elif _are_messages(event):
            return self._answer_for(event, context)
        else:
            raise ConfigurationError(f"The worker answers messages of SQS; it was sent {described(event)}.")
        return {}

    def _answer_for(self, event: Event, context: Any) -> dict[str, Any]:
        from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

        # Else a batch of one that failed would count as a failure of the function.
        processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)

        def one(record: "SQSRecord") -> None:
            self._deliver(record, context)

        answer: dict[str, Any] = dict(process_partial_response(event, one, processor, context))
        self._send_events()
        return answer

    def _send_events(self) -> None:
        """What fails is sent the next time; it must not bring messages again that were answered for."""
        if self._deliver_events is None:
            return
        try:
            self._deliver_events()
        except Exception:  # noqa: BLE001  a database that does not answer now may answer the next time
            _log.exception("The outbox could not be sent")

    def _deliver(self, record: "SQSRecord", context: Any) -> None:
        request = record.message_attributes[REQUEST]
        task = record.body if _TASK.fullmatch(record.body) else ""
        with following(request_id=(request and request.string_value) or "", message=record.message_id, task=task):
            self._try(record, context)

    def _try(self, record: "SQSRecord", context: Any) -> None:
        received = int(record.attributes.approximate_receive_count)
        _log.info("delivery", extra={"facts": {"delivery": received}})
        try:
            self._read(record.body, context, final=received >= DELIVERIES)
        except (ReadingFailed, StorageUnavailable):
            self._queue.messages.postpone(record.receipt_handle, _AGAIN_SECONDS * received)
            raise
        except Exception:
            _log.exception("Delivery %d of the message failed", received)
            raise

    def _read(self, body: str, context: Any, *, final: bool) -> None:
        if _TASK.fullmatch(body):
            seconds = context.get_remaining_time_in_millis() / 1000 + _MARGIN_SECONDS
            self._queue.work(body, seconds, final=final)
            return
        for owner, key in arrivals_in(body):
            if self._reads_arrivals:
                self._queue.read_arrival(owner, key)


def _are_messages(event: object) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return (
        isinstance(records, list)
        and bool(records)
        and all(isinstance(each, dict) and each.get("eventSource") == "aws:sqs" for each in records)
    )


def arrivals_in(body: str) -> list[tuple[str, str]]:
    """Whose pictures arrived alone, and under which keys, by a notification of S3's; none in S3's trial of the queue.

    Raises ValueError for what is no notification.
    """
    try:
        said = json.loads(body)
        if said.get("Event") == "s3:TestEvent":
            return []
        keys = [unquote_plus(record["s3"]["object"]["key"]) for record in said["Records"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError(f"This message is neither a task's id nor a notification of S3: {body[:100]!r}") from None
    return [(found[1], found[2]) for found in map(_ARRIVAL.fullmatch, keys) if found]
