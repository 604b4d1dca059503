"""What becomes of a reading under a promise: accepted, put up for checking by chance, or for review."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from handlers.promise.threshold import level_of


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    DRAWN = "drawn"
    """Accepted, and put up for checking by chance, so that the promise can be kept."""
    BELOW = "below"
    """For review: less sure than the threshold."""
    UNCLEAR = "unclear"
    """For review, however sure: nothing was read, more was seen, or another text is as likely."""


ASKED = frozenset({Verdict.DRAWN, Verdict.BELOW})
"""Whose checks are evidence: people look at all that are below, and of the accepted at those that chance draws."""


def kind_of(detail: Mapping[str, Any]) -> str:
    """What confidences are comparable among: `pad`, the mark on the pad of a hub; `line`, one line of text; `lines`."""
    answered = [mark for mark in detail["marks"] if mark["answered"]]
    if any(mark["pad"] for mark in answered):
        return "pad"
    return "line" if len(answered) <= 1 else "lines"


def judged(detail: Mapping[str, Any], least: float, share: float, lot: float) -> dict[str, Any]:
    """The full reading with its verdict as `judged`, which `needs_review` follows.

    `least`: the threshold of its kind; `share`: the chance of being drawn; `lot`: by chance, in [0, 1).
    """
    if detail["unclear"] or not detail["text"] or level_of(detail["confidence"]) < 0:
        verdict, chance = Verdict.UNCLEAR, 1.0
    elif detail["confidence"] < least:
        verdict, chance = Verdict.BELOW, 1.0
    else:
        verdict, chance = Verdict.DRAWN if lot < share else Verdict.ACCEPTED, share
    told = {"verdict": str(verdict), "kind": kind_of(detail), "least": round(least, 4), "chance": chance}
    return {**detail, "needs_review": verdict in (Verdict.BELOW, Verdict.UNCLEAR), "judged": told}
