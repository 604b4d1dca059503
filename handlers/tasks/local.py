"""The queue of a server: threads over the tasks table.

Nothing is held in memory that a restart would lose. Each claim is renewed while it is worked on; tasks that a dead
process left behind are found by their lapsed claims, by whichever server of this database comes first.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from handlers.counts import Counts
from handlers.errors import ReadingFailed
from handlers.log import following
from handlers.pictures import decoding
from handlers.pictures.decoder import Decoder
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Storage
from handlers.storage.evidence import Evidence
from handlers.tasks import table
from handlers.tasks.base import Task
from handlers.tasks.keeping import keeper_of
from handlers.tasks.ledger import Ledger, begun
from handlers.tasks.run import Reads, Runner
from handlers.tasks.sweep import Sweep

_log = logging.getLogger("castmark.tasks")


class LocalQueue:
    """A bounded queue worked off by `settings.workers` threads (onnxruntime leaves the GIL).

    `read` hears of every task that was submitted and is over; of others, whoever waits for them hears.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        storage: Storage,
        reader: Reads,
        read: Callable[[Task], None] = lambda _: None,
        decoder: Decoder = decoding,
        evidence: Evidence | None = None,
        meters: Counts | None = None,
    ) -> None:
        self._lease = settings.expiry.lease_seconds
        self._workers = settings.workers
        self._database = database
        self._read = read
        self._ledger = Ledger(settings, database, storage, decoder)
        keeper = keeper_of(settings, storage, evidence)
        self._runner = Runner(settings, database, storage, reader, decoder, keeper=keeper, meters=meters)
        self._sweep = Sweep(settings, database, storage, evidence)
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._entering = threading.Lock()
        self._claims: set[str] = set()
        self._looking = 0
        self._closed = threading.Event()
        self._keeper: threading.Thread | None = None
        self._sweeping: threading.Thread | None = None

    def prepare(self) -> None:
        """Nothing: a table is ready."""

    def open(self) -> None:
        """Take up what earlier servers left, renew claims and sweep, until `close`."""
        with self._lock:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
                self._keeper.start()

    def close(self) -> None:
        """Finish what runs; what waits stays in the table for the next server."""
        with self._lock:
            self._closed.set()
        self._threads.shutdown(cancel_futures=True)
        if self._keeper:
            self._keeper.join()
        if self._sweeping:
            # One that went on would open the database again after it was closed.
            self._sweeping.join()

    @property
    def ended(self) -> bool:
        """Whether it takes up nothing by itself any more: it was closed, or its keeper has died."""
        with self._lock:
            return self._closed.is_set() or (self._keeper is not None and not self._keeper.is_alive())

    def submit(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Task:
        task = self._ledger.of_batch(owner, key, together=together)
        if not task.over:
            self._add([task], address)
        return task

    def add(self, tasks: Sequence[Task]) -> list[Task]:
        return self._add(tasks)

    def _add(self, tasks: Sequence[Task], address: str = "") -> list[Task]:
        new = self._ledger.enter(tasks, address)
        self.open()
        self._look()
        return new

    def read_now(self, owner: str, key: str = "", address: str = "", *, together: bool = False) -> Future[Task]:
        task = self._ledger.of_batch(owner, key, awaited=True, together=together)
        self.open()
        # One at a time: who waits for a task that another call entered must stand behind it in the line.
        with self._entering:
            mine = begun(task)
            if task.over or not self._ledger.enter([mine], address, lease=self._lease):
                return self._threads.submit(self._over_or_raise, task)
            with self._lock:
                self._claims.add(mine.worker)
            return self._threads.submit(self._run_or_raise, mine)

    def task(self, task_id: str) -> Task:
        return self._ledger.book.task(task_id)

    def tasks_of(self, owner: str, limit: int = 1000, after: str = "") -> list[Task]:
        return self._ledger.book.tasks_of(owner, limit, after)

    def _look(self) -> None:
        """Have a thread look for a task to run, unless as many as there are threads are looking already."""
        with self._lock:
            if self._looking >= self._workers or self._closed.is_set():
                return
            self._looking += 1
            self._threads.submit(self._work)

    def _work(self) -> None:
        """Run one task. One only: whoever waits for an answer gets a turn between two tasks."""
        with self._lock:
            self._looking -= 1
        worker = uuid.uuid4().hex
        with self._lock:
            self._claims.add(worker)
        try:
            now = time.time()
            task = self._database.write(lambda connection: table.claim(connection, worker, now, now + self._lease))
            if task is not None:
                self._run(task)
                self._look()
        except Exception:  # noqa: BLE001  a database that does not answer now may answer the next time
            _log.exception("No task could be looked for")
        finally:
            self._give_up(worker)

    def _run(self, task: Task) -> None:
        with following(**task.trail):
            try:
                self._read(self._runner.run(task))
            except Exception:  # noqa: BLE001  its claim lapses, and it is run again
                _log.exception("A task could not be run")

    def _give_up(self, worker: str) -> None:
        with self._lock:
            self._claims.discard(worker)

    def _run_or_raise(self, task: Task) -> Task:
        try:
            return self._over_or_raise(self._runner.run(task))
        finally:
            self._give_up(task.worker)

    def _over_or_raise(self, task: Task) -> Task:
        """The task once it is over: read here, where nobody is at it, or by another server that is."""
        while not task.over:
            claimed = self._ledger.claim(task.id, self._lease, table.INTERRUPTIONS)
            if claimed:
                with self._lock:
                    self._claims.add(claimed.worker)
                return self._run_or_raise(claimed)
            # A server that slept for a while finds its task taken up by another one; the answer is the same.
            task = self._ledger.book.task(task.id)
            if not task.over:
                time.sleep(0.1)
        if task.failure:
            raise ReadingFailed(task.failure)
        return task

    def _keep(self) -> None:
        """Several times a lease: one small query when nothing is to do."""
        while not self._closed.wait(self._lease / 4):
            try:
                self._tend()
            except Exception:  # noqa: BLE001  a database that does not answer now may answer the next time
                _log.exception("The queue could not be tended")

    def _tend(self) -> None:
        now = time.time()
        with self._lock:
            claims = set(self._claims)
        if claims:
            self._database.write(lambda connection: table.renew(connection, claims, now + self._lease))
        with self._database.read() as connection:
            waiting = table.has_claimable(connection, now)
        if waiting:
            self._look()
        if self._sweep.is_due(now):
            # On a thread of its own: a sweep may take longer than a claim lasts.
            self._sweeping = threading.Thread(target=self._sweep.sweep, args=(now,), name="sweep", daemon=True)
            self._sweeping.start()
