"""How far a method's confidence can be believed, and its flag for review."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean

from benchmarks.accuracy.answer import Row

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True)
class Bin:
    """Readings whose confidence lies in `low`..`high`: how many, what they claim on average, how many are right."""

    low: float
    high: float
    count: int
    claimed: float
    right: float


@dataclass(frozen=True)
class Flags:
    """Of all readings: how many are not flagged (`accepted`), how many of those are right (`precision`); of the
    flagged ones how many are wrong (`deserved`); of the wrong ones how many are flagged (`caught`)."""

    accepted: float
    precision: float
    deserved: float
    caught: float


def bins(rows: Sequence[Row], method: str) -> list[Bin]:
    """The reliability table over pictures in which something was read."""
    return bins_of([(row.answers[method].confidence, row.exact(method)) for row in rows if row.answers[method].text])


def bins_of(pairs: Sequence[tuple[float, bool]]) -> list[Bin]:
    """The same of confidences and whether they were right."""
    found = []
    for low, high in pairwise(EDGES):
        inside = [pair for pair in pairs if low <= pair[0] < high or pair[0] >= high == EDGES[-1]]
        if inside:
            claimed, right = mean(each[0] for each in inside), mean(each[1] for each in inside)
            found.append(Bin(low, high, len(inside), claimed, right))
    return found


def expected_error(table: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of claim and truth, weighted by readings (arXiv:1706.04599)."""
    total = sum(each.count for each in table)
    return sum(each.count * abs(each.claimed - each.right) for each in table) / max(total, 1)


def flags(rows: Sequence[Row], method: str) -> Flags:
    read = [row for row in rows if row.answers[method].text]
    taken = [row for row in read if not row.answers[method].review]
    flagged = [row for row in read if row.answers[method].review]
    wrong = [row for row in read if not row.exact(method)]
    return Flags(
        accepted=len(taken) / max(len(read), 1),
        precision=sum(row.exact(method) for row in taken) / max(len(taken), 1),
        deserved=sum(not row.exact(method) for row in flagged) / max(len(flagged), 1),
        caught=sum(row.answers[method].review for row in wrong) / max(len(wrong), 1),
    )
