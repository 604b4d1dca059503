"""Previews that were made, kept as long as there is room: a picture never changes under its key."""

import threading
from collections import OrderedDict


class Previews:
    """At most `most` bytes of them, those that were looked at last."""

    def __init__(self, most: int = 32 * 1024 * 1024) -> None:
        self._most = most
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, jpeg: bytes) -> None:
        with self._lock:
            self._size += len(jpeg) - len(self._kept.pop(key, b""))
            self._kept[key] = jpeg
            while self._size > self._most:
                self._size -= len(self._kept.popitem(last=False)[1])
