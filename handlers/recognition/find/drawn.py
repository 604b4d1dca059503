"""The pad of line art: a black ring on white, as a scanner's threshold makes it, with gaps or touched by the mark.

Contours at grey levels (`pads.py`) need a ring that is closed and free. Here gaps are closed, and all that the white
around the drawing does not reach is the pad.
"""

from __future__ import annotations

import cv2
import numpy as np

from handlers.recognition.models import Grey

DARK, LIGHT = 80, 200
BETWEEN = 0.2
PAPER = 0.5
"""Grey levels of ink and paper, the part of a drawing that is neither at most, and the part that is paper at least."""
GAP = 0.07
"""Widest gap of the ring that is closed, as a part of the picture's shorter side: of 240 drawn pads (development and
fitting, 2026-11-26) 239 are found, 235 with 0.05, 234 with 0.09, and 179 by contours at grey levels alone."""
RING = 0.955
"""Radius of the white inside a ring, as a part of the ring's outer one."""

Contour = np.ndarray[tuple[int, ...], np.dtype[np.int32]]


def is_drawn(image: Grey) -> bool:
    """Whether a grey picture is ink on paper."""
    between = float(np.mean((image > DARK) & (image < LIGHT)))
    return between < BETWEEN and float(np.mean(image >= LIGHT)) > PAPER


def ring_of(image: Grey) -> Contour | None:
    """The outer outline of the ring around a drawn pad, in pixels; None where the drawing has nothing closed."""
    ink = (image < (DARK + LIGHT) // 2).astype(np.uint8)
    half = max(1, round(GAP / 2 * min(image.shape)))
    room = 2 * half + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (room, room))
    thick = cv2.dilate(cv2.copyMakeBorder(ink, room, room, room, room, cv2.BORDER_CONSTANT, value=0), kernel)
    cv2.floodFill(thick, None, (0, 0), 2)
    inside = cv2.erode((thick != 2).astype(np.uint8), kernel)
    contours, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(-room, -room))
    return np.asarray(max(contours, key=cv2.contourArea), np.int32) if contours else None
