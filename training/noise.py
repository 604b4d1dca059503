"""What surfaces are mixed from: random numbers for each scene of a batch, noises of several grains, blurs.

Everything is one torch tensor operation over a batch, so that a GPU lights some thousand scenes a second.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional

OCTAVES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Pixels of a grain of the noises."""
BLURS = (0.0, 0.7, 1.4, 2.8, 5.6, 11.2)
"""Standard deviations in pixels of the blurs that any other is mixed from."""


class Dice:
    """Random numbers, one for each scene of a batch, shaped to be spread over its pixels."""

    def __init__(self, count: int, device: torch.device) -> None:
        self.count, self.device = count, device

    def between(self, low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(self.count, 1, 1, 1, device=self.device)

    def spread(self, low: float, high: float) -> Tensor:
        """Between both, evenly in their logarithm."""
        return torch.exp(self.between(math.log(low), math.log(high)))

    def normal(self, deviation: float) -> Tensor:
        return deviation * torch.randn(self.count, 1, 1, 1, device=self.device)

    def often(self, part: float) -> Tensor:
        """1 for that part of the scenes, 0 for the others."""
        return (torch.rand(self.count, 1, 1, 1, device=self.device) < part).float()


def noises(dice: Dice, side: int) -> Tensor:
    """White noise with grains of each of `OCTAVES` pixels (n, 8, side, side), deviation about 1."""
    made = []
    for size in OCTAVES:
        small = torch.randn(dice.count, 1, side // size + 2, side // size + 2, device=dice.device)
        made.append(functional.interpolate(small, (side, side), mode="bicubic") * (1.25 if size > 1 else 1.0))
    return torch.cat(made, 1)


def mixed(dice: Dice, grains: Tensor, finest: int, coarsest: int) -> Tensor:
    """A noise of grains between two octaves, mixed differently for each scene, deviation about 1."""
    weights = torch.rand(dice.count, coarsest - finest, 1, 1, device=dice.device) ** 2
    total = (_turned(grains[:, finest:coarsest]) * weights).sum(1, keepdim=True)
    return total / (weights.pow(2).sum(1, keepdim=True).sqrt() + 1e-3)


def _turned(grains: Tensor) -> Tensor:
    """The same noise in one of its eight symmetries: two surfaces of one scene shall not have the same grain."""
    turn, mirrored = int(torch.randint(4, (1,))), int(torch.randint(2, (1,)))
    return torch.rot90(grains.flip(3) if mirrored else grains, turn, (2, 3))


def streaks(dice: Dice, side: int) -> Tensor:
    """Brushed or turned metal: noise drawn out along one direction, or around a centre."""
    long = torch.randn(dice.count, 1, side, side // 24 + 2, device=dice.device)
    long = functional.interpolate(long, (side, side), mode="bilinear")
    fine = torch.randn(dice.count, 1, side // 3, side // 40 + 2, device=dice.device)
    long = long + 1.5 * functional.interpolate(fine, (side, side), mode="bilinear")
    x, y = grid(side, dice.device)
    turn = dice.between(0, 2 * math.pi)
    u, v = x * torch.cos(turn) + y * torch.sin(turn), y * torch.cos(turn) - x * torch.sin(turn)
    dx, dy = x - dice.between(-1.5, 1.5), y - dice.between(-1.5, 1.5)
    away, around = torch.hypot(dx, dy), torch.atan2(dy, dx) / math.pi
    lathe = dice.often(0.3)
    places = torch.stack([u * (1 - lathe) + around * lathe, v * (1 - lathe) + (away % 1.0 * 2 - 1) * lathe], -1)[:, 0]
    return functional.grid_sample(long, places, padding_mode="reflection", align_corners=False)


def grid(side: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Columns and rows (1, 1, side, side) from -1 to 1."""
    line = torch.linspace(-1, 1, side, device=device)
    return line.view(1, 1, 1, -1).expand(1, 1, side, side), line.view(1, 1, -1, 1).expand(1, 1, side, side)


def blurred(image: Tensor, sigma: Tensor) -> Tensor:
    """Each picture of the batch blurred by its own `sigma` in pixels, between the nearest two of `BLURS`."""
    out = torch.zeros_like(image)
    kept = image
    for low, high in pairwise(BLURS):
        further = _gauss(kept, math.sqrt(high**2 - low**2))
        part = ((sigma - low) / (high - low)).clamp(0, 1)
        inside = ((sigma >= low) & ((sigma < high) | (high == BLURS[-1]))).float()
        out = out + inside * (kept * (1 - part) + further * part)
        kept = further
    return out


def _gauss(image: Tensor, sigma: float) -> Tensor:
    reach = max(1, math.ceil(2.5 * sigma))
    at = torch.arange(-reach, reach + 1, device=image.device, dtype=image.dtype)
    kernel = torch.exp(-0.5 * (at / sigma) ** 2)
    kernel = kernel / kernel.sum()
    channels = image.shape[1]
    row = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    padded = functional.pad(image, (reach, reach, reach, reach), mode="replicate")
    return functional.conv2d(functional.conv2d(padded, row, groups=channels), row.transpose(2, 3), groups=channels)
