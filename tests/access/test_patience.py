"""Guesses wait, by address; the clock is the test's own."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from handlers.access.patience import Patience, delay
from handlers.errors import TooManyGuesses


class Clock:
    """Time that passes only while somebody sleeps, in steps of 1/8 second."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        until = self.now + seconds
        while self.now < until:
            await asyncio.sleep(0)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.now += 0.125


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(clock, clock.sleep)


def _all(clock: Clock, *guesses: Coroutine[Any, Any, None]) -> list[BaseException | None]:
    async def run() -> list[BaseException | None]:
        running = asyncio.ensure_future(clock.run())
        try:
            return await asyncio.gather(*guesses, return_exceptions=True)
        finally:
            running.cancel()

    return asyncio.run(run())


async def _in_turn(patience: Patience, address: str, *guesses: bool) -> None:
    for right in guesses:
        await patience.settle(address, right=right)


def test_delays() -> None:
    assert [delay(wrong) for wrong in (1, 2, 3, 4, 5, 6, 10_000)] == [0.5, 1, 2, 4, 8, 8, 8]


def test_each_wrong_guess_waits_longer(clock: Clock, patience: Patience) -> None:
    _all(clock, _in_turn(patience, "10.0.0.1", *[False] * 6))
    assert clock.slept == [0.5, 1, 2, 4, 8, 8]


def test_right_one_never_waits(clock: Clock, patience: Patience) -> None:
    """Neither for wrong ones of its own address, however many wait, nor for those of a hundred others."""
    guesses = [patience.settle(f"10.0.{address}.1", right=False) for address in range(100) for _ in range(4)]
    _all(clock, *guesses, _right(clock, patience, "10.0.0.1"), _right(clock, patience, "10.9.9.9"))


async def _right(clock: Clock, patience: Patience, address: str) -> None:
    # All the wrong ones are there by now, and most of them wait.
    await asyncio.sleep(0)
    began = clock.now
    await patience.settle(address, right=True)
    assert clock.now == began


def test_guesses_at_once_wait_one_behind_the_other(clock: Clock, patience: Patience) -> None:
    times: list[float] = []

    async def guess() -> None:
        await patience.settle("10.0.0.1", right=False)
        times.append(clock.now - 1000)

    _all(clock, *[guess() for _ in range(3)])
    assert times == [0.5, 1.5, 3.5]
    _all(clock, *[guess() for _ in range(3)])
    assert times[3] >= 3.5 + 4 and times[5] >= 3.5 + 4 + 8 + 8


def test_more_than_a_few_at_once_are_sent_away(clock: Clock, patience: Patience) -> None:
    outcomes = _all(clock, *[patience.settle("10.0.0.1", right=False) for _ in range(7)])
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 4
    assert all(isinstance(error, TooManyGuesses) and error.headers["Retry-After"] for error in refused)
    assert _all(clock, patience.settle("10.0.0.1", right=False)) == [None], "nobody waits any more"


def test_guesses_from_many_addresses_wait_for_one_another(clock: Clock, patience: Patience) -> None:
    """Each address guesses for the first time, and all of them together get four answers a second."""
    guesses = [patience.settle(f"10.0.0.{address}", right=False) for address in range(60)]
    outcomes = _all(clock, *guesses)
    assert sum(isinstance(outcome, TooManyGuesses) for outcome in outcomes) == 60 - 24
    assert max(clock.slept) == 24 * 0.25
    assert _all(clock, patience.settle("10.0.1.1", right=False)) == [None], "nobody waits any more"


def test_forgotten_after_a_quarter_of_an_hour(clock: Clock, patience: Patience) -> None:
    _all(clock, _in_turn(patience, "10.0.0.1", False, False))
    clock.now += 15 * 60 + 1
    clock.slept.clear()
    _all(clock, _in_turn(patience, "10.0.0.1", False))
    assert clock.slept == [0.5]


def test_table_is_bounded_and_keeps_the_latest(clock: Clock) -> None:
    async def no_time(seconds: float) -> None:
        clock.slept.append(seconds)

    patience = Patience(clock, no_time)
    for number in range(2000):
        clock.now += 100
        asyncio.run(patience.settle("10.0.0.1", right=False))
        asyncio.run(patience.settle(f"10.1.{number // 256}.{number % 256}", right=False))
    assert len(patience._guessers) == 1024
    assert clock.slept[-2:] == [8, 0.5], "who goes on guessing is not pushed out by others"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("", "", True),
    ],
)
def test_address_of_a_guesser(clock: Clock, patience: Patience, one: str, other: str, same: bool) -> None:
    """Who has one IPv6 address has all of its /64."""
    _all(clock, _in_turn(patience, one, False), _in_turn(patience, other, False))
    assert (len(patience._guessers) == 1) is same
