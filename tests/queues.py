"""SQS without AWS, and what Lambda's event source mapping does with it: deliver messages, and remove what succeeded."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from moto import mock_aws

from handlers.aws.messages import Messages
from handlers.lambda_.worker import Worker
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Storage
from handlers.tasks.base import DELIVERIES
from handlers.tasks.run import Reads
from handlers.tasks.sqs import SqsQueue
from tests.buckets import ENVIRONMENT
from tests.clouds import golden

NAME = "castmark-readings"
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as the worker reads it."""

    milliseconds: int = 300_000
    aws_request_id: str = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


@dataclass(frozen=True)
class Queues:
    """A queue as the template makes it, with its dead-letter queue; `client` is botocore's."""

    client: Any
    url: str
    dead: str

    def texts(self, url: str = "") -> list[str]:
        """The bodies of the messages that are visible, which stay so."""
        return [message["Body"] for message in self._received(url or self.url, VisibilityTimeout=0)]

    def event(self) -> dict[str, Any]:
        """What is visible, as the worker gets it; no records where nothing is."""
        like = golden("sqs")["Records"][0]
        messages = self._received(self.url)
        return {"Records": [like | _record(message, like["attributes"]) for message in messages]}

    def deliver(self, handler: Handler, context: Any = None) -> int:
        """Deliver what is visible, once; how many messages failed."""
        event = self.event()
        return self.answer(event, handler(event, context or Context())) if event["Records"] else 0

    def answer(self, event: dict[str, Any], answer: dict[str, Any]) -> int:
        """Remove the messages of `event` that the function did not answer as failed; how many failed."""
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        for record in event["Records"]:
            if record["messageId"] not in failed:
                self.client.delete_message(QueueUrl=self.url, ReceiptHandle=record["receiptHandle"])
        return len(failed)

    def wait_no_longer(self, event: dict[str, Any]) -> None:
        """The visibility time-out of these messages is over."""
        for record in event["Records"]:
            with suppress(self.client.exceptions.ClientError):
                self.client.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
                )

    def _received(self, url: str, **options: Any) -> list[dict[str, Any]]:
        wanted = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], "MessageAttributeNames": ["All"]}
        answer = self.client.receive_message(QueueUrl=url, WaitTimeSeconds=0, **wanted, **options)
        return list(answer.get("Messages", ()))


def create(client: Any) -> Queues:
    """Both queues, new and empty. Messages that fail are visible again at once, unless they are postponed."""
    dead = client.create_queue(QueueName=f"{NAME}-dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": DELIVERIES})
    attributes = {"RedrivePolicy": redrive, "VisibilityTimeout": "0"}
    return Queues(client, client.create_queue(QueueName=NAME, Attributes=attributes)["QueueUrl"], dead)


@contextmanager
def sqs() -> Iterator[Queues]:
    """Empty queues in this process."""
    with mock_aws(), patch.dict("os.environ", ENVIRONMENT):
        yield create(Messages("").client)


@contextmanager
def cloud_queue(
    settings: Settings, database: Database, storage: Storage, reader: Reads
) -> Iterator[tuple[SqsQueue, Callable[[], int]]]:
    """A queue over SQS in this process, and what delivers its messages to a worker once, however long they wait."""
    with sqs() as queues:
        queue = SqsQueue(settings, database, storage, reader, Messages(queues.url))
        worker = Worker(queue, reads_arrivals=settings.read_arrivals)

        def deliver() -> int:
            event = queues.event()
            failed = queues.answer(event, worker(event, Context())) if event["Records"] else 0
            queues.wait_no_longer(event)
            return failed

        yield queue, deliver


def _record(message: dict[str, Any], attributes: dict[str, str]) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": attributes | message.get("Attributes", {}),
        "messageAttributes": {name: _attribute(each) for name, each in message.get("MessageAttributes", {}).items()},
    }


def _attribute(sent: dict[str, str]) -> dict[str, Any]:
    """As Lambda hands it on."""
    return {
        "stringValue": sent["StringValue"],
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": sent["DataType"],
    }
