"""What photos under several lamps tell of a surface's heights; those that do not belong together tell none."""

import numpy as np
import pytest

from drawing.lamps import ROUGH, lamps, photos, stamped
from handlers.recognition.models import Grey
from handlers.recognition.relief import relief_of


def _photos(text: str, *, held: bool = False, count: int = 4, seed: int = 5) -> list[Grey]:
    random = np.random.default_rng([seed])
    part = stamped(text, ROUGH, random)
    return list(photos(part, lamps(count, random), random, held=held))


def _truth(text: str, seed: int = 5) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return stamped(text, ROUGH, np.random.default_rng([seed])).height[30:-30, 30:-30]


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_heights_of_a_fixed_camera_s_photos_are_those_of_the_part(seed: int) -> None:
    relief = relief_of(_photos("A27", seed=seed))
    assert relief is not None and len(relief.photos) >= 3
    like = abs(np.corrcoef(relief.picture.ravel(), _truth("A27", seed).ravel())[0, 1])
    alone = max(abs(np.corrcoef(each.ravel(), _truth("A27", seed).ravel())[0, 1]) for each in _photos("A27", seed=seed))
    assert like > 0.5 and like > 1.2 * alone


def test_two_photos_have_no_relief() -> None:
    assert relief_of(_photos("A27", count=2)) is None


def test_photos_of_other_parts_have_none_together() -> None:
    mixed = [_photos(text, seed=seed)[0] for text, seed in (("A27", 1), ("B55", 2), ("11", 3))]
    assert relief_of(mixed) is None


def test_photos_under_one_lamp_have_none() -> None:
    random = np.random.default_rng([5])
    part, (lamp, *_) = stamped("A27", ROUGH, random), lamps(1, random)
    assert relief_of(list(photos(part, [lamp] * 4, random, held=False))) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 2), (9, 40), (2000, 3)])
def test_pictures_too_narrow_for_a_relief_have_none(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng([5])
    assert relief_of([np.asarray(noise.integers(0, 256, shape), np.uint8) for _ in range(4)]) is None


def test_narrow_picture_among_the_photos_is_left_out() -> None:
    relief = relief_of([np.full((3, 90), 7, np.uint8), *_photos("A27")])
    assert relief is not None and relief.photos <= {1, 2, 3, 4} and relief.of in relief.photos


@pytest.mark.parametrize("levels", [(0, 0, 0, 0), (9, 60, 200, 255)])
def test_photos_that_show_nothing_have_none(levels: tuple[int, ...]) -> None:
    assert relief_of([np.full((64, 90), level, np.uint8) for level in levels]) is None
