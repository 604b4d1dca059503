"""Whose turn it is: real tasks of one event loop, which no clock decides about."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import ClientDisconnect

from handlers.errors import DecodingBusy
from handlers.pictures.previews import Previews
from handlers.pictures.turns import Turns


async def _here() -> bool:
    return False


async def _left() -> bool:
    return True


class _Room:
    """One place that is taken until `open` is set; whoever had a turn is in `served`."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.open = asyncio.Event()
        self.served: list[str] = []

    async def come(self, caller: str, gone: Callable[[], Awaitable[bool]] = _here) -> None:
        async with self.turns.turn(caller, gone):
            self.served.append(caller)
            await self.open.wait()

    async def line(self, *callers: str) -> list[asyncio.Task[None]]:
        """Those callers one after the other, until each has a turn or waits."""
        tasks = []
        for caller in callers:
            tasks.append(asyncio.create_task(self.come(caller)))
            await asyncio.sleep(0)
        return tasks


def test_callers_have_their_turn_whatever_one_of_them_sends() -> None:
    async def check() -> list[str]:
        room = _Room(Turns(1, waiting=9, each=9))
        tasks = await room.line("a", "a", "a", "a", "b", "c", "b")
        assert room.served == ["a"]
        room.open.set()
        await asyncio.gather(*tasks)
        return room.served

    assert asyncio.run(check()) == ["a", "a", "b", "c", "a", "b", "a"]


def test_more_than_may_wait_are_told_to_come_back() -> None:
    async def check() -> None:
        room = _Room(Turns(1, waiting=3, each=2))
        tasks = await room.line("a", "a", "a")
        with pytest.raises(DecodingBusy):
            await room.come("a")
        tasks += await room.line("b")
        with pytest.raises(DecodingBusy):
            await room.come("c")
        room.open.set()
        await asyncio.gather(*tasks)
        await room.come("c")

    asyncio.run(check())


def test_caller_who_hangs_up_frees_his_place() -> None:
    async def check() -> None:
        room = _Room(Turns(1, waiting=1, each=1))
        tasks = await room.line("a")
        with pytest.raises(ClientDisconnect):
            await room.come("b", _left)
        tasks += await room.line("c")
        tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await tasks[1]
        tasks[1:] = await room.line("d")
        room.open.set()
        await asyncio.gather(*tasks)
        assert room.served == ["a", "d"]
        assert not room.turns._lines

    asyncio.run(check())


def test_turn_that_came_to_somebody_who_left_goes_to_the_next() -> None:
    async def check() -> list[str]:
        room = _Room(Turns(1, waiting=9, each=9))
        first, second, third = await room.line("a", "b", "c")
        room.open.set()
        await first
        second.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        return room.served

    assert asyncio.run(check())[-1] == "c"


def test_place_is_free_again_after_an_error() -> None:
    async def check() -> None:
        turns = Turns(1, waiting=0, each=0)
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                async with turns.turn("a", _here):
                    raise ZeroDivisionError

    asyncio.run(check())


def test_previews_are_kept_as_long_as_there_is_room() -> None:
    previews = Previews(most=10)
    previews.put("a", b"1234")
    previews.put("b", b"1234")
    assert previews.get("a") == b"1234"
    previews.put("c", b"1234")
    assert [previews.get(key) for key in "abc"] == [b"1234", None, b"1234"]
    previews.put("c", b"12345")
    previews.put("d", b"12345678901")
    assert [previews.get(key) for key in "acd"] == [None, None, None]
