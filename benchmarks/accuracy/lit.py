"""Scenes of training's, lit: their truths and their pictures. They need torch."""

from collections.abc import Iterator

import numpy as np
import torch

from handlers.recognition.models import Grey
from training.glyphs import faces
from training.layout import Line
from training.light import photographed
from training.scenes import draw

SEED = 101
"""Of scenes that nothing was trained on: training takes its seeds from the clock."""


def scenes(count: int) -> Iterator[tuple[list[Line], Grey]]:
    """The lines of each scene, and its picture (side, side)."""
    random = np.random.default_rng([SEED])
    torch.manual_seed(SEED)
    fonts = faces()
    for _ in range(count):
        layout = draw(random, fonts)
        text, parts = (torch.from_numpy(each[None]).float() / 255 for each in (layout.text, layout.parts))
        with torch.no_grad():
            lit = photographed(text, parts, torch.tensor([layout.cap]))[0, 0].numpy()
        yield layout.lines, np.asarray(np.clip(lit, 0, 1) * 255, np.uint8)
