"""Finding the bolt pads."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from drawing.kinds import KINDS
from handlers.recognition.find.pads import find_pads, shrink
from handlers.recognition.models import Grey
from tests.drawing import SIDE, draw_hub, mark_place, pad_places


@pytest.mark.parametrize("seed", range(6))
def test_all_five_pads_of_a_hub_are_found_and_nothing_else(seed: int) -> None:
    pads = find_pads(np.asarray(draw_hub("A27", seed=seed)))
    assert len(pads) == 5
    for place in pad_places(seed):
        assert min(math.dist(place, pad.centre) for pad in pads) < 2


@pytest.mark.parametrize("seed", range(6))
def test_the_marked_pad_is_among_the_first_three(seed: int) -> None:
    x, y, radius = mark_place(seed, 1280)
    pads = find_pads(np.asarray(draw_hub("11", seed=seed, size=1280)))[:3]
    marked = min(pads, key=lambda pad: math.dist(pad.centre, (x, y)))
    assert math.dist(marked.centre, (x, y)) < 4
    assert marked.radius == pytest.approx(radius, rel=0.12)


@pytest.mark.parametrize(
    ("name", "centre", "radius"),
    [("hub/HOME1.jpg", (237, 172), 28), ("hub/HOME2.jpg", (32, 33), 27), ("hub/HOME3.jpg", (238, 243), 203)],
)
def test_the_marked_pad_of_a_real_photo_is_found(
    grey: Callable[[str], Grey], name: str, centre: tuple[int, int], radius: int
) -> None:
    pads = find_pads(grey(name))[:3]
    marked = min(pads, key=lambda pad: math.dist(pad.centre, centre))
    assert math.dist(marked.centre, centre) < 0.15 * radius
    assert marked.radius == pytest.approx(radius, rel=0.15)


def line_art(side: int = 400) -> Grey:
    """A white disc whose edge is a thin black line, with a mark in lines, on white paper."""
    paper = np.full((side, side), 252, np.uint8)
    cv2.circle(paper, (side // 2, side // 2), round(0.47 * side), 8, 5)
    cv2.putText(paper, "A27", (side // 4, round(0.57 * side)), cv2.FONT_HERSHEY_SIMPLEX, side / 130, 8, 5)
    return np.asarray(cv2.GaussianBlur(paper, (0, 0), 1), np.uint8)


def test_a_pad_drawn_as_a_line_on_white_paper_is_found() -> None:
    (pad,) = find_pads(line_art())
    assert math.dist(pad.centre, (200, 200)) < 3
    assert pad.radius == pytest.approx(0.47 * 400, rel=0.05)


def test_a_background_bounded_by_dark_spokes_does_not_swallow_the_pads_before_it() -> None:
    hub = np.asarray(draw_hub("A27", seed=1)).copy()
    frame = np.full((SIDE + 240, SIDE + 240), 90, np.uint8)
    for corner in ((0, 0), (0, SIDE + 240), (SIDE + 240, 0), (SIDE + 240, SIDE + 240)):
        cv2.circle(frame, corner, 60, 8, cv2.FILLED)
    frame[120:-120, 120:-120] = np.where(hub > 110, hub, np.uint8(75))
    assert len(find_pads(frame)) >= 5


def test_neither_an_empty_picture_nor_noise_has_pads() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    assert find_pads(np.full((SIDE, SIDE), 90, np.uint8)) == []
    assert find_pads(noise) == []


def test_a_spot_too_small_for_an_outline_is_no_pad() -> None:
    """A spot on a hub, in a cut of 34 x 37 pixels; numpy warned of the mean of no pixels."""
    hub = KINDS["bare_hub"].picture("bare_hub", "dev", 2).grey
    assert find_pads(np.ascontiguousarray(hub[339:376, 242:276])) == []


def test_shrinking_keeps_the_shape_and_never_enlarges() -> None:
    small, factor = shrink(np.zeros((300, 1200), np.uint8), 600)
    assert (small.shape, factor) == ((150, 600), 0.5)
    same, factor = shrink(np.zeros((30, 12), np.uint8), 600)
    assert (same.shape, factor) == ((30, 12), 1.0)
