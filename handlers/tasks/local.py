"""Tasks of one process: threads that read, and what became of the latest tasks. Forgotten on restart."""

import threading
import uuid
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from handlers.errors import NotFound, QueueFull, ReadingFailed, TooManyPictures
from handlers.settings import Settings
from handlers.storage.base import Picture, Storage
from handlers.tasks.base import State, Task
from handlers.tasks.run import Reads, run

# Enough for clients to find their latest tasks; a task is a few kilobytes.
_REMEMBERED = 10_000


class LocalQueue:
    """A bounded queue worked off by `settings.workers` threads (onnxruntime leaves the GIL)."""

    def __init__(self, settings: Settings, storage: Storage, reader: Reads) -> None:
        self._limits = settings.limits
        self._storage = storage
        self._reader = reader
        self._threads = ThreadPoolExecutor(settings.workers, thread_name_prefix="reading")
        self._tasks: OrderedDict[str, Task] = OrderedDict()
        self._lock = threading.Lock()

    def submit(self, owner: str) -> Task:
        task = self._queued(owner, self._pictures(owner))
        self._threads.submit(self._run, task)
        return task

    def read_now(self, owner: str) -> Future[Task]:
        pictures = self._pictures(owner)
        if len(pictures) > self._limits.start_pictures:
            raise TooManyPictures(
                f"{len(pictures)} pictures are too many to wait for; at most {self._limits.start_pictures} "
                "are read while you wait. Give a uuid to have them read as a task."
            )
        return self._threads.submit(self._run_or_raise, self._queued(owner, pictures))

    def task(self, task_id: str) -> Task:
        with self._lock:
            if task_id not in self._tasks:
                raise NotFound("There is no such task.")
            return self._tasks[task_id]

    def tasks_of(self, owner: str) -> list[Task]:
        with self._lock:
            return [task for task in self._tasks.values() if task.owner == owner]

    def close(self) -> None:
        """Finish what runs, give up what waits."""
        self._threads.shutdown(cancel_futures=True)

    def _pictures(self, owner: str) -> tuple[Picture, ...]:
        pictures = tuple(self._storage.batch(owner))
        if not pictures:
            raise NotFound("There is nothing to read; upload a picture first.")
        return pictures

    def _queued(self, owner: str, pictures: tuple[Picture, ...]) -> Task:
        task = Task(uuid.uuid4().hex, owner, pictures)
        with self._lock:
            if sum(not known.over for known in self._tasks.values()) >= self._limits.queue:
                raise QueueFull("Too many pictures are waiting to be read; try again in a few seconds.")
            self._tasks[task.id] = task
            self._forget()
        return task

    def _forget(self) -> None:
        for task_id in list(self._tasks)[: max(0, len(self._tasks) - _REMEMBERED)]:
            if self._tasks[task_id].over:
                del self._tasks[task_id]

    def _run(self, task: Task) -> Task:
        self._note(task.become(State.PROCESSING))
        done = run(task, self._storage, self._reader, max_pixels=self._limits.pixels)
        self._note(done)
        return done

    def _run_or_raise(self, task: Task) -> Task:
        done = self._run(task)
        if done.state is State.ERROR:
            raise ReadingFailed(done.error)
        return done

    def _note(self, task: Task) -> None:
        with self._lock:
            self._tasks[task.id] = task
