"""What becomes of a reading: whether it asks for a look, and what clients see."""

from typing import Any

import pytest

from handlers.promise.verdict import judged, kind_of


def _detail(confidence: float, *, text: str = "A27", unclear: bool = False, pads: tuple[bool, ...] = (False,)) -> Any:
    marks = [{"answered": True, "pad": pad} for pad in pads]
    return {"text": text, "confidence": confidence, "unclear": unclear, "needs_review": True, "marks": marks}


@pytest.mark.parametrize(
    ("detail", "lot", "verdict", "review", "chance"),
    [
        (_detail(0.9), 0.05, "accepted", False, 0.05),
        (_detail(0.8), 0.99, "accepted", False, 0.05),
        (_detail(0.9), 0.049, "drawn", False, 0.05),
        (_detail(0.79), 0.0, "below", True, 1.0),
        (_detail(0.99, unclear=True), 0.5, "unclear", True, 1.0),
        (_detail(0.0, text=""), 0.5, "unclear", True, 1.0),
        (_detail(0.1), 0.0, "unclear", True, 1.0),
    ],
)
def test_verdict_follows_threshold_and_lot(detail: Any, lot: float, verdict: str, review: bool, chance: float) -> None:
    told = judged(detail, 0.8, 0.05, lot)
    assert told["needs_review"] is review
    assert told["judged"] == {"verdict": verdict, "kind": "line", "least": 0.8, "chance": chance}


@pytest.mark.parametrize(
    ("pads", "kind"), [((True,), "pad"), ((False,), "line"), ((False, False), "lines"), ((False, True), "pad")]
)
def test_kind_is_where_the_marks_are_and_how_many(pads: tuple[bool, ...], kind: str) -> None:
    assert kind_of(_detail(0.9, pads=pads)) == kind
    assert kind_of({"marks": [{"answered": False, "pad": True}]}) == "line"
