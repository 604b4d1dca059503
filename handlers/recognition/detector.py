"""PP-OCRv6 text detection: where lines of text lie in a picture, as rectangles at any angle."""

from __future__ import annotations

import math

import cv2
import numpy as np

from handlers.recognition.crops import Box, upright
from handlers.recognition.models import Floats, Grey, normalise, open_model, shrinking, trim

MULTIPLE = 32
"""The model's input sides are multiples of this."""
THRESHOLD = 0.3
BOX_THRESHOLD = 0.5
UNCLIP = 1.6
"""PP-OCR's defaults: text pixels, mean over a box, growth of a box by area * ratio / perimeter."""
MIN_SIDE = 3
"""Pixels of the text map below which a rectangle is noise (PP-OCR's default)."""
MAX_BOXES = 60
"""Rectangles kept, best first: bounds the work on a picture full of texture."""


class Detector:
    """The detection model; thread-safe, opened on construction."""

    def __init__(self, threads: int = 2) -> None:
        # At 960x704 the arena takes 80 MiB and 151 ms, plain allocation 239 MiB and 212 ms (one thread, 2026-11-25).
        self._session = open_model("PP-OCRv6_det_small", threads, arena=True)

    def find(self, image: Grey) -> list[tuple[Box, float]]:
        """Line boxes of a grey picture (height, width), wider than high, each with its score in 0..1, best first.

        The picture is taken as large as it is; callers reduce it. `Box.angle` is in (-90, 90]: which way up is unknown.
        """
        height, width = image.shape
        size = (_fit(width), _fit(height))
        resized = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        trim()  # this model takes the most memory of all: 90 MiB on top of whatever is held
        (out,) = self._session.run(None, {"x": normalise(resized)[np.newaxis]}, shrinking())
        found = _boxes(np.asarray(out[0, 0], np.float32))
        factors = (width / size[0], height / size[1])
        return [(_scaled(box, factors), score) for box, score in found]


def _fit(side: int) -> int:
    return max(MULTIPLE, math.ceil(side / MULTIPLE) * MULTIPLE)


def _boxes(probability: Floats) -> list[tuple[Box, float]]:
    """Text map (height, width) -> grown rectangles in its pixels with their mean probability, best first."""
    text = cv2.dilate((probability > THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(text, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours:
        box = _rectangle(np.asarray(contour, np.float32))
        if box.height >= MIN_SIDE and (score := _mean(probability, box)) >= BOX_THRESHOLD:
            found.append((_unclipped(box), score))
    return sorted(found, key=lambda pair: -pair[1] * pair[0].width)[:MAX_BOXES]


def _rectangle(points: Floats) -> Box:
    (middle, (width, height), angle) = cv2.minAreaRect(points)
    if height > width:
        width, height, angle = height, width, angle + 90
    angle = upright(angle)
    if not -90 < angle <= 90:
        angle = upright(angle + 180)
    return Box((middle[0], middle[1]), width, height, angle)


def _mean(probability: Floats, box: Box) -> float:
    """The mean of the text map inside the box, over its bounding window only."""
    corners = np.asarray(box.corners())
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int), 0)
    high = np.ceil(corners.max(axis=0)).astype(int) + 1
    window = np.ascontiguousarray(probability[low[1] : high[1], low[0] : high[0]])
    mask = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(corners - low).astype(np.int32)], 1)
    return float(cv2.mean(window, mask)[0])


def _unclipped(box: Box) -> Box:
    """DB shrinks text regions when it learns them; this grows them back."""
    distance = box.width * box.height * UNCLIP / (2 * (box.width + box.height))
    return Box(box.middle, box.width + 2 * distance, box.height + 2 * distance, box.angle)


def _scaled(box: Box, factors: tuple[float, float]) -> Box:
    """The box in the caller's pixels; the two factors differ by the rounding to `MULTIPLE` only."""
    factor = math.sqrt(factors[0] * factors[1])
    middle = (box.middle[0] * factors[0], box.middle[1] * factors[1])
    return Box(middle, box.width * factor, box.height * factor, box.angle)
