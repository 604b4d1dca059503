"""Plants that are made up: is the promise kept, how much is accepted by it, and when is a drift told?

    python -m benchmarks.promise [--plants 1000] [--seed 1]

Each plant has readings of its own legibility, a reader that says too much, too little or just as much of its certainty
as is true, a promise, and a share that is checked. What is right is drawn by chance; the best threshold that there is
comes from the truth, which only the benchmark knows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from handlers.promise.betting import Checks
from handlers.promise.standing import Terms, standings
from handlers.promise.threshold import LEVELS, Evidence

Floats = npt.NDArray[np.float64]
READERS = ("calibrated", "over-confident", "under-confident")
REVIEW_BELOW = 0.7
_EVERY = 250
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
