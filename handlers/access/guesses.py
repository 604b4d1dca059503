"""How often one address may ask for short uuids that nobody has: whoever counts upwards finds those of others.

A uuid is a capability, and one of 16 characters or more is found by nobody. Existing clients choose shorter ones too,
and go on: what an address uses itself, or has found, it may ask for as before. Counted in this process.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from handlers.access.patience import network_of
from handlers.errors import NotFound, TooManyRequests

_LONG = 16
_WINDOW = 600.0
_MOST_ADDRESSES, _MOST_KNOWN = 4096, 1024


@dataclass(slots=True)
class Guess:
    """What came of asking for a uuid: whoever looked says whether somebody has it."""

    right: bool = False


@dataclass(slots=True)
class _Seen:
    known: OrderedDict[str, None] = field(default_factory=OrderedDict)
    # Each wrong one once, with when it was first asked for.
    missed: OrderedDict[str, float] = field(default_factory=OrderedDict)


class Guesses:
    """At most `most` short uuids that nobody has in ten minutes of each address. `clock` only moves forwards."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._addresses: OrderedDict[str, _Seen] = OrderedDict()

    @contextmanager
    def of(self, address: str, uuid: str) -> Iterator[Guess]:
        """Within the block it is found out whether somebody has `uuid`; NotFound says that nobody has.

        Raises TooManyRequests before that, where this address has missed too often and never used this one.
        """
        if not uuid or len(uuid) >= _LONG:
            yield Guess(right=True)
            return
        seen = self._of(network_of(address))
        self._check(seen, uuid)
        guess = Guess()
        try:
            yield guess
        except NotFound:
            self._miss(seen, uuid)
            raise
        if guess.right:
            self._know(seen, uuid)
        else:
            self._miss(seen, uuid)

    def use(self, address: str, uuid: str) -> None:
        """Note that this address uses `uuid` itself."""
        if uuid and len(uuid) < _LONG:
            self._know(self._of(network_of(address)), uuid)

    def _of(self, key: str) -> _Seen:
        seen = self._addresses.pop(key, None) or _Seen()
        self._addresses[key] = seen
        if len(self._addresses) > _MOST_ADDRESSES:
            self._addresses.popitem(last=False)
        return seen

    def _check(self, seen: _Seen, uuid: str) -> None:
        while seen.missed and next(iter(seen.missed.values())) + _WINDOW <= self._clock():
            seen.missed.popitem(last=False)
        if len(seen.missed) >= self._most and uuid not in seen.known and uuid not in seen.missed:
            raise TooManyRequests(
                "Too many uuids that nobody has were asked for from your address; try again in some minutes, or use "
                "uuids of 16 characters or more."
            )

    def _know(self, seen: _Seen, uuid: str) -> None:
        seen.missed.pop(uuid, None)
        seen.known.pop(uuid, None)
        seen.known[uuid] = None
        if len(seen.known) > _MOST_KNOWN:
            seen.known.popitem(last=False)

    def _miss(self, seen: _Seen, uuid: str) -> None:
        if uuid not in seen.known:
            seen.missed.setdefault(uuid, self._clock())
