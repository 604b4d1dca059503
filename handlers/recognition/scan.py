"""Text detection on a reduced and turned copy: the detector misses lines that are far from level."""

from __future__ import annotations

import math

import cv2
import numpy as np

from handlers.recognition.crops import Box, cut
from handlers.recognition.detector import Detector
from handlers.recognition.models import Grey

SIDE = 640
"""Longest side for detection: of 36 drawn scenes it finds the line in 26 at 640 and in 24 at 960, at 0.4 of the cost
(six turns, 2026-11-25); engraved strokes are broad."""
AREA = 600_000
"""Pixels of a turned picture at most: with 810,000 the detector takes 170 MiB, with 600,000 90, with 410,000 75."""
LEAST_SIDE = 480
"""Small pictures are enlarged to this: the detector misses characters of ten pixels."""


def scan(source: Grey, turn: float, detector: Detector) -> list[Box]:
    """Line boxes in pixels of the grey source, best first, found with the picture turned by `turn` degrees."""
    longest = max(source.shape)
    frame = _frame(source.shape, turn)
    factor = min(min(SIDE, max(longest, LEAST_SIDE)) / longest, math.sqrt(AREA / (frame.width * frame.height)))
    turned = cut(_low_passed(source, factor), frame, max(1, round(frame.height * factor)))
    scale = frame.height / turned.shape[0]
    return [_in_source(box.scaled(scale), frame) for box, _ in detector.find(turned)]


def _frame(shape: tuple[int, ...], turn: float) -> Box:
    """The box at `turn` degrees that holds a whole picture of this shape."""
    height, width = shape[:2]
    cos, sin = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
    return Box((width / 2, height / 2), width * cos + height * sin, width * sin + height * cos, turn)


def _low_passed(source: Grey, factor: float) -> Grey:
    """Blurred for a reduction by `factor`, since turning interpolates between neighbours only."""
    return source if factor > 0.7 else np.asarray(cv2.GaussianBlur(source, (0, 0), 0.35 / factor), np.uint8)


def _in_source(box: Box, frame: Box) -> Box:
    """A box measured from the frame's own top left corner, in pixels of the picture the frame lies in."""
    turn = math.radians(frame.angle)
    (left, top), (x, y) = frame.corners()[0], box.middle
    middle = (left + x * math.cos(turn) - y * math.sin(turn), top + x * math.sin(turn) + y * math.cos(turn))
    return Box(middle, box.width, box.height, box.angle).turned(frame.angle)
