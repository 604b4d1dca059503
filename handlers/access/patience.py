"""Slows down whoever guesses the operator token: the more wrong ones came, from his address or in all, the longer.

The right token never waits, whoever else guesses: a wait that it shared with wrong ones would let anybody lock the
operator out, from his own address or from many. So waits do not bound how often somebody may guess who does not care
for the answers; the length of the token does. They bound what guessing costs us: answers, and lines of the log.
"""

import asyncio
import ipaddress
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from handlers.errors import TooManyGuesses

_FIRST, _LONGEST = 0.5, 8.0
_FORGOTTEN_AFTER = 15 * 60
_MOST_ADDRESSES = 1024
# Few: a stop of the server waits for them too.
_MOST_WAITING, _MOST_WAITING_IN_ALL = 3, 24
# Seconds between two wrong answers, whatever addresses they go to.
_PACE = 0.25


@dataclass(slots=True)
class _Guesser:
    wrong: int = 0
    free_at: float = 0.0
    waiting: int = 0


class Patience:
    """One for each app. `clock` gives seconds that only move forwards."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._guessers: dict[str, _Guesser] = {}
        self._everyone = _Guesser()

    async def settle(self, address: str, *, right: bool) -> None:
        """Return when the answer to this guess may be given. Raises TooManyGuesses where too many wrong ones wait."""
        if right:
            return
        guesser = self._guesser(network_of(address))
        if guesser.waiting >= _MOST_WAITING or self._everyone.waiting >= _MOST_WAITING_IN_ALL:
            raise TooManyGuesses("The token is wrong, as others were before it; wait a little and try again.")
        wait = self._wait(guesser)
        for each in (guesser, self._everyone):
            each.waiting += 1
        try:
            await self._sleep(wait)
        finally:
            for each in (guesser, self._everyone):
                each.waiting -= 1

    def _wait(self, guesser: _Guesser) -> float:
        """Note a wrong guess; how long it waits, behind those of its address and of all that wait already."""
        now = self._clock()
        if now - guesser.free_at > _FORGOTTEN_AFTER:
            guesser.wrong = 0
        guesser.wrong += 1
        guesser.free_at = max(now, guesser.free_at) + delay(guesser.wrong)
        self._everyone.free_at = max(now, self._everyone.free_at) + _PACE
        return max(guesser.free_at, self._everyone.free_at) - now

    def _guesser(self, key: str) -> _Guesser:
        # Taken out and put in again: the table is in the order of the latest wrong guess.
        guesser = self._guessers.pop(key, None) or _Guesser()
        self._guessers[key] = guesser
        if len(self._guessers) > _MOST_ADDRESSES:
            del self._guessers[next(iter(self._guessers))]
        return guesser


def delay(wrong: int) -> float:
    """The seconds after so many wrong guesses: 0.5, 1, 2, 4, then 8."""
    return min(_LONGEST, _FIRST * 2.0 ** min(wrong - 1, 10))


def network_of(address: str) -> str:
    """Who has one IPv6 address has a /64 of them."""
    try:
        found = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or ipaddress.IPv6Network((int(found), 64), strict=False))
