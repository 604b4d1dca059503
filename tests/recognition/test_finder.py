"""Our own detector: lines at any angle are found in one look, plain metal holds none, and the model stays small."""

from importlib.resources import files

import cv2
import numpy as np
import pytest
from PIL import Image

from handlers.recognition.crops import Box, upright
from handlers.recognition.finder import Finder, Found
from handlers.recognition.models import Grey
from tests.drawing import draw_plate


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(threads=1)


def stamped(text: str, angle: float, *, height: int = 40, size: int = 640) -> Grey:
    """Characters pressed into grainy metal, lit from above: dark and light edges around them."""
    mask = np.zeros((size, size), np.uint8)
    font = cv2.FontFace("sans")
    _, _, wide, high = cv2.getTextSize((0, 0), text, (0, 0), font, height, 500)
    cv2.putText(mask, text, (size // 2 - wide // 2, size // 2 + high // 2), (255,), font, height, 500)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), -angle, 1)
    soft = cv2.GaussianBlur(cv2.warpAffine(mask, turn, (size, size)), (0, 0), 1.5).astype(np.float32)
    lit = np.roll(soft, 3, axis=0) - np.roll(soft, -3, axis=0)
    grain = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 14, (size, size)), (0, 0), 1)
    return np.asarray(np.clip(120 + 0.35 * lit + grain, 0, 255), np.uint8)


def around_the_middle(found: list[Found], size: int = 640) -> Box:
    return next(each.box for each in found if each.box.holds((size / 2, size / 2)))


@pytest.mark.parametrize("angle", [0, 35, 90, 135, -60])
def test_a_line_is_found_at_any_angle(finder: Finder, angle: float) -> None:
    box = around_the_middle(finder.find(stamped("1W2002H", angle)))
    assert abs(upright(2 * (box.angle - angle))) / 2 < 8
    assert 3 < box.width / box.height < 9


@pytest.mark.parametrize("height", [30, 40, 80])
def test_boxes_are_as_high_as_the_characters(finder: Finder, height: int) -> None:
    box = around_the_middle(finder.find(stamped("4718B", 20, height=height)))
    assert 0.45 * height < box.height < 1.5 * height


def test_boxes_are_in_pixels_of_the_picture_that_was_given(finder: Finder) -> None:
    small = stamped("1W2002H", 30)
    large = np.asarray(cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8)
    first, second = around_the_middle(finder.find(small)), around_the_middle(finder.find(large), 1920)
    assert second.width == pytest.approx(3 * first.width, rel=0.2)
    assert second.middle == pytest.approx((960, 960), abs=60)


def test_print_is_found_too(finder: Finder) -> None:
    plate: Image.Image = draw_plate("AB4711", size=(640, 320))
    assert finder.find(np.asarray(plate, np.uint8))


@pytest.mark.parametrize("spread", [0, 3, 25])
def test_bare_metal_holds_no_line(finder: Finder, spread: float) -> None:
    metal = np.random.default_rng(2).normal(120, spread, (480, 640))
    assert finder.find(np.clip(metal, 0, 255).astype(np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (10, 2000), (33, 31)])
def test_any_size_is_accepted(finder: Finder, shape: tuple[int, int]) -> None:
    assert isinstance(finder.find(np.full(shape, 90, np.uint8)), list)


def test_the_model_ships_with_the_package_and_both_of_ours_are_small() -> None:
    weights = files("handlers.recognition") / "weights"
    sizes = [len((weights / name).read_bytes()) for name in ("lines.onnx", "marks.onnx")]
    assert all(100_000 < size < 5_000_000 for size in sizes)


@pytest.mark.parametrize("name", ["lines.onnx", "marks.onnx"])
def test_a_model_says_nothing_of_the_machine_that_made_it(name: str) -> None:
    assert b".py" not in (files("handlers.recognition") / "weights" / name).read_bytes()
