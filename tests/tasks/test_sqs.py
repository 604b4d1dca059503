"""The queue over SQS: what is in a message, and what becomes of tasks when deliveries and processes fail."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from handlers.api.worker import Worker
from handlers.errors import NotFound, QueueUnavailable, StorageUnavailable, TaskBusy
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Settings
from handlers.storage.base import Picture, Upload
from handlers.storage.bucket import Bucket
from handlers.storage.s3 import S3Storage
from handlers.tasks import table
from handlers.tasks.base import State, Task
from handlers.tasks.messages import Messages
from handlers.tasks.sqs import SqsQueue
from tests.buckets import s3, send
from tests.queues import Queues, create

Encoded = Callable[..., bytes]
_OWNER = "a" * 32
_HOUR = 3600.0


class Cloud:
    """A bucket, a queue and a worker over one database, with the real reader; what was read is in `heard`."""

    def __init__(self, database: Database, held: ExitStack) -> None:
        self.storage = S3Storage(held.enter_context(s3()))
        self.queues: Queues = create(Messages("").client)
        self.database = database
        self.heard: list[Task] = []
        self.queue = self.another()
        self.worker = Worker(self.queue, reads_arrivals=True)

    def another(self, storage: S3Storage | None = None) -> SqsQueue:
        """As another function has it."""
        messages = Messages(self.queues.url)
        settings = Settings(read_arrivals=True)
        return SqsQueue(settings, self.database, storage or self.storage, Reader(), messages, self.heard.append)

    def submit(self, content: bytes) -> Task:
        self.storage.put(_OWNER, [Upload("1.png", "image/png", io.BytesIO(content))])
        return self.queue.submit(_OWNER)

    def deliver(self) -> int:
        return self.queues.deliver(self.worker)

    def crash(self, task: Task, now: float) -> None:
        """A process takes the task and dies; its claim ends with `now`."""
        took = self.database.write(lambda c: table.claim(c, "dead", now - 1, now, task.id, tries=3))
        assert took is not None

    def count(self) -> int:
        with self.database.read() as connection:
            return len(all_records(connection)) - 1


@pytest.fixture
def cloud(database: Database) -> Iterator[Cloud]:
    with ExitStack() as held:
        yield Cloud(database, held)


def test_message_is_the_id_of_the_task_and_nothing_else(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    assert cloud.queues.texts() == [task.id]


def test_duplicates_and_disorder_change_nothing(cloud: Cloud, picture: Encoded) -> None:
    tasks = [cloud.submit(picture()) for _ in range(3)]
    for task in (*reversed(tasks), *tasks):
        cloud.queue.messages.send([task.id])
    cloud.deliver()
    cloud.deliver()
    assert cloud.queues.texts() == []
    assert [cloud.queue.task(task.id).state for task in tasks] == [State.COMPLETED] * 3
    assert cloud.count() == 3
    assert sorted(task.id for task in cloud.heard) == sorted(task.id for task in tasks)


def test_task_delivered_to_many_at_once_is_recorded_once(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            cloud.another().work(task.id, 60)
        except TaskBusy:
            return

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: work(), range(4)))
    assert (cloud.queue.task(task.id).state, cloud.count()) == (State.COMPLETED, 1)


def test_task_that_another_process_reads_is_delivered_again(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    ours = cloud.database.write(lambda c: table.claim(c, "other", time.time(), time.time() + 60, task.id))
    assert ours is not None
    assert cloud.deliver() == 1
    assert cloud.queues.texts() == [task.id]
    cloud.database.write(lambda c: table.release(c, ours))
    assert (cloud.deliver(), cloud.queue.task(task.id).state, cloud.count()) == (0, State.COMPLETED, 1)


def test_message_of_a_task_that_does_not_exist_is_done(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    cloud.queue.messages.send(["0" * 32])
    assert (cloud.deliver(), cloud.queues.texts()) == (0, [])
    assert "does not exist" in caplog.text


def test_task_of_a_process_that_died_is_read_at_the_next_delivery(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    cloud.crash(task, time.time() - 1)
    assert (cloud.deliver(), cloud.queue.task(task.id).state, cloud.count()) == (0, State.COMPLETED, 1)


def test_task_whose_process_died_three_times_ends_as_an_error(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    now = time.time() - 10
    for crash in (1, 3, 5):
        cloud.queue.tend(now + crash)
        assert cloud.queue.task(task.id).state is not State.ERROR
        cloud.crash(task, now + crash)
    cloud.queue.tend(now + 7)
    done = cloud.queue.task(task.id)
    assert (done.state, done.text) == (State.ERROR, table.INTERRUPTED)
    assert (cloud.deliver(), cloud.count()) == (0, 0)


def test_task_that_was_never_sent_is_sent_when_the_queue_is_empty(cloud: Cloud, picture: Encoded) -> None:
    sent = cloud.submit(picture())
    (one,) = cloud.storage.batch(_OWNER)
    lost = Task("1" * 32, _OWNER, (one,))
    cloud.database.write(lambda c: table.insert(c, lost, time.time()))
    later = time.time() + _HOUR
    cloud.queue.tend(later)
    assert cloud.queues.texts() == [sent.id], "the queue was not empty: any message may be the lost one's"
    cloud.deliver()
    cloud.queue.tend(time.time())
    assert cloud.queues.texts() == [], "too young to be lost"
    cloud.queue.tend(later)
    assert cloud.queues.texts() == [lost.id]
    assert (cloud.deliver(), cloud.queue.task(lost.id).state, cloud.count()) == (0, State.COMPLETED, 2)


def test_reading_whose_function_was_stopped_while_the_caller_waited_is_read_by_the_worker(
    cloud: Cloud, picture: Encoded
) -> None:
    cloud.storage.put(_OWNER, [Upload("1.png", "image/png", io.BytesIO(picture()))])
    task = Task("1" * 32, _OWNER, tuple(cloud.storage.batch(_OWNER)), State.PROCESSING, worker="stopped")
    cloud.database.write(lambda c: table.insert(c, task, time.time() - _HOUR, time.time() - _HOUR + 45))
    cloud.queue.tend(time.time())
    assert (cloud.deliver(), cloud.queue.task(task.id).state, cloud.count()) == (0, State.COMPLETED, 1)


def test_queue_that_cannot_be_used_keeps_no_task_and_says_so(
    cloud: Cloud, picture: Encoded, caplog: pytest.LogCaptureFixture
) -> None:
    cloud.queues.client.delete_queue(QueueUrl=cloud.queues.url)
    with pytest.raises(QueueUnavailable, match="queue of readings cannot be used") as failure:
        cloud.submit(picture())
    assert (failure.value.status, failure.value.headers["Retry-After"]) == (503, "10")
    assert cloud.queue.tasks_of(_OWNER) == []
    assert "SendMessageBatch: AWS.SimpleQueueService.NonExistentQueue" in caplog.text


def test_storage_that_fails_for_a_while_costs_no_task(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    gone = cloud.another(S3Storage(Bucket("castmark-elsewhere")))
    with pytest.raises(StorageUnavailable):
        gone.work(task.id, 60)
    assert cloud.queue.task(task.id).state is State.WAITING
    cloud.queue.work(task.id, 60)
    assert (cloud.queue.task(task.id).state, cloud.count()) == (State.COMPLETED, 1)


def test_storage_that_fails_at_the_last_delivery_is_the_tasks_error(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    gone = cloud.another(S3Storage(Bucket("castmark-elsewhere")))
    with pytest.raises(StorageUnavailable):
        gone.work(task.id, 60, final=True)
    done = cloud.queue.task(task.id)
    assert done.state is State.ERROR
    assert "picture storage is not there" in done.text


def test_pictures_that_arrived_are_read_once_however_often_it_is_said(cloud: Cloud, picture: Encoded) -> None:
    for name in ("1.png", "2.png"):
        send(cloud.storage, cloud.storage.presign(_OWNER, name, "image/png", 9999, keep=True), io.BytesIO(picture()))
    tasks = cloud.queue.read_arrivals(_OWNER)
    assert [task.pictures[0].name for task in tasks] == ["1.png", "2.png"]
    assert cloud.queue.read_arrivals(_OWNER) == []
    cloud.deliver()
    assert cloud.queue.read_arrivals(_OWNER) == []
    assert cloud.count() == 2


def test_arrival_that_was_taken_in_by_a_worker_that_died_is_still_read(cloud: Cloud, picture: Encoded) -> None:
    send(cloud.storage, cloud.storage.presign(_OWNER, "1.png", "image/png", 9999), io.BytesIO(picture()))
    (arrival,) = cloud.storage.arrivals(_OWNER)
    with cloud.storage.open(arrival) as file:
        taken = cloud.storage.adopt(arrival, "image/png", file)
    assert isinstance(taken, Picture)
    assert [task.pictures for task in cloud.queue.read_arrivals(_OWNER)] == [(taken,)]


def test_arrival_that_is_no_picture_is_removed_and_the_others_are_read(
    cloud: Cloud, picture: Encoded, caplog: pytest.LogCaptureFixture
) -> None:
    for name, content in (("1.png", picture()), ("2.png", b"no picture")):
        send(cloud.storage, cloud.storage.presign(_OWNER, name, "image/png", 9999, keep=True), io.BytesIO(content))
    assert [task.pictures[0].name for task in cloud.queue.read_arrivals(_OWNER)] == ["1.png"]
    assert cloud.storage.arrivals(_OWNER) == []
    assert "2.png" in caplog.text


def test_sweep_removes_what_has_expired(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    cloud.deliver()
    cloud.queue.sweep(time.time() + 40 * 24 * _HOUR)
    with pytest.raises(NotFound):
        cloud.queue.task(task.id)
    assert cloud.count() == 1
