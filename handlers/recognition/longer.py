"""Judges whether longer boxes show that a text was cut off at an end, where a mask or a finder's box ends early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.recognition.reading import Alternative, merge
from handlers.recognition.vote import Attempt, Verdict, decide

FULLER = 2.0
"""How many times the votes of the text itself one that holds it needs in the longer boxes. Of 240 hubs and pads
(development seeds, 2026-11-25) it mends 3, all read with high confidence before, and spoils none; with 1.0 one."""


def fuller(verdict: Verdict, attempts: Sequence[Attempt], enough: float = 0.0) -> Verdict | None:
    """What attempts at longer boxes say with more than `enough` votes, where that is the verdict's text and more."""
    longer = decide(attempts, verdict.way)
    if longer is None or not holds(longer.text, verdict.text):
        return None
    # Crops that show a part of the text speak for that part of it.
    votes = sum(each.vote for each in attempts if each.line.text == verdict.text)
    others = merge([Alternative(verdict.text, verdict.confidence), *longer.alternatives], longer.text)
    return replace(longer, alternatives=others) if longer.votes > max(FULLER * votes, enough) else None


def holds(longer: str, text: str) -> bool:
    """Whether it is the text with more letters or digits at an end or both."""
    one, two = longer.replace(" ", ""), text.replace(" ", "")
    return two in one and any(character.isalnum() for character in one.replace(two, "", 1))
