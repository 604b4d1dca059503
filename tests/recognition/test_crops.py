"""Boxes at an angle and the crops cut from them."""

import cv2
import numpy as np
import pytest

from handlers.recognition.crops import SPREAD, Box, angles_for, box_at, cut, upright
from handlers.recognition.mask import Blob
from handlers.recognition.models import Floats, Grey


def picture_of_a_bar() -> Grey:
    """A white bar 60 wide and 20 high around (100, 80), its left third grey."""
    image = np.zeros((160, 200), np.uint8)
    image[70:90, 70:130] = 255
    image[70:90, 70:90] = 120
    return image


def points_of(width: float, height: float, angle: float) -> Floats:
    corners = Box((80, 80), width, height, angle).corners()
    mask = np.zeros((160, 160), np.uint8)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 1)
    return np.argwhere(mask)[:, ::-1].astype(np.float32)


@pytest.mark.parametrize(
    ("angle", "expected"), [(0, 0), (180, 180), (-180, 180), (190, -170), (-190, 170), (360, 0), (540, 180)]
)
def test_angles_are_above_minus_180_and_up_to_180(angle: float, expected: float) -> None:
    assert upright(angle) == expected


def test_corners_start_at_the_top_left_of_the_text() -> None:
    assert Box((10, 10), 8, 4, 0).corners() == ((6, 8), (14, 8), (14, 12), (6, 12))
    turned = Box((10, 10), 8, 4, 90).corners()
    np.testing.assert_allclose(turned, ((12, 6), (12, 14), (8, 14), (8, 6)), atol=1e-5)


def test_a_cut_at_half_a_turn_is_upside_down() -> None:
    box = Box((100, 80), 60, 20, 0)
    plain, flipped = cut(picture_of_a_bar(), box, 20), cut(picture_of_a_bar(), box.flipped(), 20)
    assert plain.shape == flipped.shape == (20, 60)
    assert plain[10, 10] == flipped[10, 50] == 120
    assert plain[10, 50] == flipped[10, 10] == 255


@pytest.mark.parametrize("angle", [-150, -45, 20, 90, 130])
def test_a_cut_turns_with_the_picture(angle: float) -> None:
    matrix = cv2.getRotationMatrix2D((100, 80), -angle, 1.0)
    turned = np.asarray(cv2.warpAffine(picture_of_a_bar(), matrix, (200, 160)), np.uint8)
    crop = cut(turned, Box((100, 80), 60, 20, angle), 20).astype(float)
    straight = cut(picture_of_a_bar(), Box((100, 80), 60, 20, 0), 20).astype(float)
    assert np.abs(crop - straight)[3:-3, 3:-3].mean() < 12


def test_the_box_of_points_is_tight() -> None:
    box = box_at(points_of(60, 20, 30), 30)
    assert box.middle == pytest.approx((80, 80), abs=1)
    assert (box.width, box.height) == pytest.approx((61, 21), abs=2)


def test_a_long_mark_is_tried_along_its_axis() -> None:
    angles = [angle for angle, _ in angles_for(Blob(points_of(80, 20, 30), 1.0))]
    assert len(angles) == 6
    assert all(min(abs(upright(angle - 30)), abs(upright(angle + 150))) < SPREAD + 2 for angle in angles)


def test_a_compact_mark_is_tried_all_around_and_square_angles_weigh_most() -> None:
    tried = sorted(angles_for(Blob(points_of(30, 25, 30), 1.0)))
    angles = [angle for angle, _ in tried]
    assert np.diff([*angles, angles[0] + 360]).max() <= 46
    heaviest = [angle for angle, weight in tried if weight == 1.0]
    assert heaviest == pytest.approx([-150, -60, 30, 120], abs=3)


def test_boxes_hold_what_lies_in_them() -> None:
    box = Box((50, 50), 40, 10, 90)
    assert box.holds((50, 69))
    assert not box.holds((69, 50))
    assert not box.holds((50, 69), 0.9)
