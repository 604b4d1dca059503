"""Cached crops as the network sees them, each time a little different: (crops, 48, columns) -> (crops, 1, 32, columns).

A crop is seen about ten times, so it is made wider, leaning, blurred, noisier, unevenly lit, blotched or inverted.
Where crops are plenty the network is held back by that rather than kept from learning them by heart: `slightly`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, grid_sample, interpolate

from training.shards import ROWS, Batch

OUT = 32
MARGIN = 4
"""Columns before the first and behind the last character: the padding of a crop in the network's rows."""
MULTIPLE = 16
STRETCH, LITTLE = 0.12, 0.04
LEAST_SPREAD, FARTHEST = 2.0, 4.0
"""As in `handlers/recognition/proposer.py`."""


def plain(batch: Batch) -> tuple[Tensor, Tensor]:
    """The crops as the reader prepares them, and the columns that each one fills."""
    columns = (batch.widths * OUT / ROWS).round().clamp(min=8)
    return _stretched(_sampled(batch, columns, None), columns), columns


def varied(batch: Batch) -> tuple[Tensor, Tensor]:
    """The same, varied at random."""
    columns = (batch.widths * OUT / ROWS * _uniform(batch, 1 - STRETCH, 1 + STRETCH)).round().clamp(min=8)
    image = _sampled(batch, columns, _moved(batch))
    image = _lit(image, batch)
    image = _stretched(image, columns)
    image = torch.where(_chance(batch, 0.15), _soft(image), image)
    image = image + _some(batch, 0.2, -0.15, 0.15) * (image * image - 1)
    image = image + torch.randn_like(image) * (_uniform4(batch, 0, 0.12) + _some(batch, 0.25, 0, 0.4))
    image = torch.where(_chance(batch, 0.12), -image, image)
    return image * _filled(image, columns), columns


def slightly(batch: Batch) -> tuple[Tensor, Tensor]:
    """The same, nearly as they were drawn: half of the batches moved, a little wider and noisier, some inverted."""
    columns = (batch.widths * OUT / ROWS * _uniform(batch, 1 - LITTLE, 1 + LITTLE)).round().clamp(min=8)
    image = _stretched(_sampled(batch, columns, _moved(batch) if torch.rand(()) < 0.5 else None), columns)
    image = image + torch.randn_like(image) * _uniform4(batch, 0, 0.05)
    image = torch.where(_chance(batch, 0.06), -image, image)
    return image * _filled(image, columns), columns


def _moved(batch: Batch) -> tuple[Tensor, Tensor]:
    """Half of the crops lean, turn and move a little; all lose up to two rows at the top and bottom: matrix, shift."""
    half = (torch.rand(len(batch.widths), device=batch.crops.device) < 0.5).float()
    normal = torch.randn(3, len(batch.widths), device=batch.crops.device) * half
    turn = normal[0] * math.radians(2) * (2 * ROWS / batch.widths).clamp(max=1)
    tall = 1 + half * _uniform(batch, -0.08, 0.08)
    cut = torch.randint(0, 3, (2, len(batch.widths)), device=batch.crops.device).float()
    tall = tall * ROWS / (ROWS - cut.sum(0))
    rows = torch.stack(
        [torch.stack([turn.cos(), normal[1] * 0.07 - turn.sin()], 1), torch.stack([turn.sin(), tall * turn.cos()], 1)],
        1,
    )
    return torch.linalg.inv(rows), (cut[0] - cut[1]) / 2 - normal[2]


def _sampled(batch: Batch, columns: Tensor, moved: tuple[Tensor, Tensor] | None) -> Tensor:
    """Crops at the network's rows: sampled twice as fine and averaged, as OpenCV's INTER_AREA does about."""
    count, device = len(batch.widths), batch.crops.device
    widest = batch.crops.shape[2]
    wide = -(-math.ceil(widest * OUT / ROWS * (1 + STRETCH)) // MULTIPLE) * MULTIPLE
    x = (torch.arange(2 * wide, device=device) + 0.5)[None] * (batch.widths / columns / 2)[:, None]
    y = (torch.arange(2 * OUT, device=device) + 0.5) * (ROWS / OUT / 2)
    x, y = x[:, None, :].expand(count, 2 * OUT, -1), y[None, :, None].expand(count, -1, 2 * wide)
    if moved is not None:
        matrix, shift = moved
        middle = (batch.widths / 2)[:, None, None]
        dx, dy = x - middle, y - ROWS / 2
        m = matrix[:, :, :, None, None]
        x = m[:, 0, 0] * dx + m[:, 0, 1] * dy + middle
        y = m[:, 1, 0] * dx + m[:, 1, 1] * dy + ROWS / 2 + shift[:, None, None]
    x = torch.minimum(x.clamp(min=0.5), (batch.widths - 0.5)[:, None, None])
    grid = torch.stack([x * 2 / widest - 1, y * 2 / ROWS - 1], 3)
    image = grid_sample(batch.crops[:, None].float(), grid, padding_mode="border", align_corners=False)
    return avg_pool2d(image, 2)


def _lit(image: Tensor, batch: Batch) -> Tensor:
    """Light that falls off, worn or dirty patches, in the crop's own contrast."""
    spread = image.std((2, 3), keepdim=True)
    slope = torch.linspace(-1, 1, image.shape[3], device=image.device)[None, None, None, :]
    fall = torch.linspace(-1, 1, OUT, device=image.device)[None, None, :, None]
    light = _some(batch, 0.3, -1, 1) * slope + _some(batch, 0.3, -0.7, 0.7) * fall
    patches = _clouds(image, 8, 8)
    worn = 1 - _some(batch, 0.3, 0.1, 0.7) * (0.5 + 0.5 * patches).clamp(0, 1)
    mean = image.mean((2, 3), keepdim=True)
    dirt = _some(batch, 0.3, 0.1, 0.6) * _clouds(image, 4, 6) + _some(batch, 0.2, 0.1, 0.4) * _clouds(image, 2, 3)
    return mean + (image - mean) * worn + spread * (light + dirt)


def _clouds(image: Tensor, down: int, along: int) -> Tensor:
    """Smooth noise with blotches of so many rows and columns, deviation about 1."""
    shape = (image.shape[0], 1, OUT // down + 2, image.shape[3] // along + 2)
    coarse = torch.randn(shape, device=image.device)
    return interpolate(coarse, size=image.shape[2:], mode="bicubic", align_corners=False) * 1.2


def _stretched(image: Tensor, columns: Tensor) -> Tensor:
    """Mean 0 and deviation 1 over the columns that are filled, 0 beyond."""
    filled = _filled(image, columns)
    count = filled.sum((2, 3), keepdim=True) * OUT
    mean = (image * filled).sum((2, 3), keepdim=True) / count
    spread = (((image - mean) * filled) ** 2).sum((2, 3), keepdim=True).div(count).sqrt().clamp(min=LEAST_SPREAD)
    return ((image - mean) / spread).clamp(-FARTHEST, FARTHEST) * filled


def _filled(image: Tensor, columns: Tensor) -> Tensor:
    return (torch.arange(image.shape[3], device=image.device)[None] < columns[:, None])[:, None, None, :].float()


def _soft(image: Tensor) -> Tensor:
    kernel = torch.tensor([0.06, 0.24, 0.4, 0.24, 0.06], device=image.device)
    across = conv2d(image, kernel.view(1, 1, 1, 5), padding=(0, 2))
    return conv2d(across, kernel.view(1, 1, 5, 1), padding=(2, 0))


def _uniform(batch: Batch, low: float, high: float) -> Tensor:
    return low + (high - low) * torch.rand(len(batch.widths), device=batch.crops.device)


def _uniform4(batch: Batch, low: float, high: float) -> Tensor:
    return _uniform(batch, low, high)[:, None, None, None]


def _chance(batch: Batch, part: float) -> Tensor:
    return (torch.rand(len(batch.widths), device=batch.crops.device) < part)[:, None, None, None]


def _some(batch: Batch, part: float, low: float, high: float) -> Tensor:
    """A number between low and high for that part of the crops, 0 for the others."""
    return _uniform4(batch, low, high) * _chance(batch, part)
