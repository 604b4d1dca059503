"""One SQS queue: the few things asked of it.

A message is the id of a task and nothing else; beside it, as an attribute, stands the id of the request that entered
the task, so that the worker's first line about it says it.
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import Refusal, refusals
from handlers.errors import QueueUnavailable

_log = logging.getLogger("castmark.tasks")
# What one SendMessageBatch takes.
_MOST_AT_ONCE = 10
REQUEST = "request_id"
_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


class Messages:
    """The queue at `url`. Every failure is QueueUnavailable, with its code in the log."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def client(self) -> Any:
        """One client, made when first asked for."""
        with self._lock:
            if self._client is None:
                with _asking("CreateClient"):
                    self._client = client("sqs")
            return self._client

    def send(self, tasks: Mapping[str, str]) -> None:
        """Send a message for each task, with the id of its request; some may have been sent where this raises."""
        ids = list(tasks)
        for start in range(0, len(ids), _MOST_AT_ONCE):
            rows = [_row(each, tasks[each]) for each in ids[start : start + _MOST_AT_ONCE]]
            with _asking("SendMessageBatch"):
                answer = self.client.send_message_batch(QueueUrl=self._url, Entries=rows)
                for failed in answer.get("Failed", ()):
                    raise Refusal(str(failed.get("Code", "")))

    def postpone(self, receipt: str, seconds: int) -> None:
        """Have the message that was received by `receipt` delivered again after so many seconds."""
        with _asking("ChangeMessageVisibility"):
            self.client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=seconds)

    def count(self) -> int:
        """About how many messages there are, those being worked on included."""
        with _asking("GetQueueAttributes"):
            answer = self.client.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_COUNTS))
            return sum(int(answer["Attributes"].get(name, 0)) for name in _COUNTS)
        raise AssertionError("the block returns or raises")


def _row(task: str, request: str) -> dict[str, Any]:
    row = {"Id": task, "MessageBody": task}
    # SQS refuses an empty one.
    told = {REQUEST: {"DataType": "String", "StringValue": request}} if request else {}
    return row | ({"MessageAttributes": told} if told else {})


@contextmanager
def _asking(operation: str) -> Iterator[None]:
    try:
        with refusals():
            yield
    except Refusal as refusal:
        _log.error("%s: %s", operation, refusal.code)
        raise QueueUnavailable("The queue of readings cannot be used at the moment; try again soon.") from refusal
