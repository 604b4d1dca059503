"""Segmenting the mark on a pad."""

import math
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from handlers.recognition.find.mask import Blob, find_mark
from handlers.recognition.find.pads import find_pads
from handlers.recognition.find.patch import Patch, cut_patch
from handlers.recognition.models import Grey
from tests.drawing import draw_hub, mark_place


def marks_of(image: Grey) -> list[tuple[Patch, Blob | None]]:
    patches = [cut_patch(image, pad) for pad in find_pads(image)]
    return [(patch, find_mark(patch)) for patch in patches]


@pytest.mark.parametrize(("text", "angle", "seed"), [("11", 65, 0), ("A27", -140, 1), ("B8", 10, 2), ("4071", 90, 3)])
def test_only_the_marked_pad_has_a_mark(text: str, angle: float, seed: int) -> None:
    """Three plain pads and one with the ring of an ejector pin have none."""
    found = [patch.pad for patch, blob in marks_of(np.asarray(draw_hub(text, angle=angle, seed=seed))) if blob]
    assert len(found) == 1
    assert math.dist(found[0].centre, mark_place(seed)[:2]) < 3


@pytest.mark.parametrize("angle", [-60, -20, 0, 35, 70])
def test_the_smallest_box_of_a_line_lies_at_the_angle_of_its_text(angle: float) -> None:
    blob = next(blob for _, blob in marks_of(np.asarray(draw_hub("H070", angle=angle, seed=5))) if blob)
    measured = cv2.minAreaRect(blob.points)[2]
    assert abs((measured - angle + 45) % 90 - 45) < 4


@pytest.mark.parametrize("contrast", [0.4, 1.0])
def test_a_faint_mark_is_as_large_as_a_clear_one(contrast: float) -> None:
    blob = next(blob for _, blob in marks_of(np.asarray(draw_hub("47", seed=4, contrast=contrast))) if blob)
    width, height = np.ptp(blob.points, axis=0)
    # A font of 27 px on a pad of 28 px radius has capitals, with their walls, about 65 px high in a patch of 80.
    assert 85 < width < 115
    assert 55 < height < 80


def test_line_art_and_a_tiny_photo_have_the_mark_of_the_large_photo(grey: Callable[[str], Grey]) -> None:
    for name in ("hub/HOME1.jpg", "hub/HOME2.jpg", "hub/HOME3.jpg"):
        (blob,) = (blob for _, blob in marks_of(grey(name)) if blob)
        low, high = blob.points.min(axis=0), blob.points.max(axis=0)
        assert np.all(np.abs(low - (48, 42)) < 8), name
        assert np.all(np.abs(high - (127, 118)) < 8), name
