"""The queue over SQS: what is in a message, and what becomes of tasks when deliveries and processes fail."""

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from handlers.aws.bucket import Bucket
from handlers.aws.messages import Messages
from handlers.errors import NotFound, QueueUnavailable, StorageUnavailable, TaskBusy
from handlers.lambda_.worker import Worker
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.records.readings import all_records
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.s3 import S3Storage
from handlers.tasks import table
from handlers.tasks.base import State, Task
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
        cloud.queue.messages.send({task.id: ""})
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
    cloud.queue.messages.send({"0" * 32: ""})
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


def test_task_that_was_never_sent_is_sent_however_busy_the_queue_is(cloud: Cloud, picture: Encoded) -> None:
    busy = cloud.submit(picture())
    (one,) = busy.pictures
    lost = Task("1" * 32, _OWNER, (one,))
    began = time.time() - _HOUR
    cloud.database.write(lambda c: table.insert(c, lost, began))
    cloud.queue.tend(began + 60)
    assert cloud.queues.texts() == [busy.id], "too young to be lost"
    cloud.queue.tend(time.time())
    assert (cloud.deliver(), cloud.queue.task(lost.id).state, cloud.count()) == (0, State.COMPLETED, 2)


def test_task_that_waits_in_a_long_queue_is_sent_ever_more_rarely(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    now = time.time()
    for minute in range(0, 24 * 60, 5):
        cloud.queue.tend(now + minute * 60)
    assert len(cloud.queues.texts()) <= 9, "in 288 looks"
    assert set(cloud.queues.texts()) == {task.id}
    cloud.deliver()
    assert (cloud.queue.task(task.id).state, cloud.count()) == (State.COMPLETED, 1)


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


def test_each_arrival_is_read_once_whatever_the_order_and_however_often_it_is_said(
    cloud: Cloud, picture: Encoded
) -> None:
    keys = [_arrived(cloud, f"{n}.png", picture()) for n in range(5)]
    for key in (*reversed(keys), *keys):
        cloud.queue.read_arrival(_OWNER, key)
    cloud.deliver()
    assert [cloud.queue.read_arrival(_OWNER, key) for key in keys] == [None] * 5
    tasks = [cloud.queue.task(key) for key in keys]
    assert [(task.state, task.pictures[0].name) for task in tasks] == [(State.COMPLETED, f"{n}.png") for n in range(5)]
    assert cloud.count() == 5


def test_arrival_leaves_the_batch_alone_and_is_not_in_the_way_of_an_upload(cloud: Cloud, picture: Encoded) -> None:
    key = _arrived(cloud, "1.png", picture())
    cloud.submit(picture())
    before = cloud.storage.batch(_OWNER)
    assert cloud.queue.read_arrival(_OWNER, key) is not None
    assert cloud.storage.batch(_OWNER) == before
    cloud.deliver()
    assert cloud.count() == 2


def test_arrivals_cost_the_same_at_the_end_as_at_the_start(cloud: Cloud, picture: Encoded) -> None:
    asked: list[str] = []
    cloud.storage.bucket.client.meta.events.register("before-call.s3.*", lambda model, **_: asked.append(model.name))
    costs = []
    for _ in range(3):
        key = _arrived(cloud, "1.png", picture())
        asked.clear()
        cloud.queue.read_arrival(_OWNER, key)
        costs.append(sorted(asked))
        cloud.deliver()
    assert costs == [["DeleteObjects", "GetObject", "HeadObject", "PutObject"]] * 3


def test_worker_that_dies_between_two_steps_of_an_arrival_costs_no_reading(cloud: Cloud, picture: Encoded) -> None:
    key = _arrived(cloud, "1.png", picture())
    url, messages = cloud.queues.url, cloud.queue.messages
    messages._url = url + "-elsewhere"
    with pytest.raises(QueueUnavailable):
        cloud.queue.read_arrival(_OWNER, key)
    messages._url = url
    cloud.queue.read_arrival(_OWNER, key)
    assert (cloud.deliver(), cloud.queue.task(key).state, cloud.count()) == (0, State.COMPLETED, 1)


def test_arrival_is_read_though_the_queue_is_full(cloud: Cloud, picture: Encoded) -> None:
    full = SqsQueue(
        Settings.model_validate({"limits": {"queue": 1}}), cloud.database, cloud.storage, Reader(), cloud.queue.messages
    )
    cloud.submit(picture())
    key = _arrived(cloud, "1.png", picture())
    assert full.read_arrival(_OWNER, key) is not None
    assert (cloud.deliver(), cloud.queue.task(key).state) == (0, State.COMPLETED)


def test_arrival_that_is_no_picture_is_removed_and_the_log_says_so(
    cloud: Cloud, caplog: pytest.LogCaptureFixture
) -> None:
    key = _arrived(cloud, "2.png", b"no picture")
    assert cloud.queue.read_arrival(_OWNER, key) is None
    assert cloud.storage.alone(_OWNER, key) is None
    assert "2.png" in caplog.text


def _arrived(cloud: Cloud, name: str, content: bytes) -> str:
    form = cloud.storage.presign(_OWNER, name, "image/png", 9999, alone=True)
    send(cloud.storage, form, io.BytesIO(content))
    return form.fields["key"].rpartition("/")[2]


def test_sweep_removes_what_has_expired(cloud: Cloud, picture: Encoded) -> None:
    task = cloud.submit(picture())
    cloud.deliver()
    cloud.queue.sweep(time.time() + 40 * 24 * _HOUR)
    with pytest.raises(NotFound):
        cloud.queue.task(task.id)
    assert cloud.count() == 1
