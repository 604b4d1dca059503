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
    "hub": (-2.51, 0.17, 0.00, 0.40, 0.84, 2.93),
    "tight": (-2.78, 1.35, 0.00, 1.13, -0.09, 1.19),
    "line": (-3.16, 0.39, 0.58, 0.00, -0.15, 1.29),
    "page": (-3.95, 1.22, 0.00, 0.00, 0.70, 0.00),
}
"""Weights of `signs` by way of reading, from 20 pictures of each kind and 100 of each kind of small crop (2026-11-25):
199, 83, 139 and 70 verdicts, of which 0.93, 0.82, 0.83 and 0.44 are right; expected calibration errors 0.03, 0.07, 0.05
and 0.10 on these very ones."""


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
