"""Whose picture is decoded next: callers in turn, however many each of them sends, and nobody's thread waits for it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect

from handlers.errors import DecodingBusy

# Seconds between two looks at whether a caller that waits is still there.
_LOOK = 1.0


class Turns:
    """`places` at a time; of the others `waiting` may wait, `each` of one caller. For one event loop."""

    def __init__(self, places: int, waiting: int, each: int) -> None:
        self._free = places
        self._most = waiting
        self._each = each
        # In the order in which callers have their turn.
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    @asynccontextmanager
    async def turn(self, caller: str, gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[None]:
        """Wait for a place, which is free again after the block.

        Raises DecodingBusy where too many wait, and ClientDisconnect where the caller has `gone` meanwhile.
        """
        if self._free > 0:
            self._free -= 1
        else:
            await self._wait(caller, gone)
        try:
            yield
        finally:
            self._next()

    async def _wait(self, caller: str, gone: Callable[[], Awaitable[bool]]) -> None:
        place = self._stand_in_line(caller)
        try:
            while not (await asyncio.wait({place}, timeout=_LOOK))[0]:
                if await gone():
                    raise ClientDisconnect
        except BaseException:
            if place.done():
                self._next()
            else:
                self._leave(caller, place)
            raise

    def _stand_in_line(self, caller: str) -> asyncio.Future[None]:
        line = self._lines.get(caller, deque())
        if len(line) >= self._each or sum(map(len, self._lines.values())) >= self._most:
            raise DecodingBusy("Too many pictures are being looked at; try again in a few seconds.")
        place = asyncio.get_running_loop().create_future()
        line.append(place)
        self._lines[caller] = line
        return place

    def _leave(self, caller: str, place: asyncio.Future[None]) -> None:
        line = self._lines[caller]
        line.remove(place)
        if not line:
            del self._lines[caller]

    def _next(self) -> None:
        """Give the place to the caller whose turn it is, who stands behind all others then."""
        caller = next(iter(self._lines), None)
        if caller is None:
            self._free += 1
            return
        line = self._lines.pop(caller)
        line.popleft().set_result(None)
        if line:
            self._lines[caller] = line
