"""Which bands a mark on a pad may stand in."""

import math

import numpy as np
import pytest

from handlers.recognition.find.pads import Pad
from handlers.recognition.find.patch import cut_patch
from handlers.recognition.find.turns import Marked, marked, pads_of, swept
from handlers.recognition.geometry import upright
from tests.drawing import draw_hub, draw_plate, mark_place, pad_places

SEED = 3


def drawn(text: str, angle: float) -> Marked:
    x, y, radius = mark_place(SEED)
    picture = np.asarray(draw_hub(text, angle=angle, seed=SEED), np.uint8)
    return marked(picture, Pad((x, y), (radius, radius), 0.0))


def nearest(mark: Marked, angle: float) -> float:
    return min(abs(upright(line.angle - angle)) for way in mark.ways for line in way)


@pytest.mark.parametrize("angle", [0, 65, -100, 170])
@pytest.mark.parametrize("text", ["B134", "47", "8"])
def test_the_angle_of_the_text_is_among_those_that_are_tried(text: str, angle: float) -> None:
    assert nearest(drawn(text, angle), angle) < 15


@pytest.mark.parametrize("angle", [0, 65, -100])
def test_a_long_mark_stands_one_of_two_ways_up(angle: float) -> None:
    mark = drawn("2168", angle)
    assert len(mark.ways) == 2
    assert all(
        min(abs(upright(line.angle - angle)), abs(upright(line.angle - angle + 180))) < 20 for line in mark.ways[0]
    )


def test_a_band_of_the_patch_lies_on_the_mark_in_the_picture() -> None:
    x, y, radius = mark_place(SEED)
    mark = drawn("A27", 40)
    for way in mark.ways:
        for line in way:
            placed = mark.in_picture(line)
            assert math.dist(placed.middle, (x, y)) < 0.2 * radius
            assert radius < placed.length < 2 * radius
            assert 0.4 * radius < placed.cap < 1.5 * radius
            assert placed.angle == line.angle


def test_what_is_around_a_pad_is_painted_over() -> None:
    mark = drawn("A27", 0)
    surface = mark.surface()
    assert surface.shape == mark.patch.image.shape
    assert surface[0, 0] == surface[-1, -1] > mark.patch.image[0, 0]
    middle = slice(60, 120), slice(60, 120)
    assert (surface[middle] == mark.patch.image[middle]).all()


def test_a_plain_pad_is_tried_all_around() -> None:
    picture = np.asarray(draw_hub(" ", seed=SEED), np.uint8)
    patch = cut_patch(picture, Pad(pad_places(SEED)[0], (28.0, 28.0), 0.0))
    angles = sorted(way[0].angle for way in swept(patch))
    assert max(np.diff([*angles, angles[0] + 360])) <= 45


def test_a_picture_of_pads_is_a_hub_and_a_plate_is_none() -> None:
    assert pads_of(np.asarray(draw_hub("A27", seed=SEED), np.uint8))[1]
    assert not pads_of(np.asarray(draw_plate("KD2041"), np.uint8))[1]
    assert pads_of(np.full((200, 200), 90, np.uint8)) == ([], False)
