"""Finding the bolt pads."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from handlers.recognition.models import Grey
from handlers.recognition.pads import find_pads, shrink
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


def test_neither_an_empty_picture_nor_noise_has_pads() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    assert find_pads(np.full((SIDE, SIDE), 90, np.uint8)) == []
    assert find_pads(noise) == []


def test_shrinking_keeps_the_shape_and_never_enlarges() -> None:
    small, factor = shrink(np.zeros((300, 1200), np.uint8), 600)
    assert (small.shape, factor) == ((150, 600), 0.5)
    same, factor = shrink(np.zeros((30, 12), np.uint8), 600)
    assert (same.shape, factor) == ((30, 12), 1.0)
