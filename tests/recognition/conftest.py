"""One reader with real models for all tests, and the real photos where a checkout has them beside it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from handlers.recognition.models import Grey
from handlers.recognition.pipeline import Reader

PHOTOS = Path(__file__).parents[3] / "shared" / "images"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(threads=2)


@pytest.fixture(scope="session")
def photo() -> Callable[[str], Image.Image]:
    """Opens a real photo by its name, upright and grey."""

    def opened(name: str) -> Image.Image:
        path = PHOTOS / name
        if not path.is_file():
            pytest.skip(f"the real photo {name} is not beside this checkout")
        with Image.open(path) as image:
            return ImageOps.exif_transpose(image).convert("L")

    return opened


@pytest.fixture(scope="session")
def grey(photo: Callable[[str], Image.Image]) -> Callable[[str], Grey]:
    """The same as an array (height, width)."""
    return lambda name: np.asarray(photo(name), np.uint8)
