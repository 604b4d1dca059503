"""How many tasks of one address may wait: whoever has many uuids still has few addresses."""

import threading
from collections import OrderedDict

from handlers.access.patience import network_of
from handlers.errors import NotFound, QueueFull
from handlers.tasks.base import Queue, Task

_MOST_ADDRESSES = 4096


class TaskShares:
    """At most `most` tasks of each address that are not over, as far as they were submitted to this process."""

    def __init__(self, queue: Queue, most: int) -> None:
        self._queue = queue
        self._most = most
        self._ids: OrderedDict[str, list[str]] = OrderedDict()
        self._lock = threading.Lock()

    def submit(self, owner: str, address: str, key: str = "") -> Task:
        """As the queue's own. Raises QueueFull also where too many of that address wait."""
        network = network_of(address)
        with self._lock:
            ids = self._ids.get(network, [])
        if len(ids) >= self._most:
            ids = [each for each in ids if not self._is_over(each)]
        if len(ids) >= self._most:
            raise QueueFull("Too many of your pictures are waiting to be read; try again in a few seconds.")
        task = self._queue.submit(owner, key)
        with self._lock:
            self._ids.pop(network, None)
            self._ids[network] = [*(each for each in ids if each != task.id), task.id]
            if len(self._ids) > _MOST_ADDRESSES:
                self._ids.popitem(last=False)
        return task

    def _is_over(self, task_id: str) -> bool:
        try:
            return self._queue.task(task_id).over
        except NotFound:
            return True
