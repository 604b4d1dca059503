"""Small pictures that are themselves one mark or line: read whole, either way up, and believed with care."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from handlers.recognition.models import Grey
from handlers.recognition.pipeline import Reader
from handlers.recognition.tight import is_tight


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _crop(text: str, *, turn: float = 0.0, light: int = 150, dark: int = 110) -> Image.Image:
    """Stamped characters of weak contrast that fill 140 x 40 pixels, with the grain of metal."""
    image = Image.new("L", (140, 40), light)
    ImageDraw.Draw(image).text((70, 20), text, dark, ImageFont.load_default(30), anchor="mm", stroke_width=1)
    turned = np.asarray(image.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=light), np.float64)
    grain = np.random.default_rng(7).normal(0, 4, turned.shape)
    return Image.fromarray(np.clip(turned + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("shape", "tight"),
    [((40, 140), True), ((100, 120), True), ((100, 119), False), ((101, 400), False), ((62, 61), False)],
)
def test_small_wide_picture_is_tight(shape: tuple[int, int], tight: bool) -> None:
    picture: Grey = np.zeros(shape, np.uint8)
    assert is_tight(picture) is tight


@pytest.mark.parametrize("text", ["A27", "4T519", "1W3054H"])
@pytest.mark.parametrize("turn", [0.0, 6.0, 180.0])
def test_crop_is_read_at_any_small_angle_and_upside_down(reader: Reader, text: str, turn: float) -> None:
    reading = reader.read(_crop(text, turn=turn))
    assert reading.text == text
    (mark,) = reading.marks
    assert abs((mark.angle - turn + 180) % 360 - 180) <= 15


def test_light_characters_on_dark_ground_are_read(reader: Reader) -> None:
    assert reader.read(_crop("A27", light=70, dark=120)).text == "A27"


def test_bare_metal_is_no_line(reader: Reader) -> None:
    assert [reader.read(_crop("", light=light)).text for light in (60, 110, 160, 210)] == [""] * 4
