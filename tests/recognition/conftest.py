"""One reader with real models for all tests, and the real photos where a checkout has them beside it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from handlers.recognition.models import Grey
from handlers.recognition.reader import Reader

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(threads=2)


@pytest.fixture(scope="session")
def photo() -> Callable[[str], Image.Image]:
    """Opens a real photo by its name, upright and grey."""
    return lambda name: _opened(SHARED / "images" / name)


@pytest.fixture(scope="session")
def case() -> Callable[[str], Image.Image]:
    """Opens a picture that was once misread, by its name."""
    return lambda name: _opened(SHARED / "cases" / name)


@pytest.fixture(scope="session")
def grey(photo: Callable[[str], Image.Image]) -> Callable[[str], Grey]:
    """A real photo as an array (height, width)."""
    return lambda name: np.asarray(photo(name), np.uint8)


def _opened(path: Path) -> Image.Image:
    if not path.is_file():
        pytest.skip(f"the picture {path.name} is not beside this checkout")
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("L")
