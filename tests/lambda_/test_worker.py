"""The worker as Lambda calls it: batches of SQS's, notifications of S3's, the schedule, and what is none of these."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import select

from handlers.aws.messages import Messages
from handlers.errors import ConfigurationError
from handlers.lambda_ import worker as module
from handlers.lambda_.functions import worker_of
from handlers.lambda_.worker import arrivals_in
from handlers.recognition.identity import identity
from handlers.records.readings import all_records
from handlers.records.tables import said
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.tasks import table
from handlers.tasks.base import State, Task
from tests.buckets import NAME, s3, send
from tests.clouds import event, golden
from tests.drawing import draw_hub
from tests.queues import Context, create
from tests.teaching.test_files import TEACHING

Encoded = Callable[..., bytes]
_OWNER = "b" * 32
_KEY = "c" * 32


def _said(key: str) -> str:
    return json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})


class Stack:
    """The worker's own handler, with a bucket and queues in this process; uploads as other functions make them."""

    def __init__(self, held: ExitStack, folder: Path, **settings: Any) -> None:
        held.enter_context(s3())
        self.queues = create(Messages("").client)
        places = {"data": folder, "bucket": NAME, "queue_url": self.queues.url}
        self.rooms = Rooms(Settings.model_validate(places | settings))
        held.callback(self.rooms.close)
        self.handler = module.build(self.rooms.settings)
        held.callback(self.handler._queue._database.close)  # type: ignore[attr-defined]

    def submit(self, content: bytes) -> Task:
        self.rooms.storage.put(_OWNER, [Upload("1.png", "image/png", io.BytesIO(content))])
        return self.rooms.queue.submit(_OWNER)

    def deliver(self) -> int:
        return self.queues.deliver(self.handler)

    def deliver_after_waiting(self) -> int:
        """As `deliver`, and then all visibility time-outs are over."""
        event = self.queues.event()
        failed = self.queues.answer(event, self.handler(event, Context())) if event["Records"] else 0
        self.queues.wait_no_longer(event)
        return failed

    def state(self, task: Task) -> State:
        return self.rooms.queue.task(task.id).state

    def count(self) -> int:
        with self.rooms.database.read() as connection:
            return len(all_records(connection)) - 1


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    with ExitStack() as held:
        yield lambda **settings: Stack(held, tmp_path / "data", **settings)


def test_messages_of_a_batch_are_answered_for_one_by_one(make_stack: Callable[..., Stack], picture: Encoded) -> None:
    stack = make_stack()
    first = stack.submit(picture())
    stack.queues.client.send_message(QueueUrl=stack.queues.url, MessageBody="nonsense")
    second = stack.submit(picture())
    assert stack.deliver() == 1
    assert [stack.state(first), stack.state(second), stack.count()] == [State.COMPLETED, State.COMPLETED, 2]
    assert stack.queues.texts() == ["nonsense"]


def test_message_that_nobody_understands_goes_to_the_dead_letters(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    stack.queues.client.send_message(QueueUrl=stack.queues.url, MessageBody='{"Records": 1}')
    assert [stack.deliver() for _ in range(4)] == [1, 1, 1, 0]
    assert stack.queues.texts(stack.queues.dead) == ['{"Records": 1}']


def test_poison_goes_to_the_dead_letters_after_three_tries_and_its_task_is_an_error(
    make_stack: Callable[..., Stack], picture: Encoded, caplog: pytest.LogCaptureFixture
) -> None:
    stack = make_stack(bucket="")
    task = stack.submit(picture())
    stored = stack.rooms.settings.data / "uploads" / _OWNER / task.pictures[0].key
    stored.unlink()
    stored.mkdir()
    states = []
    for _ in range(4):
        stack.deliver_after_waiting()
        states.append(stack.state(task))
    assert states == [State.WAITING, State.WAITING, State.ERROR, State.ERROR]
    assert stack.queues.texts(stack.queues.dead) == [task.id]
    assert stack.queues.texts() == []
    assert caplog.text.count("IsADirectoryError") == 3
    incident = stack.rooms.queue.task(task.id).text.split()[-1].rstrip(".")
    assert incident in caplog.text
    assert stack.count() == 0


def test_failure_that_may_pass_is_tried_again_soon(make_stack: Callable[..., Stack], picture: Encoded) -> None:
    stack = make_stack()
    task = stack.submit(picture())
    handler = module.build(stack.rooms.settings.model_copy(update={"bucket": "castmark-elsewhere"}))
    assert stack.queues.deliver(handler) == 1
    assert (stack.state(task), stack.queues.texts()) == (State.WAITING, [])
    (left,) = stack.queues.client.get_queue_attributes(
        QueueUrl=stack.queues.url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"]
    )["Attributes"].values()
    assert left == "1"
    handler._queue._database.close()  # type: ignore[attr-defined]


def test_claim_outlives_the_function_and_not_the_visibility_of_its_message(
    make_stack: Callable[..., Stack], picture: Encoded
) -> None:
    stack = make_stack()
    stack.submit(picture())
    began = time.time()
    with pytest.raises(_Killed):
        stack.queues.deliver(_killed(stack), Context(milliseconds=200_000))
    with stack.rooms.database.read() as connection:
        assert not table.has_claimable(connection, began + 200)
        assert table.has_claimable(connection, time.time() + 206)


def test_notification_of_s3_starts_reading_where_that_is_set(
    make_stack: Callable[..., Stack], picture: Encoded
) -> None:
    stack = make_stack(read_arrivals=True)
    form = stack.rooms.storage.presign(_OWNER, "轮毂 1.png", "image/png", 9999, alone=True)
    send(stack.rooms.storage, form, io.BytesIO(picture()))
    for _ in range(2):
        stack.queues.client.send_message(QueueUrl=stack.queues.url, MessageBody=_notification(form.fields["key"]))
    assert [stack.deliver() for _ in range(2)] == [0, 0]
    (task,) = stack.rooms.queue.tasks_of(_OWNER)
    assert (task.state, task.details[0]["name"], stack.count()) == (State.COMPLETED, "轮毂 1.png", 1)


def test_notification_of_s3_starts_nothing_where_that_is_not_set(
    make_stack: Callable[..., Stack], picture: Encoded
) -> None:
    stack = make_stack()
    form = stack.rooms.storage.presign(_OWNER, "1.png", "image/png", 9999, alone=True)
    send(stack.rooms.storage, form, io.BytesIO(picture()))
    stack.queues.client.send_message(QueueUrl=stack.queues.url, MessageBody=_notification(form.fields["key"]))
    assert (stack.deliver(), stack.rooms.queue.tasks_of(_OWNER), stack.queues.texts()) == (0, [], [])


@pytest.mark.parametrize(
    ("body", "arrived"),
    [
        ('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}', []),
        (_said(f"uploads/{_OWNER}/{_KEY}"), []),
        (_said(f"incoming/{_OWNER}/{_KEY}"), []),
        (_said(f"incoming/alone/{_OWNER}/a+b%2F"), []),
        (_said(f"incoming/alone/{_OWNER}/{_KEY}"), [(_OWNER, _KEY)]),
        (_said(f"incoming%2Falone%2F{_OWNER}%2F{_KEY}"), [(_OWNER, _KEY)]),
    ],
)
def test_whose_pictures_arrived(body: str, arrived: list[tuple[str, str]]) -> None:
    assert arrivals_in(body) == arrived


@pytest.mark.parametrize("body", ["", "[]", "1", "{}", '{"Records": [{}]}', "0" * 31, "0" * 33])
def test_what_is_no_notification_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match="neither a task's id nor a notification of S3"):
        arrivals_in(body)


def test_schedule_tends_and_sweeps(make_stack: Callable[..., Stack], picture: Encoded) -> None:
    stack = make_stack()
    task = stack.submit(picture())
    long_ago = time.time() - 40 * 24 * 3600
    for _ in range(3):
        took = stack.rooms.database.write(lambda c: table.claim(c, "dead", time.time(), long_ago, task.id, tries=3))
        assert took is not None
    assert stack.handler({"do": "tend"}, Context()) == {}
    assert stack.state(task) is State.ERROR
    assert stack.handler({"do": "sweep"}, Context()) == {}
    assert stack.state(task) is State.ERROR, "a task of today is not swept"


@pytest.mark.parametrize(
    "sent",
    [event("http_api_v2", "GET", "/worker"), {"do": "harm"}, {"Records": []}, {}, None, [], "x", {"Records": [None]}],
)
def test_other_events_are_refused_by_what_they_are(make_stack: Callable[..., Stack], sent: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="The worker answers messages of SQS; it was sent"):
        make_stack().handler(sent, Context())


def test_worker_without_a_queue_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="CASTMARK_QUEUE_URL is not set"):
        module.build(Settings())


def test_handler_is_built_from_the_environment(make_stack: Callable[..., Stack], monkeypatch: Any) -> None:
    stack = make_stack()
    monkeypatch.setenv("CASTMARK_QUEUE_URL", stack.queues.url)
    monkeypatch.setenv("CASTMARK_BUCKET", NAME)
    assert worker_of()(golden("sqs") | {"Records": [golden("sqs")["Records"][0]]}, Context()) == {
        "batchItemFailures": [{"itemIdentifier": golden("sqs")["Records"][0]["messageId"]}]
    }


class _Killed(BaseException):
    """What ends a function from outside."""


def _killed(stack: Stack) -> Callable[..., dict[str, Any]]:
    """The worker's handler, killed while it opens the picture."""

    def spool(*_: Any, **__: Any) -> Any:
        raise _Killed

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        client = stack.handler._queue._storage.bucket.client  # type: ignore[attr-defined]
        client.meta.events.register("before-call.s3.GetObject", spool)
        return stack.handler(event, context)

    return handler


def _notification(key: str) -> str:
    return json.dumps({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": key.replace("/", "%2F")}}}]})


def test_what_was_read_is_told_to_the_topic_and_a_topic_that_is_away_costs_no_reading(
    make_stack: Callable[..., Stack], picture: Encoded
) -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:plant"
    stack = make_stack(outbox={"sns": topic, "longest_wait_seconds": 0.2})
    task = stack.submit(picture())
    assert stack.deliver() == 0
    assert stack.state(task) is State.COMPLETED
    (state,) = stack.rooms.outbox.state()
    assert (state.waiting, state.error) == (1, f"{topic} did not take it (NotFound).")
    sns = boto3.client("sns")
    assert sns.create_topic(Name="plant")["TopicArn"] == topic
    arn = stack.queues.client.get_queue_attributes(QueueUrl=stack.queues.dead, AttributeNames=["QueueArn"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    time.sleep(max(0.0, state.retry_at - time.time()))
    stack.handler({"do": "tend"}, Context())
    (heard,) = stack.queues.texts(stack.queues.dead)
    assert json.loads(json.loads(heard)["Message"])["type"] == "reading.recorded"
    assert stack.rooms.outbox.state()[0].delivered == 1


def test_pictures_are_read_by_what_is_taught_in_the_bucket(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack()
    stack.rooms.shelf.use(TEACHING)
    hub = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(hub, "PNG")
    stack.submit(hub.getvalue())
    assert stack.deliver() == 0
    with stack.rooms.database.read() as connection:
        row = connection.execute(select(said.c.model, said.c.reading)).one()
    assert row.model == f"{identity()}+{TEACHING.name}"
    assert json.loads(row.reading)["taught"] == TEACHING.name
