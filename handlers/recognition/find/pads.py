"""Finds the bolt pads of a hub: bright, round, mostly smooth discs, one of which carries the mark."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from handlers.recognition.find.drawn import RING, is_drawn, ring_of
from handlers.recognition.models import Floats, Grey

Pixels = npt.NDArray[np.bool_]

WORK_SIDE = 640
"""Longest side, in pixels, of the copy that is searched: the size of the foundry's own hub photos."""
LEVELS = range(45, 250, 18)
"""Grey levels at which contours are taken; several find the marked pad in 300 of 300 synthetic photos, in 19 ms."""
MIN_RADIUS = 0.025
MAX_RADIUS = 0.62
"""Mean radius of a pad as a part of the shorter side; the top is a photo of one pad (62x61 px) that crops its edge."""
MIN_ROUNDNESS = 0.72
"""4 pi area / perimeter^2 of the contour: 1 for a circle, 0.79 for a square; a pad seen at 45 degrees has 0.90."""
MIN_FILL = 0.92
"""Contour area / area of its ellipse: scratches and recess walls make ragged contours."""
MAX_STRETCH = 1.5
"""Longer axis / shorter axis: a pad seen from 48 degrees."""
MIN_STEP = 12.0
"""Grey levels by which a pad is brighter than what surrounds it."""
MIN_SMOOTH = 0.55
"""Part of the pad within a third of the step around its median; the mark and its relief cover less than the rest."""
SAME_PAD = 0.55
"""Outlines belong to one pad when radii and centres agree this well."""
FACE_PADS = 3
"""Discs around the middle of a larger one that make it the hub's face: hubs have four to six bolt pads."""
CLOSE_UP = 0.25
"""Radius, as a part of the picture's shorter side, from which one pad is the subject of the photo."""
DRAWN = 1.035
"""Radius of the line around a pad in line art, as a part of the pad's: beyond the line the paper is white again."""


@dataclass(frozen=True, slots=True)
class Pad:
    """A pad as an ellipse in pixels of the picture; `angle` in degrees turns `radii` clockwise on the screen.

    `energy`: the mean gradient inside times the radius; `rim`: the mean gradient on the outline; both in grey levels.
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    angle: float
    energy: float = 0.0
    rim: float = 0.0

    @property
    def radius(self) -> float:
        """The radius of the circle of equal area."""
        return math.sqrt(self.radii[0] * self.radii[1])

    def scaled(self, factor: float) -> Pad:
        """The same pad in a picture `factor` times as large."""
        (x, y), (a, b) = self.centre, self.radii
        return Pad((x * factor, y * factor), (a * factor, b * factor), self.angle, self.energy, self.rim)


def find_pads(image: Grey) -> list[Pad]:
    """All pads of a grey picture (height, width) in its own pixels, the most structured first."""
    small, factor = shrink(image, WORK_SIDE)
    smooth = np.asarray(cv2.GaussianBlur(small, (5, 5), 0), np.uint8)
    slopes = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    edges = np.asarray(cv2.magnitude(*slopes), np.float32)
    found = [judged for pad in _outlines(smooth) if (judged := _judge(pad, smooth, edges)) is not None]
    chosen = _outermost([max(group, key=lambda pad: pad.rim) for group in _concentric(found)])
    return [pad.scaled(1 / factor) for pad in sorted(chosen, key=lambda pad: -pad.energy)]


def shrink(image: Grey, side: int) -> tuple[Grey, float]:
    """The picture with its longest side at most `side`, and the factor that was applied (1 for small ones)."""
    factor = side / max(image.shape)
    if factor >= 1:
        return image, 1.0
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def _concentric(pads: list[Pad]) -> list[list[Pad]]:
    """Groups the outlines of each physical pad: levels low on a soft rim find it larger than it is."""
    groups: list[list[Pad]] = []
    for pad in sorted(pads, key=lambda pad: -pad.radius):
        same = (
            g for g in groups if math.dist(pad.centre, g[0].centre) < SAME_PAD * pad.radius > SAME_PAD**2 * g[0].radius
        )
        home = next(same, None)
        if home is None:
            groups.append([pad])
        else:
            home.append(pad)
    return groups


def _outermost(pads: list[Pad]) -> list[Pad]:
    """Drops the face of the hub, which holds the pads, and the characters and ejector marks, which pads hold."""
    pads = [pad for pad in pads if sum(_holds_pad(pad, other) for other in pads) < FACE_PADS]
    return [pad for pad in pads if not any(math.dist(pad.centre, o.centre) < o.radius > pad.radius for o in pads)]


def _holds_pad(face: Pad, pad: Pad) -> bool:
    away = math.dist(face.centre, pad.centre) / face.radius
    return 0.4 < away < 1.0 and 0.085 < pad.radius / face.radius < 0.35


def _outlines(image: Grey) -> list[Pad]:
    """Ellipses of all round contours at all levels."""
    shorter = min(image.shape)
    pads: list[Pad] = []
    for level in LEVELS:
        # A white frame around the picture would join everything; a black one closes pads cut by the border.
        binary = cv2.copyMakeBorder((image > level).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
        contours, _ = cv2.findContours(binary, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE, offset=(-1, -1))
        pads += [pad for contour in contours if (pad := _ellipse(np.asarray(contour, np.int32), shorter)) is not None]
    return [*pads, *_drawn(image)] if is_drawn(image) else pads


def _drawn(image: Grey) -> list[Pad]:
    """The white inside the ring of line art that is about one pad."""
    outer = ring_of(image)
    pad = _ellipse(outer, min(image.shape)) if outer is not None else None
    return [replace(pad, radii=(pad.radii[0] * RING, pad.radii[1] * RING))] if pad is not None else []


def _ellipse(contour: np.ndarray[tuple[int, ...], np.dtype[np.int32]], shorter: int) -> Pad | None:
    if len(contour) < 2 * math.pi * MIN_RADIUS * shorter * 0.8 or len(contour) < 12:
        return None
    hull = cv2.convexHull(contour)
    area, around = cv2.contourArea(hull), cv2.arcLength(hull, True)
    radius = math.sqrt(area / math.pi)
    if not MIN_RADIUS * shorter <= radius <= MAX_RADIUS * shorter:
        return None
    if 4 * math.pi * area < MIN_ROUNDNESS * around**2 or cv2.contourArea(contour) < MIN_FILL * area:
        return None
    (x, y), (width, height), angle = cv2.fitEllipse(hull) if len(hull) >= 5 else cv2.minAreaRect(hull)
    # The ellipse may be larger than its contour: background between dark spokes makes one that holds the picture.
    too_large = width * height > (2 * MAX_RADIUS * shorter) ** 2
    if too_large or min(width, height) <= 0 or max(width, height) > MAX_STRETCH * min(width, height):
        return None
    return Pad((x, y), (width / 2, height / 2), angle)


def _judge(found: Pad, picture: Grey, gradient: Floats) -> Pad | None:
    """The pad with its edge energy, or None when it is no brighter than its surroundings or textured all over."""
    pad, image, edges = _window(found, picture, gradient)
    inner, rim, outer = (_inside(pad, image, part) for part in (0.82, 1.02, 1.14))
    ring, band = outer & ~rim, rim & ~_inside(pad, image, 0.96)
    if inner.sum() < 30 or ring.sum() < 10 or not band.any():
        return None
    middle = float(np.median(image[inner]))
    step = middle - _surroundings(pad, image, ring, pad.radius > CLOSE_UP * min(picture.shape))
    if step < MIN_STEP or np.mean(np.abs(image[inner] - middle) < max(step / 3, 8)) < MIN_SMOOTH:
        return None
    return replace(found, energy=float(edges[inner].mean()) * pad.radius, rim=float(edges[band].mean()))


def _surroundings(pad: Pad, image: Grey, ring: Pixels, close_up: bool) -> float:
    """The grey around the pad: of the recess, or of the line drawn around it where it is the subject of line art."""
    recess = float(np.median(image[ring]))
    line = _inside(pad, image, DRAWN) & ~_inside(pad, image, 1.0) if close_up else ring
    return min(recess, float(np.median(image[line]))) if line.any() else recess


def _window(pad: Pad, image: Grey, edges: Floats) -> tuple[Pad, Grey, Floats]:
    """The pad and both pictures cut to its surroundings: masks of the whole picture cost ten times as much."""
    reach = 1.2 * max(pad.radii)
    left, top = (max(0, math.floor(middle - reach)) for middle in pad.centre)
    cut = (slice(top, math.ceil(pad.centre[1] + reach)), slice(left, math.ceil(pad.centre[0] + reach)))
    return replace(pad, centre=(pad.centre[0] - left, pad.centre[1] - top)), image[cut], edges[cut]


def _inside(pad: Pad, image: Grey, part: float) -> Pixels:
    """The picture's pixels inside the pad scaled by `part`."""
    mask = np.zeros(image.shape, np.uint8)
    axes = (max(1.0, 2 * pad.radii[0] * part), max(1.0, 2 * pad.radii[1] * part))
    cv2.ellipse(mask, (pad.centre, axes, pad.angle), 1, cv2.FILLED)
    return mask.astype(bool)
