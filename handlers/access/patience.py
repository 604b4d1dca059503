"""Slows down whoever guesses the operator token, by address: one guess at a time, and after each wrong one a wait.

A right token waits only for wrong ones of its own address. It must: one that is told apart at once, while
the wrong ones wait, could be found by trying thousands at the same time.
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
_MOST_WAITING = 3


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

    async def settle(self, address: str, *, right: bool) -> None:
        """Return when the answer to this guess may be given. Raises TooManyGuesses where too many wait already."""
        key = network_of(address)
        await self._turn(key)
        if not right:
            await self._sleep(self._wrong(key))

    async def _turn(self, key: str) -> None:
        guesser = self._guessers.get(key)
        if guesser is None:
            return
        if guesser.waiting >= _MOST_WAITING:
            raise TooManyGuesses("Too many wrong tokens came from your address; wait a little and try again.")
        guesser.waiting += 1
        try:
            # Whoever wakes first guesses; if wrongly, the others wait again.
            while (wait := guesser.free_at - self._clock()) > 0:
                await self._sleep(wait)
        finally:
            guesser.waiting -= 1

    def _wrong(self, key: str) -> float:
        """Note a wrong guess; how long its address waits now."""
        # Taken out and put in again: the table is in the order of the latest wrong guess.
        guesser = self._guessers.pop(key, None) or _Guesser()
        now = self._clock()
        if now - guesser.free_at > _FORGOTTEN_AFTER:
            guesser.wrong = 0
        guesser.wrong += 1
        guesser.free_at = now + delay(guesser.wrong)
        self._guessers[key] = guesser
        if len(self._guessers) > _MOST_ADDRESSES:
            del self._guessers[next(iter(self._guessers))]
        return delay(guesser.wrong)


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
