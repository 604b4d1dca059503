"""Segments the mark on a pad: which pixels of the disc belong to characters, and how they lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from handlers.recognition.find.patch import RADIUS, Patch, Pixels, disc
from handlers.recognition.models import Floats, Grey

INNER = 0.84
"""Part of the radius in which a mark may lie; what is further out is the pad's own worn edge."""
LOWEST = 7.0
"""Grey levels of relief that count as a mark even on a clean pad; below, JPEG and sensor noise."""
RELATIVE = 0.3
"""Relief that counts, as a part of the strongest relief on the pad."""
NOISE = 8.0
"""Relief that counts, as a multiple of the relief that the quietest quarter of the pad stays under."""
TERMS = (3, 3, 6)
"""Terms of the surface of light per round of fitting: planes first, since a curved one would bend to the mark."""
SPARSE = 5
"""The light is fitted to every fifth pixel of bare metal."""
SMALLEST = 0.015
"""Area of the smallest mark as a part of the pad's."""
BRIDGE = 12
"""Pixels of the patch between strokes of one mark."""
CLOSED = 0.93
ROUND = 0.86
UNEVEN = 0.3
"""A mark is an ejector pin's ring when one outline fills this part of its hull, the hull is this round (smallest /
largest radius) and its pixels are spread this evenly over the directions (deviation / mean). A cast 0 is taller than
wide; a lone round O cannot be told from a ring."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A segmented mark: its pixels as points (n, 2), x and y of the patch, and the mean relief in grey levels."""

    points: Floats
    strength: float


def relief(patch: Patch) -> Floats:
    """How much each pixel of the disc differs from the smooth light on the pad, in grey levels; 0 outside the disc."""
    image = np.asarray(cv2.GaussianBlur(patch.image, (0, 0), 1.2), np.float32)
    depth = np.abs(image - _light(image, disc(patch, INNER)))
    return np.asarray(depth * disc(patch, INNER), np.float32)


def _light(image: Floats, inside: Pixels) -> Floats:
    """A smooth surface through the bare metal: a blur instead would carry the mark's own dark into its surroundings.

    It starts from the commonest grey, because a mark of three characters covers half of its pad.
    """
    rows, columns = np.indices(image.shape, np.float32) / image.shape[0] - 0.5
    terms = np.stack([np.ones_like(rows), columns, rows, columns * rows, columns**2, rows**2], axis=-1)
    surface = np.full(image.shape, _commonest(image[inside]), np.float32)
    for count in TERMS:
        away = np.abs(image - surface)
        bare = inside & (away <= 1.5 * np.percentile(away[inside], 30) + 1)
        factors = np.linalg.lstsq(terms[bare][::SPARSE, :count], image[bare][::SPARSE], rcond=None)[0]
        surface = np.asarray(terms[..., :count] @ factors, np.float32)
    return surface


def _commonest(values: Floats) -> float:
    """The peak of the histogram, smoothed over nine grey levels."""
    counts = np.convolve(np.bincount(np.clip(np.round(values), 0, 255).astype(int), minlength=256), np.ones(9), "same")
    return float(counts.argmax())


def find_mark(patch: Patch) -> Blob | None:
    """The mark on the pad, or None for a plain pad or one with only an ejector ring."""
    depth = relief(patch)
    inside = disc(patch, INNER)
    noise, peak = np.percentile(depth[inside], (25, 99.5))
    level = max(LOWEST, RELATIVE * float(peak), min(NOISE * float(noise), 0.6 * float(peak)))
    strokes = (depth > level).astype(np.uint8)
    labels, kept = _groups(strokes)
    if not kept:
        return None
    best = max(kept, key=lambda label: float(depth[labels == label].sum()))
    chosen = (labels == best) & (strokes > 0)
    if _is_ring(chosen):
        return None
    points = np.argwhere(chosen)[:, ::-1].astype(np.float32)
    return Blob(points, float(depth[chosen].mean()))


def _groups(strokes: Grey) -> tuple[npt.NDArray[np.int32], list[int]]:
    """Strokes that lie close together -> labels per pixel, and the labels that are large enough to be a mark."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * BRIDGE + 1, 2 * BRIDGE + 1))
    clean = _without_specks(strokes)
    count, joined = cv2.connectedComponents(cv2.dilate(clean, kernel))
    labels = np.where(clean > 0, joined, 0).astype(np.int32)
    least = SMALLEST * np.pi * RADIUS**2
    return labels, [label for label in range(1, count) if np.count_nonzero(labels == label) >= least]


def _without_specks(strokes: Grey) -> Grey:
    """Removes spots of a few pixels, which would stretch the mark's box."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes)
    keep = np.zeros(count, np.uint8)
    keep[1:] = stats[1:, cv2.CC_STAT_AREA] >= 25
    return np.asarray(keep[labels], np.uint8)


def _is_ring(chosen: Pixels) -> bool:
    contours, _ = cv2.findContours(chosen.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(np.concatenate(contours))
    filled = max(cv2.contourArea(contour) for contour in contours) / max(cv2.contourArea(hull), 1)
    middle, _ = cv2.minEnclosingCircle(hull)
    away = np.linalg.norm(hull[:, 0, :] - np.asarray(middle), axis=1)
    return filled > CLOSED and float(away.min()) > ROUND * float(away.max()) and _even_around(chosen, middle)


def _even_around(chosen: Pixels, middle: Sequence[float]) -> bool:
    """Whether the marked pixels are the same in every direction, as a ring's are and a C's are not."""
    x, y = (np.argwhere(chosen)[:, ::-1] - np.asarray(middle)).T
    sectors = np.histogram(np.arctan2(y, x), bins=12, range=(-np.pi, np.pi))[0]
    return float(sectors.std()) < UNEVEN * float(sectors.mean())
