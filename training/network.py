"""The small recogniser: convolutions down to one row, convolutions along the line, CTC over 36 characters."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.glyphs import CHARACTERS

CLASSES = 1 + len(CHARACTERS)
"""CTC's blank is class 0."""
STEP = 4
"""Columns of a crop per step of the answer."""


def conv(into: int, out: int, stride: tuple[int, int] | int = 1) -> nn.Module:
    return nn.Sequential(nn.Conv2d(into, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True))


class Residual(nn.Module):
    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)  # type: ignore[no-any-return]


def _along(channels: int, dilation: int) -> nn.Module:
    reach = 2 * dilation
    wide = nn.Conv2d(channels, channels, (1, 5), 1, (0, reach), (1, dilation), bias=False)
    return Residual(nn.Sequential(wide, nn.BatchNorm2d(channels), nn.ReLU(True)))


class Network(nn.Module):
    """(crops, 1, 32, width) normalised -> logits (crops, width / 4, classes)."""

    def __init__(self, a: int = 24, b: int = 48, c: int = 88, d: int = 144, e: int = 208) -> None:
        super().__init__()
        self.look = nn.Sequential(
            *(conv(1, a), conv(a, b, 2), conv(b, c, 2), *(Residual(conv(c, c)) for _ in range(2)), conv(c, d, (2, 1))),
            *(*(Residual(conv(d, d)) for _ in range(3)), nn.Conv2d(d, e, (4, 3), 1, (0, 1), bias=False)),
            *(nn.BatchNorm2d(e), nn.ReLU(True)),
        )
        self.line = nn.Sequential(*(_along(e, dilation) for dilation in (1, 2, 4, 2, 1)), nn.Dropout(0.1))
        self.head = nn.Conv2d(e, CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.line(self.look(x)))
        return logits.squeeze(2).transpose(1, 2)


class Answering(nn.Module):
    """What is exported: probabilities instead of logits."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        return torch.softmax(self.network(x), dim=2)
