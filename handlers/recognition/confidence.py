"""How likely a text is right, of how it was voted for: 0.9 means nine in ten.

Logistic regressions (Platt, "Probabilistic outputs for support vector machines", 1999), one for each way of reading, of
what its verdicts look like; fitted by `python -m benchmarks.accuracy.fit` on pictures drawn for nothing else.
"""

from __future__ import annotations

import math

from handlers.recognition.vote import Verdict, Way

CERTAIN = 0.995
"""No reading is surer: some hundred verdicts cannot tell one wrong in two hundred from none."""
WEIGHTS: dict[Way, tuple[float, ...]] = {
    "hub": (-3.52, 0.74, 0.32, 0.00, -0.12, 1.98),
    "tight": (-2.48, 1.37, 0.00, 1.66, 0.00, 0.70),
    "line": (-3.43, 0.10, 0.80, 0.00, -0.66, 1.95),
    "page": (-3.38, 1.06, 0.00, 0.00, 0.71, 0.00),
}
"""Weights of `signs` by way of reading, from 20 pictures of each kind and, for `tight`, 200 of each kind of small crop
(2026-11-26): 203, 379, 148 and 83 verdicts, of which 0.91, 0.88, 0.86 and 0.48 are right; expected calibration errors
0.02, 0.03, 0.04 and 0.11 on these very ones."""


def confidence(verdict: Verdict) -> float:
    """The confidence in 0..1 of a verdict, whose own only ranks it among others of the same way."""
    total = sum(weight * sign for weight, sign in zip(WEIGHTS[verdict.way], signs(verdict), strict=True))
    return min(CERTAIN, 1 / (1 + math.exp(-total)))


def signs(verdict: Verdict) -> tuple[float, ...]:
    """1; the log-odds of its confidence; its share of the votes; whether it was seconded; its length; its votes.

    Votes for print do not count: some places get many attempts, and others two.
    """
    sure = min(max(verdict.confidence, 0.01), 0.999)
    odds, length = math.log(sure / (1 - sure)), min(len(verdict.text), 12) / 10
    votes = 0.0 if verdict.way == "page" else math.log1p(verdict.votes)
    return 1.0, odds, verdict.share, verdict.seconded, length, votes
