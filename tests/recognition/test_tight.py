"""Small pictures that are themselves one mark or line: read whole, either way up, and believed with care."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from benchmarks.accuracy.kinds import KINDS
from handlers.recognition.models import Grey
from handlers.recognition.pipeline import LEAST, Reader
from handlers.recognition.tight import is_tight, is_wide


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


def _crop(text: str, *, turn: float = 0.0, light: int = 150, dark: int = 110, width: int = 140) -> Image.Image:
    """Stamped characters of weak contrast that fill 140 x 40 pixels, with the grain of metal."""
    image = Image.new("L", (width, 40), light)
    ImageDraw.Draw(image).text((width / 2, 20), text, dark, ImageFont.load_default(30), anchor="mm", stroke_width=1)
    turned = np.asarray(image.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=light), np.float64)
    grain = np.random.default_rng(7).normal(0, 4, turned.shape)
    return Image.fromarray(np.clip(turned + grain, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("shape", "tight", "wide"),
    [
        ((40, 140), True, True),
        ((100, 120), True, True),
        ((100, 119), True, False),
        ((140, 40), True, False),
        ((62, 61), True, False),
        ((101, 400), False, False),
    ],
)
def test_small_picture_is_tight_and_level_text_wide(shape: tuple[int, int], tight: bool, wide: bool) -> None:
    picture: Grey = np.zeros(shape, np.uint8)
    assert (is_tight(picture), is_wide(picture)) == (tight, wide)


@pytest.mark.parametrize("text", ["A27", "4T519", "1W3054H"])
@pytest.mark.parametrize("turn", [0.0, 6.0, 180.0])
def test_crop_is_read_at_any_small_angle_and_upside_down(reader: Reader, text: str, turn: float) -> None:
    reading = reader.read(_crop(text, turn=turn))
    assert reading.text == text
    (mark,) = reading.marks
    assert abs((mark.angle - turn + 180) % 360 - 180) <= 15


@pytest.mark.parametrize(("text", "width"), [("7", 26), ("R", 34), ("5", 40), ("71", 42), ("2F", 46)])
def test_crop_of_one_or_two_characters_is_as_high_as_wide(reader: Reader, text: str, width: int) -> None:
    assert reader.read(_crop(text, width=width)).text == text


@pytest.mark.parametrize(("text", "width"), [("R", 34), ("2F", 46), ("A27", 140), ("1W3054H", 140)])
@pytest.mark.parametrize("turn", [90, 270])
def test_crop_of_a_photo_on_its_side_is_read(reader: Reader, text: str, width: int, turn: int) -> None:
    reading = reader.read(_crop(text, width=width).rotate(-turn, expand=True))
    assert reading.text == text
    assert abs((reading.marks[0].angle - turn + 180) % 360 - 180) <= 15


def test_a_doubtful_crop_is_answered_where_a_doubtful_line_of_a_scene_would_not_be(reader: Reader) -> None:
    """Faint crops, of which some are as doubtful as that."""
    crops = [KINDS["crop_mark"].picture("crop_mark", "dev", number) for number in (237, 247, 263)]
    readings = [reader.read(Image.fromarray(crop.grey)) for crop in crops]
    doubtful = [each for each in readings if LEAST["tight"] <= each.confidence < LEAST["line"]]
    assert doubtful
    assert all(each.text and each.needs_review for each in doubtful)


def test_light_characters_on_dark_ground_are_read(reader: Reader) -> None:
    assert reader.read(_crop("A27", light=70, dark=120)).text == "A27"


@pytest.mark.parametrize("width", [30, 46, 140])
def test_bare_metal_is_no_line(reader: Reader, width: int) -> None:
    assert [reader.read(_crop("", light=light, width=width)).text for light in (60, 110, 160, 210)] == [""] * 4
