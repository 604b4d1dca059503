"""A pad resampled to one size, so that masks and crops need no other scale."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from handlers.recognition.find.pads import Pad
from handlers.recognition.models import Grey

Pixels = npt.NDArray[np.bool_]

RADIUS = 80
"""Pixels of a pad's radius in its patch: marks come out 30-80 px high, near the recogniser's 48; line art softens."""
MARGIN = 1.15
"""Half side of the patch in radii."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A pad resampled to `RADIUS`: grey (side, side), the pad in its middle; `scale` is patch per picture pixels."""

    image: Grey
    pad: Pad
    scale: float

    @property
    def middle(self) -> float:
        return float(self.image.shape[0] - 1) / 2


def cut_patch(image: Grey, pad: Pad) -> Patch:
    """The pad and a little around it, enlarged or reduced; beyond the picture its edge pixels repeat."""
    scale, half = RADIUS / pad.radius, round(RADIUS * MARGIN)
    side = 2 * half + 1
    source = image if scale > 0.5 else np.asarray(cv2.blur(image, (round(0.5 / scale) * 2 + 1,) * 2), np.uint8)
    matrix = np.array([[scale, 0, half - scale * pad.centre[0]], [0, scale, half - scale * pad.centre[1]]])
    flags = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    patch = cv2.warpAffine(source, matrix, (side, side), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Patch(np.asarray(patch, np.uint8), pad, scale)


def disc(patch: Patch, part: float) -> Pixels:
    """The patch's pixels inside the pad's ellipse scaled by `part`."""
    mask = np.zeros(patch.image.shape, np.uint8)
    radii = (2 * patch.pad.radii[0] * patch.scale * part, 2 * patch.pad.radii[1] * patch.scale * part)
    cv2.ellipse(mask, ((patch.middle, patch.middle), radii, patch.pad.angle), 1, cv2.FILLED)
    return mask.astype(bool)
