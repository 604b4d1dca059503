"""Pads of line art, whose ring has gaps or is touched by the mark."""

import cv2
import numpy as np
import pytest

from drawing.kinds import KINDS
from handlers.recognition.find.drawn import is_drawn, ring_of
from handlers.recognition.find.pads import find_pads
from handlers.recognition.models import Grey
from tests.drawing import draw_hub

SIDE, RADIUS, LINE = 400, 180, 8


def ring(gap: int = 0) -> Grey:
    """A black ring on white, around the middle; `gap` pixels of it are missing on the right."""
    picture = np.full((SIDE, SIDE), 255, np.uint8)
    cv2.circle(picture, (SIDE // 2, SIDE // 2), RADIUS, 0, LINE)
    if gap:
        cv2.rectangle(picture, (SIDE // 2 + RADIUS // 2, (SIDE - gap) // 2), (SIDE, (SIDE + gap) // 2), 255, -1)
    return picture


@pytest.mark.parametrize("gap", [0, 8, 20])
def test_the_ring_is_the_outline_of_the_pad_whole_or_with_gaps(gap: int) -> None:
    outline = ring_of(ring(gap))
    assert outline is not None
    (x, y), radius = cv2.minEnclosingCircle(outline)
    assert (x, y) == pytest.approx((SIDE / 2, SIDE / 2), abs=3)
    assert radius == pytest.approx(RADIUS + LINE / 2, abs=4)


def test_a_mark_that_touches_the_ring_belongs_to_the_pad() -> None:
    picture = ring()
    cv2.line(picture, (SIDE // 2, SIDE // 2), (SIDE // 2, SIDE // 2 - RADIUS), 0, 12)
    (pad,) = find_pads(picture)
    assert pad.radius == pytest.approx(RADIUS - LINE / 2, abs=6)


@pytest.mark.parametrize("number", [66, 87, 99])
def test_a_broken_drawing_is_one_pad(number: int) -> None:
    """Contours at grey levels alone find none in these."""
    grey = KINDS["pad_art"].picture("pad_art", "dev", number).grey
    assert find_pads(grey)[0].radius > 0.4 * min(grey.shape)


def test_an_open_arc_is_no_ring() -> None:
    outline = ring_of(ring(gap=300))
    assert outline is None or cv2.contourArea(outline) < 0.5 * np.pi * RADIUS**2


def test_a_photo_is_not_drawn_and_ink_on_paper_is() -> None:
    assert not is_drawn(np.asarray(draw_hub("11"), np.uint8))
    assert not is_drawn(np.zeros((SIDE, SIDE), np.uint8))
    assert is_drawn(ring())
