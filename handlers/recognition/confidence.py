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
    "hub": (-1.11, 0.85, -1.11, 1.39, 2.49),
    "tight": (-2.23, 1.69, -1.26, 1.89, -0.54),
    "line": (-2.05, 1.58, -0.82, 1.20, -0.93),
    "page": (-2.13, 1.19, -0.95, 0.00, 0.41),
}
"""Weights of `signs` by way of reading, from 18 pictures of each kind (2026-11-25): 183, 34, 101 and 81 verdicts, of
which 0.89, 0.76, 0.74 and 0.59 are right; expected calibration errors 0.04, 0.10, 0.07 and 0.11 on these very ones."""


def confidence(verdict: Verdict) -> float:
    """The confidence in 0..1 of a verdict, whose own only ranks it among others of the same way."""
    total = sum(weight * sign for weight, sign in zip(WEIGHTS[verdict.way], signs(verdict), strict=True))
    return min(CERTAIN, 1 / (1 + math.exp(-total)))


def signs(verdict: Verdict) -> tuple[float, ...]:
    """1; the log-odds of its confidence; its share of the votes; whether it was seconded; its length."""
    sure = min(max(verdict.confidence, 0.01), 0.999)
    return 1.0, math.log(sure / (1 - sure)), verdict.share, verdict.seconded, min(len(verdict.text), 12) / 10
