"""Plants that are made up: is the promise kept, how much is accepted by it, and when is a drift told?

    python -m benchmarks.promise [PLANTS] [READINGS]

Each plant has readings of its own legibility, a reader that says too much, too little or just as much of its certainty
as is true, a promise, and a share that is checked. What is right is drawn by chance; the best threshold that there is
comes from the truth, which only the benchmark knows.
"""

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handlers.promise.betting import Checks
from handlers.promise.drift import Seen, drifts
from handlers.promise.standing import Terms, standings
from handlers.promise.threshold import LEVELS, Evidence

Floats = npt.NDArray[np.float64]
READERS = ("calibrated", "over-confident", "under-confident")
REVIEW_BELOW = 0.7
_EVERY = 500
_TRUTH = 200_000
_LEVELS = np.array(LEVELS)


@dataclass(frozen=True)
class Plant:
    """`legible`: the share of readings that are nearly always right. `slope`, `shift`: what the reader makes of log
    odds; `noise` (log odds): how badly it orders its readings. `answered`: the share of what is asked that
    people answer.
    """

    reader: str
    rate: float
    share: float
    legible: float
    slope: float
    shift: float
    noise: float
    answered: float

    def draw(self, number: int, chance: np.random.Generator) -> tuple[Floats, Floats]:
        """Of so many readings how likely each is wrong, and how sure the reader is."""
        clear = chance.random(number) < self.legible
        odds = np.where(clear, chance.normal(8.0, 1.0, number), chance.normal(2.5, 2.0, number))
        said = self.slope * odds + self.shift + chance.normal(0, self.noise, number)
        return 1 / (1 + np.exp(odds)), np.round(1 / (1 + np.exp(-said)), 4)


def plant(reader: str, chance: np.random.Generator) -> Plant:
    slope, shift = {"calibrated": (1.0, 0.0), "over-confident": (1.2, 1.5), "under-confident": (0.6, -0.5)}[reader]
    return Plant(
        reader,
        rate=float(chance.choice([0.005, 0.01, 0.02])),
        share=float(chance.choice([0.05, 0.1, 0.2])),
        legible=float(chance.uniform(0.4, 0.9)),
        slope=slope,
        shift=shift,
        noise=float(chance.uniform(0, 1)),
        answered=float(chance.uniform(0.6, 1)),
    )


@dataclass(frozen=True)
class Look:
    """What is accepted from now on, the true rate of wrong ones among it, whether that is proved, and checks so far."""

    accepted: float
    rate: float
    kept: bool
    checks: int


@dataclass
class Life:
    """What became of a plant: the largest share that could have been accepted, and its looks."""

    best: float
    looks: list["Look"]


def lived(plant: Plant, readings: int, chance: np.random.Generator) -> Life:
    truth = plant.draw(_TRUTH, chance)
    life = Life(best_share(*truth, plant.rate), [])
    counts = np.zeros(len(LEVELS), int)
    kept: dict[tuple[int, float], list[int]] = {}
    least = REVIEW_BELOW
    for _ in range(0, readings, _EVERY):
        wrong, sure = plant.draw(_EVERY, chance)
        level = np.searchsorted(_LEVELS, sure, side="right") - 1
        seen = level >= 0
        counts += np.bincount(level[seen], minlength=len(LEVELS))
        asked = np.where(sure >= least, chance.random(_EVERY) < plant.share, True)
        looked = seen & asked & (chance.random(_EVERY) < plant.answered)
        is_wrong = chance.random(_EVERY) < wrong
        for at in np.flatnonzero(looked):
            cell = kept.setdefault((int(level[at]), plant.share if sure[at] >= least else 1.0), [0, 0])
            cell[0] += 1
            cell[1] += int(is_wrong[at])
        evidence = Evidence(tuple(map(int, counts)), tuple(Checks(*key, *cell) for key, cell in kept.items()))
        (found,) = standings({"line": evidence}, Terms(plant.rate, REVIEW_BELOW))
        least = found.least
        accepted = truth[1] >= least
        rate = float(truth[0][accepted].mean()) if accepted.any() else 0.0
        drawn = sum(cell[0] for (_, share), cell in kept.items() if share < 1)
        life.looks.append(Look(float(accepted.mean()), rate, found.kept, drawn))
    return life


def best_share(wrong: Floats, sure: Floats, rate: float) -> float:
    """The largest share that a threshold can accept so that the rate is kept."""
    order = np.argsort(-sure)
    rates = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    last = np.append(np.diff(sure[order]) != 0, True)
    good = np.flatnonzero((rates <= rate) & last)
    return float(good[-1] + 1) / len(order) if len(good) else 0.0


def kept(plant: Plant, life: Life) -> bool:
    """Whether of all that was accepted while the promise was said to be kept no more than promised was wrong."""
    those = [look for look in life.looks if look.kept]
    wrong = sum(look.accepted * look.rate for look in those)
    return wrong <= plant.rate * sum(look.accepted for look in those)


def reader_row(reader: str, plants: int, readings: int) -> str:
    at = READERS.index(reader)
    chance = np.random.default_rng(at)
    made = [plant(reader, chance) for _ in range(plants)]
    lives = [(each, lived(each, readings, np.random.default_rng([at, number]))) for number, each in enumerate(made)]
    return row_of(reader, lives)


def row_of(reader: str, lives: Sequence[tuple[Plant, Life]]) -> str:
    proved = [(each, life) for each, life in lives if any(look.kept for look in life.looks)]
    good = sum(kept(each, life) for each, life in proved)
    always = sum(all(look.rate <= each.rate for look in life.looks if look.kept) for each, life in proved)
    first = [next(look for look in life.looks if look.kept).checks * each.rate for each, life in proved]
    cells = [reader, f"{len(proved)} of {len(lives)}", f"{good / len(proved):.1%}", f"{always / len(proved):.1%}"]
    cells.append(f"{np.median(first):.1f}")
    return f"| {' | '.join([*cells, *(_accepted(proved, *bounds) for bounds in _EVIDENCE)])} |"


# Checks by chance, as how many wrong ones among them the promise allows.
_EVIDENCE = ((5, 10), (10, 20), (20, 40), (40, 1000))


def _accepted(proved: Sequence[tuple[Plant, Life]], least: float, most: float) -> str:
    """What is accepted in the end, as a part of the most that could be: median, and how many come to nine tenths."""
    ends = [(each, life, life.looks[-1]) for each, life in proved]
    parts = [
        end.accepted / life.best for each, life, end in ends if end.kept and least <= end.checks * each.rate < most
    ]
    if not parts:
        return "-"
    return f"{np.median(parts):.2f} ({sum(part >= 0.9 for part in parts)} of {len(parts)})"


_CHANGES: dict[str, dict[str, float]] = {
    "for review 8 % -> 25 %": {"review": 0.25},
    "empty 2 % -> 12 %": {"empty": 0.12},
    "a new text, 15 %": {"new": 0.15},
}
_TEXTS = [f"M{number}" for number in range(20)]


def stream(
    number: int, chance: random.Random, *, review: float = 0.08, empty: float = 0.02, new: float = 0.0
) -> list[Seen]:
    """Readings of twenty texts, some of them doubted, some empty."""
    found = []
    for _ in range(number):
        is_empty, text = chance.random() < empty, "X" if chance.random() < new else chance.choice(_TEXTS)
        found.append(Seen(is_empty or chance.random() < review, "" if is_empty else text))
    return found


def delay(seed: int, changed: dict[str, float]) -> int:
    """After how many readings a change is told; 1000 where it is not within 400."""
    chance = random.Random(seed)  # noqa: S311 (nothing secret)
    readings = stream(2400, chance) + stream(400, chance, **changed)
    told = (number for number in range(10, 401, 10) if drifts(readings[number : 2400 + number]))
    return next(told, 1000)


def false_alarms(seed: int, number: int) -> int:
    alarms, since, chance = 0, 0, random.Random(seed)  # noqa: S311 (nothing secret)
    readings = stream(number, chance)
    for end in range(900, number, 10):
        if drifts(readings[max(since, end - 2400) : end]):
            alarms, since = alarms + 1, end
    return alarms


def main(plants: int, readings: int) -> None:
    print(f"{plants} plants of each reader, {readings:,} readings each")
    print("| reader | proved | kept | at every look | first | 5 to 10 | 10 to 20 | 20 to 40 | more |")
    print("|---|---|---|---|---|---|---|---|---|")
    for reader in READERS:
        print(reader_row(reader, plants, readings), flush=True)
    for what, changed in _CHANGES.items():
        delays = [delay(seed, changed) for seed in range(plants)]
        within = sum(each <= 200 for each in delays) / plants
        print(f"| {what} | told after {np.median(delays):.0f} | within 200: {within:.1%} |", flush=True)
    number = 8000
    alarms = sum(false_alarms(seed, number) for seed in range(max(1, plants // 7)))
    print(f"false alarms: {alarms} in {number * max(1, plants // 7):,} readings")


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] + ["334", "40000"][len(sys.argv) - 1 :])))
