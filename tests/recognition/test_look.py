"""Looks at a picture: in whose pixels lines are found, and which bands are one place."""

import math

import numpy as np
import pytest

from handlers.recognition.find.finder import Finder
from handlers.recognition.geometry import Line
from handlers.recognition.look import overlapping, same, search, whole
from tests.drawing import draw_plate

LINE = Line((200, 100), 160, 30, 10)


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(threads=1)


@pytest.mark.parametrize("side", [480, 960])
@pytest.mark.parametrize("size", [(1600, 1200), (320, 240)])
def test_lines_are_in_pixels_of_the_picture_however_large_it_is_searched(
    finder: Finder, size: tuple[int, int], side: int
) -> None:
    found = search(np.asarray(draw_plate("KD2041", size=size), np.uint8), finder, side)[0]
    assert math.dist(found.line.middle, (size[0] / 2, size[1] / 2)) < 0.1 * size[1]
    assert 0.5 * size[0] < found.line.length < 0.95 * size[0]
    assert 0.1 * size[1] < found.line.cap < 0.35 * size[1]


def test_text_at_the_edge_of_a_picture_is_found(finder: Finder) -> None:
    tight = np.asarray(draw_plate("KD2041", size=(640, 320)), np.uint8)[95:225, 70:570]
    found = search(tight, finder, 480)[0]
    assert found.line.holds((250, 65))
    assert found.line.length > 350


@pytest.mark.parametrize(
    ("shape", "angles"), [((40, 140), [0]), ((140, 40), [90]), ((60, 60), [0, 90])], ids=["wide", "high", "square"]
)
def test_a_small_picture_is_one_text_along_its_longer_side(shape: tuple[int, int], angles: list[float]) -> None:
    found = whole(np.zeros(shape, np.uint8))
    assert [each.line.angle for each in found] == angles
    for each in found:
        assert each.line.middle == ((shape[1] - 1) / 2, (shape[0] - 1) / 2)
        assert each.line.length < max(shape)


@pytest.mark.parametrize(
    "other", [LINE.turned(3), LINE.flipped(), LINE.sized(length=2), LINE.sized(cap=1.4), Line((230, 106), 60, 26, 10)]
)
def test_bands_that_cover_one_another_are_one_place(other: Line) -> None:
    assert overlapping(LINE, other)
    assert overlapping(other, LINE)


@pytest.mark.parametrize(
    "other", [Line((200, 145), 160, 30, 10), Line((400, 135), 160, 30, 10), Line((200, 100), 20, 6, 10)]
)
def test_bands_beside_one_another_or_of_other_sizes_are_two(other: Line) -> None:
    assert not overlapping(LINE, other)
    assert not overlapping(other, LINE)


def test_a_band_is_read_once_unless_it_differs_in_place_angle_or_size() -> None:
    assert same(LINE, LINE)
    assert same(LINE, LINE.turned(2).sized(cap=1.05))
    for other in (LINE.flipped(), LINE.turned(20), LINE.sized(cap=1.5), LINE.sized(length=2), LINE.scaled(1.5)):
        assert not same(LINE, other)
