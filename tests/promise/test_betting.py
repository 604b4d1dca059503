"""The bet is fair where the rate is what is promised, loses above it, and counts each check for what it stands for."""

import math

import pytest

from handlers.promise.betting import ABOVE, BELOW, Checks, game, mean


def _become(checks: list[Checks], rate: float, parts: tuple[float, ...] = BELOW) -> float:
    playing = game(rate, checks, parts)
    sums = [0.0] * len(playing.stakes)
    for each in checks:
        for at, (won, lost) in enumerate(playing.odds(each.chance)):
            sums[at] += (each.checked - each.wrong) * won + each.wrong * lost
    return math.exp(mean(sums))


@pytest.mark.parametrize("parts", [BELOW, ABOVE])
def test_stake_stays_on_average_where_the_rate_is_the_promised_one(parts: tuple[float, ...]) -> None:
    number, rate = 40, 0.05
    expected = sum(
        math.comb(number, wrong) * rate**wrong * (1 - rate) ** (number - wrong) * _become([checks], rate, parts)
        for wrong in range(number + 1)
        for checks in [Checks(0, 0.1, number, wrong)]
    )
    assert expected == pytest.approx(1.0)


@pytest.mark.parametrize(("true", "grows"), [(0.049, True), (0.051, False)])
def test_stake_grows_on_average_below_the_rate_only(true: float, grows: bool) -> None:
    number = 40
    expected = sum(
        math.comb(number, wrong)
        * true**wrong
        * (1 - true) ** (number - wrong)
        * _become([Checks(0, 1.0, number, wrong)], 0.05)
        for wrong in range(number + 1)
    )
    assert (expected > 1) is grows


def test_reading_that_was_drawn_counts_for_those_it_was_drawn_from() -> None:
    drawn, all_ = Checks(0, 0.1, 300, 0), Checks(0, 1.0, 300, 0)
    with_few = _become([drawn, Checks(0, 1.0, 0, 0)], 0.01)
    # Beside one that was drawn with a chance of one in ten, one that is always looked at weighs a tenth.
    assert _become([drawn, all_], 0.01) == pytest.approx(_become([drawn, Checks(0, 0.1, 30, 0)], 0.01), rel=0.01)
    assert _become([drawn, all_], 0.01) > with_few
    # And a wrong one among those that are all looked at costs a tenth, too.
    assert _become([drawn, Checks(0, 1.0, 300, 3)], 0.01) > _become([Checks(0, 0.1, 330, 3)], 0.01)
