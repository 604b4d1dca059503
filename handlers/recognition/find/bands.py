"""The bands of a coloured picture, each by itself: where grey hides a mark, one of them may show it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from handlers.recognition.models import Grey

BANDS = ("R", "B")
"""Bands that are looked at, in turn: rust is bright in red and dark in blue; green is nearly what grey shows."""
COLOURED = 12.0
"""Grey levels by which red less blue deviates over a picture from which it has colours, and not only a tint."""
SAMPLED = 256
"""Longest side, in pixels, of the small copy that this is measured on."""


def bands_of(colours: Image.Image | None) -> Iterator[Grey]:
    """The bands (height, width) of a picture in mode "RGB", one after the other; none where it has no colours."""
    if colours is None or not _is_coloured(colours):
        return
    for band in BANDS:
        yield np.asarray(colours.getchannel(band), np.uint8)


def _is_coloured(colours: Image.Image) -> bool:
    small = colours.copy()
    small.thumbnail((SAMPLED, SAMPLED), Image.Resampling.BOX)
    pixels = np.asarray(small, np.float32)
    return float((pixels[..., 0] - pixels[..., 2]).std()) > COLOURED
