"""What a camera makes of a lit scene: exposure, glare, a hand's shadow, focus, motion, few pixels, noise, JPEG."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from training.noise import Dice, blurred, grid

STEPS = (-0.5, -0.25, 0.0, 0.25, 0.5)
"""Places of a shaken camera along its way."""
_LUMINANCE = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)
"""The quantisation table for luminance of the JPEG standard (ITU T.81, annex K)."""


def taken(dice: Dice, picture: Tensor) -> Tensor:
    """The photo (n, 1, side, side) in 0..1 of a scene of any brightness."""
    picture = _moved(dice, blurred(_exposed(dice, picture), dice.often(0.7) * dice.spread(0.3, 2.6)))
    picture = _coarse(picture)
    picture = picture.clamp(min=0) ** dice.spread(0.7, 1.4)
    contrast = dice.between(0.6, 1.3)
    picture = picture * contrast + dice.between(0, 0.12)
    noise = torch.randn_like(picture) * (dice.spread(0.002, 0.04) + dice.often(0.2) * dice.between(0, 0.05))
    picture = (picture + noise).clamp(0, 1)
    picture = torch.where(dice.often(0.08) > 0, 1 - picture, picture)
    return _jpeg(dice, picture)


def _exposed(dice: Dice, picture: Tensor) -> Tensor:
    """The edge of a shadow in one of seven scenes, a glaring spot in as many; exposed for the brighter parts."""
    side = picture.shape[-1]
    x, y = grid(side, picture.device)
    turn, off = dice.between(0, 2 * math.pi), dice.normal(0.5)
    edge = torch.sigmoid((x * torch.cos(turn) + y * torch.sin(turn) - off) * dice.spread(3, 60))
    picture = picture * (1 - dice.often(0.15) * dice.between(0.3, 0.8) * edge)
    spot = torch.exp(-((x - dice.normal(0.5)) ** 2 + (y - dice.normal(0.5)) ** 2) / dice.spread(0.01, 0.4))
    level = picture.flatten(1).quantile(0.6, dim=1).view(-1, 1, 1, 1) if side <= 600 else picture.mean((2, 3), True)
    return picture / (level + 1e-3) * dice.spread(0.2, 0.85) + dice.often(0.15) * dice.between(0.1, 1) * spot


def _moved(dice: Dice, picture: Tensor) -> Tensor:
    """A shaken camera: a mean along a way of 1 to 7 pixels, in 12 of 100 scenes."""
    side = picture.shape[-1]
    x, y = grid(side, picture.device)
    turn, far = dice.between(0, 2 * math.pi), dice.often(0.12) * dice.between(1, 7)
    total = torch.zeros_like(picture)
    for step in STEPS:
        columns = x + torch.cos(turn) * far * step * 2 / side
        places = torch.stack([columns, y + torch.sin(turn) * far * step * 2 / side], -1)[:, 0]
        total = total + functional.grid_sample(picture, places, padding_mode="border", align_corners=True)
    return total / len(STEPS)


def _coarse(picture: Tensor) -> Tensor:
    """A quarter of the scenes from a sensor, or an enlargement, of fewer pixels."""
    quarter = max(1, len(picture) // 4)
    side = picture.shape[-1]
    small = int(side * float(torch.empty(1).uniform_(0.28, 0.75)))
    less = functional.interpolate(picture[:quarter], (small, small), mode="area")
    more = functional.interpolate(less, (side, side), mode="bicubic")
    return torch.cat([more, picture[quarter:]])


def _jpeg(dice: Dice, picture: Tensor) -> Tensor:
    """What coding at a quality of 30 to 95 leaves of three pictures in five."""
    cosines = _cosines(picture)
    count, _, side, _ = picture.shape
    blocks = picture.view(count, side // 8, 8, side // 8, 8).permute(0, 1, 3, 2, 4) * 255 - 128
    coded = cosines @ blocks @ cosines.T
    table = torch.tensor([float(each) for each in _LUMINANCE.split()], device=picture.device).view(1, 1, 1, 8, 8)
    quality = dice.between(30, 95).view(-1, 1, 1, 1, 1)
    factor = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
    steps = (table * factor).clamp(min=1)
    decoded = cosines.T @ (torch.round(coded / steps) * steps) @ cosines
    again = ((decoded + 128) / 255).permute(0, 1, 3, 2, 4).reshape(picture.shape).clamp(0, 1)
    return torch.where(dice.often(0.6) > 0, again, picture)


def _cosines(picture: Tensor) -> Tensor:
    """The matrix (8, 8) of the discrete cosine transform."""
    at = torch.arange(8, device=picture.device, dtype=picture.dtype)
    cosines = torch.cos((2 * at[None] + 1) * at[:, None] * math.pi / 16) * math.sqrt(2 / 8)
    cosines[0] = math.sqrt(1 / 8)
    return cosines
