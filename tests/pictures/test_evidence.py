"""What is kept of a picture: small enough for a year of them, and the marks upright."""

import io
import math
from typing import Any

import pytest
from PIL import Image, ImageDraw

from handlers.pictures.evidence import crop, small


def _opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


def _mark(polygon: list[list[float]], angle: float = 0.0, *, answered: bool = True) -> dict[str, Any]:
    return {"polygon": polygon, "angle": angle, "answered": answered}


def _turned_bar(angle: float) -> tuple[Image.Image, dict[str, Any]]:
    """A picture with a black bar of 200 x 50 pixels with a white end, turned clockwise; and the mark that it is."""
    upright = Image.new("L", (600, 600), 128)
    drawing = ImageDraw.Draw(upright)
    drawing.rectangle((200, 275, 400, 325), fill=0)
    drawing.rectangle((380, 275, 400, 325), fill=255)
    corners = [(200, 275), (400, 275), (400, 325), (200, 325)]
    radians = math.radians(angle)
    polygon = [
        [
            300 + (x - 300) * math.cos(radians) - (y - 300) * math.sin(radians),
            300 + (x - 300) * math.sin(radians) + (y - 300) * math.cos(radians),
        ]
        for x, y in corners
    ]
    return upright.rotate(-angle), _mark(polygon, angle)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 180.0, -135.0])
def test_mark_is_cut_out_and_turned_upright(angle: float) -> None:
    picture, mark = _turned_bar(angle)
    cut = _opened(crop(picture, [mark]) or b"")
    assert cut.size == (260, 110)
    middle = cut.height // 2
    assert [cut.getpixel((x, middle)) for x in (60, 200)] == pytest.approx([0, 0], abs=30)
    assert cut.getpixel((220, middle)) == pytest.approx(255, abs=40)
    assert cut.getpixel((10, middle)) == pytest.approx(128, abs=30)


def test_large_mark_is_made_smaller() -> None:
    picture = Image.new("L", (6000, 4000), 100)
    cut = _opened(crop(picture, [_mark([[500, 500], [5500, 500], [5500, 1500], [500, 1500]])]) or b"")
    assert cut.width == 960 and cut.height < 480


def test_what_is_answered_is_cut_out_and_else_what_was_seen() -> None:
    picture = Image.new("L", (1000, 1000), 100)
    near = [[10.0, 10.0], [110.0, 10.0], [110.0, 60.0], [10.0, 60.0]]
    far = [[x + 790, y + 790] for x, y in near]
    both = [_mark(near), _mark(far, answered=False)]
    assert _opened(crop(picture, both) or b"").size == (160, 110)
    assert _opened(crop(picture, both[1:]) or b"").size == (160, 110)
    assert crop(picture, []) is None


@pytest.mark.parametrize(("size", "kept"), [((4000, 3000), (640, 480)), ((100, 80), (100, 80)), ((9000, 3), (640, 1))])
def test_smaller_whole_has_the_shape_of_the_picture(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert _opened(small(Image.new("L", size))).size == kept
