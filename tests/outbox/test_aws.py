"""SNS and EventBridge, as moto plays them: a queue behind each hears the events."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from handlers.errors import NotDelivered
from handlers.outbox.events import new_event
from handlers.outbox.targets import targets_of
from handlers.outbox.targets.base import Target
from handlers.settings import Settings
from tests.buckets import ENVIRONMENT

_EVENT = new_event(
    "alarm.raised", 7, {"reading": 7, "rule": "known", "text": "李", "sentence": "No known mold."}, "known"
)


@pytest.fixture(autouse=True)
def _cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


def _target(**outbox: str) -> Target:
    (target,) = targets_of(Settings.model_validate({"outbox": outbox}))
    return target


def _queue(name: str = "listener", **attributes: str) -> tuple[str, str]:
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return url, arn


def _heard(url: str) -> list[Any]:
    messages = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


@pytest.mark.parametrize("fifo", [False, True])
def test_topic_tells_its_subscribers(fifo: bool) -> None:
    end = ".fifo" if fifo else ""
    more = {"FifoTopic": "true"} if fifo else {}
    url, arn = _queue(f"listener{end}", **({"FifoQueue": "true"} if fifo else {}))
    sns = boto3.client("sns")
    topic = sns.create_topic(Name=f"castmark{end}", Attributes=more)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    _target(sns=topic).deliver(_EVENT)
    (message,) = _heard(url)
    assert json.loads(message["Message"]) == _EVENT.whole()
    assert {name: each["Value"] for name, each in message["MessageAttributes"].items()} == {
        "id": _EVENT.id,
        "type": "alarm.raised",
    }


def test_bus_tells_its_rules() -> None:
    url, arn = _queue()
    events = boto3.client("events")
    events.create_event_bus(Name="plant")
    events.put_rule(Name="all", EventBusName="plant", EventPattern=json.dumps({"source": ["castmark"]}))
    events.put_targets(Rule="all", EventBusName="plant", Targets=[{"Id": "1", "Arn": arn}])
    _target(event_bus="plant").deliver(_EVENT)
    (message,) = _heard(url)
    assert (message["detail-type"], message["detail"]) == ("alarm.raised", _EVENT.whole())


def test_topic_that_is_not_there_is_told_by_its_code() -> None:
    target = _target(sns="arn:aws:sns:us-east-1:123456789012:missing")
    with pytest.raises(NotDelivered, match=r"missing did not take it \(NotFound"):
        target.deliver(_EVENT)
    target.close()
