"""How much one address may ask for: what strangers can have any number of names for, they have few addresses for.

Counted in this process; a cloud's gateway has limits of its own. Nothing is remembered longer than its minute.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

from handlers.access.patience import network_of
from handlers.errors import TooManyRequests

_MINUTE = 60.0
_MOST_ADDRESSES = 4096


class Rate:
    """At most `most` a minute of each address. `clock` gives seconds that only move forwards."""

    def __init__(self, most: int, sentence: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._sentence = sentence
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises TooManyRequests where as many were counted as may be."""
        times = self._times.get(network_of(address))
        if times and len(times) >= self._most and times[0] + _MINUTE > self._clock():
            raise TooManyRequests(self._sentence)

    def count(self, address: str) -> None:
        key = network_of(address)
        times = self._times.pop(key, None) or deque(maxlen=self._most)
        times.append(self._clock())
        self._times[key] = times
        if len(self._times) > _MOST_ADDRESSES:
            self._times.popitem(last=False)


class Shares:
    """The rates of an app: uploads, and what was refused; beyond either, an address is not listened to any more."""

    def __init__(self, uploads: int, refusals: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._uploads = Rate(uploads, "Too many uploads came from your address; try again in a minute.", clock)
        self._refusals = Rate(refusals, "Too much from your address was refused; try again in a minute.", clock)

    def upload(self, address: str) -> None:
        """Count an upload that is about to begin. Raises TooManyRequests."""
        self._refusals.check(address)
        self._uploads.check(address)
        self._uploads.count(address)

    def refused(self, address: str) -> None:
        self._refusals.count(address)
