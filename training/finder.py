"""The line finder: a small feature pyramid over the picture, one answer per cell of four pixels."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from training.network import Residual, conv

ANSWERS = 3
"""How likely the cell belongs to a line's core (logit); cosine and sine of twice the line's angle."""


class Finder(nn.Module):
    """(pictures, 1, height, width) normalised, sides multiples of 32 -> (pictures, 3, height / 4, width / 4)."""

    def __init__(self, widths: tuple[int, ...] = (12, 24, 48, 72, 96), top: int = 32) -> None:
        super().__init__()
        a, b, c, d, e = widths
        self.stem = nn.Sequential(conv(1, a, 2), conv(a, b, 2), Residual(conv(b, b)))
        self.eighth = nn.Sequential(conv(b, c, 2), Residual(conv(c, c)))
        self.sixteenth = nn.Sequential(conv(c, d, 2), Residual(conv(d, d)), Residual(conv(d, d)))
        self.last = nn.Sequential(conv(d, e, 2), Residual(conv(e, e)), Residual(conv(e, e)))
        self.sides = nn.ModuleList(nn.Conv2d(width, top, 1) for width in (b, c, d, e))
        self.merge = nn.ModuleList(conv(top, top) for _ in range(3))
        self.head = nn.Conv2d(top, ANSWERS, 1)

    def forward(self, x: Tensor) -> Tensor:
        levels = [self.stem(x)]
        for stage in (self.eighth, self.sixteenth, self.last):
            levels.append(stage(levels[-1]))
        above = self.sides[3](levels[3])
        for index in (2, 1, 0):
            above = self.merge[index](self.sides[index](levels[index]) + interpolate(above, scale_factor=2.0))
        out: Tensor = self.head(above)
        return out


class Answering(nn.Module):
    """What is exported: the first answer as a probability."""

    def __init__(self, finder: Finder) -> None:
        super().__init__()
        self.finder = finder

    def forward(self, x: Tensor) -> Tensor:
        out = self.finder(x)
        return torch.cat([torch.sigmoid(out[:, :1]), out[:, 1:]], dim=1)


def normalised(pictures: Tensor) -> Tensor:
    """Grey pictures (pictures, 1, height, width) in 0..255 -> mean 0 and deviation 1 each."""
    mean, spread = pictures.mean((2, 3), keepdim=True), pictures.std((2, 3), keepdim=True)
    return (pictures - mean) / spread.clamp(min=4.0)
