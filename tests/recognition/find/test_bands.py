"""Bands of coloured pictures: what grey hides, one of them shows."""

import numpy as np
import pytest
from PIL import Image

from handlers.recognition.find.bands import bands_of
from handlers.recognition.reader import Reader
from tests.drawing import draw_plate

RUST, DARK = (190, 96, 40), (40, 145, 140)
"""Two colours that are nearly the same grey."""


def _in_colours(mask: Image.Image, ground: tuple[int, int, int], text: tuple[int, int, int]) -> Image.Image:
    """A drawn plate in two colours, on grain that is light and dark alike in all of them."""
    plate = np.asarray(mask, np.float32)[..., None]
    shares = np.clip((plate - plate.min()) / (np.median(plate) - plate.min()), 0, 1)
    grain = np.random.default_rng(5).normal(0, 18, mask.size[::-1])[..., None]
    return Image.fromarray(
        np.clip(shares * np.array(ground) + (1 - shares) * np.array(text) + grain, 0, 255).astype(np.uint8)
    )


def test_a_mark_that_grey_hides_is_read_in_its_colours(reader: Reader) -> None:
    colours = _in_colours(draw_plate("KD2041", size=(600, 300)), RUST, DARK)
    grey = colours.convert("L")
    assert "KD2041" not in reader.read(grey).text
    assert reader.read(grey, colours).text == "KD2041"


def test_places_seen_in_a_smaller_copy_are_in_the_pictures_pixels(reader: Reader) -> None:
    colours = _in_colours(draw_plate("KD2041", size=(600, 300)), RUST, DARK)
    large = Image.new("L", (1200, 600), 120)
    large.paste(128, (0, 0, 600, 600))
    (mark,) = reader.read(large, colours).answered
    x, y = (sum(corner[axis] for corner in mark.polygon) / 4 for axis in (0, 1))
    assert x == pytest.approx(600, abs=60)
    assert y == pytest.approx(300, abs=40)


@pytest.mark.parametrize("ground", [(200, 200, 200), (120, 180, 120)])
def test_a_tint_is_no_colour(ground: tuple[int, int, int]) -> None:
    text = (ground[0] // 3, ground[1] // 3, ground[2] // 3)
    assert list(bands_of(_in_colours(draw_plate("KD2041", size=(600, 300)), ground, text))) == []


def test_red_comes_first_then_blue() -> None:
    picture = Image.new("RGB", (80, 60), (250, 20, 10))
    picture.paste((10, 20, 240), (0, 0, 40, 60))
    red, blue = bands_of(picture)
    assert red.shape == blue.shape == (60, 80)
    assert red[30, 60] == 250
    assert blue[30, 20] == 240


def test_no_colours_no_bands() -> None:
    assert list(bands_of(None)) == []
