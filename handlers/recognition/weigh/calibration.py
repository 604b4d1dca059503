"""How likely a place's text is right, of how it was weighed: 0.9 means nine in ten."""

from __future__ import annotations

import math

from handlers.recognition.read.symbols import bare
from handlers.recognition.weigh.evidence import Weighed

CERTAIN = 0.995
WEIGHTS = (-4.69, 0.55, 3.5, 1.35, -0.89)
"""Weights of `signs`, from 893 places of drawn pictures alone (`benchmarks.accuracy.fit --each 8 --scenes 260`: 248
benchmark pictures, 260 scenes of training's, 2026-11-28). On 217 places of the 70 real photos for development, which
they were not fitted to, the mean square error is 0.10, where photos' own best weights have 0.096."""
ROUND = "O0QC"
"""Characters that bores, bolt holes and rings look like."""
LARGE = 0.3
"""Height of a character, as a part of the picture's shorter side, from which a lone one is what it is about."""


def confidence(weighed: Weighed) -> float:
    """The confidence (0..1) of a place's text."""
    total = sum(weight * sign for weight, sign in zip(WEIGHTS, signs(weighed), strict=True))
    return min(CERTAIN, 1 / (1 + math.exp(-total)))


def signs(weighed: Weighed) -> tuple[float, ...]:
    """1; how well the text explains the crops of the recogniser that it suits better (log-odds), and of the other; the
    characters of it that no hole looks like; whether it is one small character in a scene."""
    text = bare(weighed.text)
    larger, small = (weighed.strengths.get(by, 0.0) for by in ("print", "marks"))
    better = min(max(larger, small, 0.02), CERTAIN)
    solid = sum(character not in ROUND for character in text)
    lone = max(0.0, 1 - weighed.share / LARGE) if len(text) == 1 else 0.0
    return 1.0, math.log(better / (1 - better)), min(larger, small), min(solid, 3) / 3, lone
