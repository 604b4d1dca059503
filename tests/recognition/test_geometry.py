"""Bands of a picture, straight and bent, and the upright crops that are cut along them."""

import math

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from handlers.recognition.geometry import Line, along_and_down, cut, upright
from handlers.recognition.models import Grey

LINES = [
    Line((100, 80), 120, 20, 0),
    Line((100, 80), 120, 20, 135),
    Line((100, 80), 120, 20, 0, 150),
    Line((100, 80), 120, 20, 0, -150),
    Line((60.5, 90.25), 150, 18, 70, 80),
    Line((60.5, 90.25), 150, 18, -160, -80),
]
each_line = pytest.mark.parametrize("line", LINES, ids=lambda line: f"{line.angle:g}, {line.bend:g}")


def place(line: Line, along: float, down: float) -> tuple[float, float]:
    x, y = line.points(np.array([along], np.float32), np.array([down], np.float32))[0]
    return float(x), float(y)


def printed(text: str = "AB 471", wide: int = 240, high: int = 48) -> Grey:
    """A level text that fills its picture, softened as a photo is."""
    layer = Image.new("L", (wide, high), 200)
    pen = ImageDraw.Draw(layer)
    pen.text((wide / 2, high / 2), text, fill=30, font=ImageFont.load_default(0.9 * high), anchor="mm")
    return np.asarray(cv2.GaussianBlur(np.asarray(layer, np.uint8), (0, 0), 1.2), np.uint8)


def far(one: Grey, other: Grey) -> float:
    """Mean difference in grey levels."""
    assert one.shape == other.shape
    return float(np.abs(one.astype(float) - other.astype(float)).mean())


@pytest.mark.parametrize(
    ("angle", "expected"), [(0, 0), (180, 180), (-180, 180), (190, -170), (-190, 170), (360, 0), (540, 180)]
)
def test_angles_are_above_minus_180_and_up_to_180(angle: float, expected: float) -> None:
    assert upright(angle) == expected


@pytest.mark.parametrize("angle", [0, 30, 90, -170])
def test_down_is_a_quarter_turn_clockwise_from_along(angle: float) -> None:
    along, down = along_and_down(angle)
    assert math.degrees(math.atan2(along[1], along[0])) == pytest.approx(angle, abs=1e-3)
    assert down == pytest.approx([-along[1], along[0]], abs=1e-6)


@each_line
@pytest.mark.parametrize(("along", "down"), [(0, 0), (30, 0), (-58, 9), (58, -9), (12, 40), (-40, -30)])
def test_a_point_of_a_line_lies_where_it_was_put(line: Line, along: float, down: float) -> None:
    assert line.offset(place(line, along, down)) == pytest.approx((along, down), abs=0.01)


@each_line
def test_a_line_holds_what_lies_in_its_band_and_nothing_else(line: Line) -> None:
    for across in (-0.49, 0.0, 0.49):
        assert all(line.holds(place(line, part * line.length, across * line.cap)) for part in (-0.49, 0, 0.49))
    assert not line.holds(place(line, 0.52 * line.length, 0))
    assert not line.holds(place(line, -0.52 * line.length, 0))
    assert not line.holds(place(line, 0, 0.55 * line.cap))
    assert not line.holds(place(line, 0, -0.55 * line.cap))


@each_line
def test_a_line_made_larger_on_all_sides_holds_what_is_just_outside(line: Line) -> None:
    above, beyond = place(line, 0, -0.8 * line.cap), place(line, line.length / 2 + 0.3 * line.cap, 0)
    assert line.holds(above, 0.35) and line.holds(beyond, 0.35)
    assert not line.holds(above, 0.25) and not line.holds(beyond, 0.25)
    assert not line.holds(place(line, 0, 0.45 * line.cap), -0.1)


def test_the_ends_of_a_bent_line_lie_towards_the_middle_of_its_circle() -> None:
    arch, bowl = Line((100, 100), 120, 20, 0, 150), Line((100, 100), 120, 20, 0, -150)
    assert place(arch, 60, 0)[1] > 110 and place(arch, -60, 0)[1] > 110
    assert place(bowl, 60, 0)[1] < 90 and place(bowl, -60, 0)[1] < 90
    assert math.dist(place(arch, 60, 0), (100, 250)) == pytest.approx(150, abs=0.01)


def test_corners_start_at_the_top_left_of_the_text() -> None:
    assert Line((10, 10), 8, 4, 0).corners() == ((6, 8), (14, 8), (14, 12), (6, 12))
    turned = Line((10, 10), 8, 4, 90).corners()
    np.testing.assert_allclose(turned, ((12, 6), (12, 14), (8, 14), (8, 6)), atol=1e-5)


@each_line
def test_a_flipped_line_is_the_same_band_read_from_its_other_end(line: Line) -> None:
    flipped = line.flipped()
    assert place(flipped, 40, 6) == pytest.approx(place(line, -40, -6), abs=0.01)
    assert flipped.corners()[0] == pytest.approx(line.corners()[2], abs=0.01)
    assert place(flipped.flipped(), 40, 6) == pytest.approx(place(line, 40, 6), abs=0.01)
    assert flipped.flipped().angle == pytest.approx(line.angle)


@each_line
def test_a_scaled_line_lies_at_the_same_place_of_a_larger_picture(line: Line) -> None:
    x, y = place(line, 40, 6)
    assert place(line.scaled(2.5), 100, 15) == pytest.approx((2.5 * x, 2.5 * y), abs=0.02)
    assert line.scaled(2.5).holds((2.5 * x, 2.5 * y))


def test_a_line_is_turned_and_sized_around_its_middle() -> None:
    line = Line((50, 40), 60, 20, 170)
    assert line.turned(20) == Line((50, 40), 60, 20, -170)
    assert line.sized(cap=1.5, length=2) == Line((50, 40), 100, 30, 170)


@pytest.mark.parametrize("angle", [-150, -45, 20, 90, 130, 180])
def test_the_cut_of_a_turned_line_is_the_upright_crop(angle: float) -> None:
    level = printed()
    around = cv2.copyMakeBorder(level, 126, 126, 30, 30, cv2.BORDER_REPLICATE)
    side = around.shape[0]
    middle = ((side - 1) / 2, (side - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, -angle, 1.0)
    turned = np.asarray(cv2.warpAffine(around, matrix, (side, side), flags=cv2.INTER_CUBIC), np.uint8)
    crop = cut(turned, Line(middle, 240, 48, angle), 48, (0, 0))
    assert far(crop, level) < 5 < far(crop[::-1, ::-1], level)


def bent(level: Grey, radius: float, *, arch: bool) -> tuple[Grey, Line]:
    """The text on the top (an arch) or at the bottom of a circle, drawn by polar coordinates, and its line."""
    side, (high, wide) = 500, level.shape
    x, y = np.meshgrid(np.arange(side, dtype=np.float32), np.arange(side, dtype=np.float32))
    centre = (250.0, 250.0 + (radius if arch else -radius))
    away = np.hypot(x - centre[0], y - centre[1])
    phi = np.arctan2(x - centre[0], (centre[1] - y) if arch else (y - centre[1]))
    along, down = radius * phi, (radius - away) if arch else (away - radius)
    maps = (along + (wide - 1) / 2).astype(np.float32), (down + (high - 1) / 2).astype(np.float32)
    picture = cv2.remap(level, *maps, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8), Line((250, 250), wide, high, 0, radius if arch else -radius)


@pytest.mark.parametrize("arch", [True, False], ids=["arch", "bowl"])
@pytest.mark.parametrize("radius", [110, 300])
def test_a_bent_text_is_cut_level(radius: float, arch: bool) -> None:
    level = printed()
    picture, line = bent(level, radius, arch=arch)
    straight = Line(line.middle, 240, 48, 0)
    assert far(cut(picture, line, 48, (0, 0)), level) < 4 < 8 < far(cut(picture, straight, 48, (0, 0)), level)


def test_a_bent_text_is_cut_on_its_head_along_the_flipped_line() -> None:
    level = printed()
    picture, line = bent(level, 110, arch=True)
    assert far(cut(picture, line.flipped(), 48, (0, 0)), level[::-1, ::-1]) < 5


@pytest.mark.parametrize(
    "line", [Line((120, 24), 240, 48, 0), Line((120, 24), 240, 48, 0, 2000)], ids=["level", "bent"]
)
@pytest.mark.parametrize("factor", [0.5, 3, 7])
def test_a_large_picture_gives_the_crop_of_a_small_one(line: Line, factor: float) -> None:
    level = printed()
    large = np.asarray(cv2.resize(level, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)
    one, other = cut(level, line, 24, (0, 0)), cut(large, line.scaled(factor), 24, (0, 0))
    assert far(one, other) < 8


def test_what_is_finer_than_the_crop_is_softened_and_makes_no_stripes() -> None:
    fine = np.zeros((400, 1200), np.uint8)
    fine[:, ::2] = 240
    for bend in (0.0, 5000.0):
        crop = cut(fine, Line((600, 200), 900, 300, 0, bend), 40, (0, 0))
        assert float(crop.std()) < 10


def test_a_margin_shows_what_is_around_the_line() -> None:
    image = np.full((200, 300), 100, np.uint8)
    image[80:120, 100:200] = 220
    line = Line((149.5, 99.5), 100, 40, 0)
    assert cut(image, line, 40, (0, 0)).shape == (40, 100)
    assert cut(image, line, 40, (0, 0)).min() > 200
    wide = cut(image, line, 60, (0.25, 0.5))
    assert wide.shape == (60, 140)
    assert wide[4, 70] == wide[30, 10] == wide[30, 130] == 100
    assert wide[30, 70] == 220


def test_beyond_the_picture_its_edge_goes_on() -> None:
    image = np.full((60, 100), 70, np.uint8)
    image[:, 90:] = 200
    for bend in (0.0, 400.0):
        crop = cut(image, Line((100, 30), 120, 20, 0, bend), 20, (0, 0))
        assert crop[10, 5] == 70
        assert crop[10, -1] == 200
