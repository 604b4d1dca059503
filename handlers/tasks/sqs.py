"""The queue of a cloud: tasks in the table, their ids in SQS, functions that read what is delivered to them.

SQS delivers at least once, in any order, and three times at most; the table decides. A delivery whose task is over, or
was never entered, is done; one whose task another process is reading comes again. So a reading is recorded once.
"""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from handlers.aws.messages import Messages
from handlers.errors import (
    DamagedPicture,
    NotAPicture,
    NotFound,
    QueueUnavailable,
    ReadingFailed,
    StillReading,
    TaskBusy,
    TooLarge,
)
from handlers.log import following, request_id
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Arrival, Storage
from handlers.storage.evidence import Evidence
from handlers.tasks import table
from handlers.tasks.base import DELIVERIES, State, Task
from handlers.tasks.intake import settled
from handlers.tasks.keeping import keeper_of
from handlers.tasks.ledger import Ledger, begun
from handlers.tasks.run import Reads, Runner
from handlers.tasks.sweep import Sweep

_log = logging.getLogger("castmark.tasks")
# The gateway waits 30 seconds: whoever reads while a caller waits is dead after that.
_WAITING_SECONDS = 45.0
# A task whose message is this old may have none any more.
_ORPHANED_SECONDS = 900.0
_MOST_ORPHANS = 1000


class SqsQueue:
    """`read` hears of every task that was submitted and is over."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: Storage,
        reader: Reads,
        messages: Messages,
        read: Callable[[Task], None] = lambda _: None,
        decoder: Decoder = decoding,
        evidence: Evidence | None = None,
    ) -> None:
        self.messages = messages
        # Seconds that a caller waits for what another call of his has begun.
        self.patience = 15.0
        self._limits = settings.limits
        self._database = database
        self._storage = storage
        self._read = read
        self._decoder = decoder
        self._ledger = Ledger(settings, database, storage, decoder)
        keeper = keeper_of(settings, storage, evidence)
        self._runner = Runner(settings, database, storage, reader, decoder, stack=settings.log_group, keeper=keeper)
        self._sweep = Sweep(settings, database, storage, evidence)

    def prepare(self) -> None:
        """Make the client of SQS."""
        _ = self.messages.client

    def open(self) -> None:
        """Nothing: SQS and a schedule call the worker."""

    def close(self) -> None:
        """Nothing runs here but what a caller waits for."""

    def submit(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Task:
        task = self._ledger.of_batch(owner, key, together=together)
        if task.state is State.WAITING and not self._add([task], address):
            # Known, and perhaps by a call that was cut off before it sent this.
            self.messages.send({task.id: task.request})
        return task

    def add(self, tasks: Sequence[Task]) -> list[Task]:
        return self._add(tasks)

    def _add(self, tasks: Sequence[Task], address: str = "") -> list[Task]:
        new = self._ledger.enter(tasks, address)
        ids = {task.id: task.request for task in new}
        try:
            self.messages.send(ids)
        except QueueUnavailable:
            # The caller will ask again; a message that was sent all the same finds no task.
            self._database.write(lambda connection: table.withdraw(connection, list(ids)))
            raise
        return new

    def read_now(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Future[Task]:
        task = self._ledger.of_batch(owner, key, awaited=True, together=together)
        mine = begun(task)
        if not task.over and self._ledger.enter([mine], address, lease=_WAITING_SECONDS):
            done = self._runner.run(mine)
        else:
            done = self._awaited(task.id)
        future: Future[Task] = Future()
        if done.failure:
            future.set_exception(ReadingFailed(done.failure))
        else:
            future.set_result(done)
        return future

    def _awaited(self, task_id: str) -> Task:
        """A task that somebody has begun, once it is over: read here, where nobody is at it any more."""
        end = time.monotonic() + self.patience
        while not (task := self._ledger.book.task(task_id)).over:
            claimed = self._ledger.claim(task_id, _WAITING_SECONDS, DELIVERIES)
            if claimed:
                return self._runner.run(claimed)
            if time.monotonic() > end:
                raise StillReading("These pictures are being read already; ask again in a few seconds.")
            time.sleep(0.2)
        return task

    def task(self, task_id: str) -> Task:
        return self._ledger.book.task(task_id)

    def tasks_of(self, owner: str, limit: int = 1000, after: str = "") -> list[Task]:
        return self._ledger.book.tasks_of(owner, limit, after)

    def work(self, task_id: str, seconds: float, *, final: bool = False) -> None:
        """Run the task that a delivery names, within so many seconds. `final`: it will not be delivered again.

        Returns when the delivery is done. Raises TaskBusy, ReadingFailed, StorageUnavailable or what the database
        raises where it should come again.
        """
        worker, now = uuid.uuid4().hex, time.time()
        task = self._database.write(
            lambda connection: table.claim(connection, worker, now, now + seconds, task_id, DELIVERIES)
        )
        if task is not None:
            self._attempt(task, now + seconds, final=final)
        elif not self._is_over(task_id):
            raise TaskBusy(f"The task {task_id} is being read by another process.")

    def _attempt(self, task: Task, until: float, *, final: bool) -> None:
        done = self._runner.attempt(task, final=final, until=until)
        with following(**task.trail):
            if done.over:
                self._read(done)
            elif done.state is State.WAITING:
                # A long batch, of which this delivery has done its part: the next is a first one again.
                self.messages.send({task.id: task.request})

    def read_arrival(self, owner: str, key: str) -> Task | None:
        """Queue a task for what arrived alone under that key; None where that was done, or it is no picture.

        The task is called like the arrival, and is entered and sent before the arrival goes: whatever ends this in the
        middle, whoever hears of it a second time goes on, and enters the same. What is refused is removed, and the log
        says why. The owner's other tasks and pictures are nobody's business here: each arrival costs the same.
        """
        arrival = self._storage.alone(owner, key)
        if arrival is None:
            return None
        # The form's own request began this trip; what came by none of ours began with the word of it.
        with following(request_id=arrival.request or request_id(), task=key):
            return self._read_arrival(arrival)

    def _read_arrival(self, arrival: Arrival) -> Task | None:
        try:
            picture = settled(self._storage, arrival, self._limits, self._decoder)
        except (TooLarge, NotAPicture, DamagedPicture, NotFound) as error:
            _log.warning("What arrived for %s was refused: %s", arrival.owner[:12], error)
            self._storage.discard(arrival)
            return None
        task = Task(arrival.key, arrival.owner, (picture,))
        self._ledger.enter([task], bounded=False)
        self.messages.send({task.id: task.request})
        _log.info("arrival")
        self._storage.discard(arrival)
        return task

    def tend(self, now: float) -> None:
        """End tasks whose process died three times; send those of which no message may be left once more."""
        given_up = self._database.write(lambda connection: table.give_up(connection, now, DELIVERIES))
        if given_up:
            _log.error("%d tasks were interrupted %d times and are given up", given_up, DELIVERIES)
        with self._database.read() as connection:
            orphans = table.unsent(connection, now, _ORPHANED_SECONDS, _MOST_ORPHANS)
        if orphans:
            self.messages.send(orphans)
            self._database.write(lambda connection: table.sent(connection, orphans, now))

    def sweep(self, now: float) -> None:
        """Remove what has expired."""
        self._sweep.sweep(now)

    def _is_over(self, task_id: str) -> bool:
        try:
            return self.task(task_id).over
        except NotFound:
            _log.warning("A message names the task %s, which does not exist", task_id)
            return True
