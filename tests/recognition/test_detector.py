"""Text detection, level and on turned copies."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from handlers.recognition.crops import upright
from handlers.recognition.detector import Detector
from handlers.recognition.models import Grey
from handlers.recognition.scan import scan
from tests.drawing import draw_plate


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(threads=2)


def test_each_line_of_a_label_has_one_box_around_its_ink(detector: Detector) -> None:
    image = np.asarray(draw_plate("KD-2041\nLOT 77", size=(640, 320)))
    found = sorted((box for box, _ in detector.find(image)), key=lambda box: box.middle[1])
    assert len(found) == 2
    rows, columns = np.nonzero(image < 120)
    for box, part in zip(found, (rows < 160, rows >= 160), strict=True):
        (left, top), _, (right, bottom), _ = box.corners()
        assert abs(box.angle) < 3
        assert left < columns[part].min() < columns[part].max() < right
        assert top - 6 < rows[part].min() < rows[part].max() < bottom + 6


@pytest.mark.parametrize("angle", [-35, -10, 15, 40])
def test_a_turned_line_has_a_turned_box(detector: Detector, angle: float) -> None:
    image = np.asarray(draw_plate("KD2041", angle=angle, size=(640, 640)))
    box, score = detector.find(image)[0]
    assert abs(upright(box.angle - angle)) < 6
    assert math.dist(box.middle, (320, 320)) < 25
    assert score > 0.5


@pytest.mark.parametrize("turn", [0, 30, 90, 150])
def test_a_scan_reports_boxes_in_the_pixels_of_its_source(detector: Detector, turn: float) -> None:
    image = np.asarray(draw_plate("KD2041", angle=20, size=(1600, 1200)))
    box = scan(image, turn, detector)[0]
    assert math.dist(box.middle, (800, 600)) < 60
    assert min(abs(upright(box.angle - 20)), abs(upright(box.angle - 200))) < 6
    assert box.width > 2.5 * box.height


def test_blank_and_tiny_pictures_have_no_lines(detector: Detector) -> None:
    assert detector.find(np.full((100, 300), 128, np.uint8)) == []
    assert detector.find(np.zeros((1, 1), np.uint8)) == []


def test_the_engraved_line_of_a_real_scene_is_found(detector: Detector, grey: Callable[[str], Grey]) -> None:
    boxes = scan(grey("marks/roll-3.jpg"), 0, detector)
    assert any(box.holds((1215, 1270)) for box in boxes)
