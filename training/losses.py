"""How wrong both networks are on a batch, of which only what a photo shows is asked."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.batches import Batch, Print
from training.crops import ROWS, WIDTHS, Cut, cut_out
from training.layout import CELL
from training.light import photographed

DISTIL = 2.0
"""How much the distance from the untouched recogniser's answers on print counts beside reading."""
LEGIBLE = 0.5
"""How much a line changes the picture, against what is there without it, from which it is to be found and read."""
EVEN = 64
"""On a GPU, crops are filled up to a multiple of this: each new number of them costs its libraries seconds."""


def step(networks: nn.ModuleDict, teacher: nn.Module, batch: Batch) -> list[Tensor]:
    """Losses: reading, keeping print, cores, angles and heights; then, to be told, lines legible and crops read."""
    device = next(networks.parameters()).device
    with torch.no_grad():
        pictures, legible = _seen(batch, device)
    read, kept, right = _reading(networks["recogniser"], teacher, pictures, legible, batch)
    core, along = _finding(networks["finder"], pictures, legible, batch)
    share = torch.cat([each[1:] for each in legible]).float().mean()
    return [read, DISTIL * kept, core, along, share, right]


def _seen(batch: Batch, device: torch.device) -> tuple[Tensor, list[Tensor]]:
    """The photos, and for each scene which of its lines (by number, 0 is none) can be seen in it.

    Each scene is photographed twice in the same light, with its text and without.
    """
    text, parts = batch.text.to(device).float() / 255, batch.parts.to(device).float() / 255
    cap, near = batch.cap.to(device), batch.near.to(device).long()
    seed = int(torch.randint(2**31, (1,)))
    shown = []
    for mask in (text, torch.zeros_like(text)):
        torch.manual_seed(seed)
        shown.append(photographed(mask, parts, cap))
    torch.manual_seed(seed + 1)
    pictures, bare = shown
    change = functional.avg_pool2d((pictures - bare) ** 2, CELL)
    ground = functional.avg_pool2d((bare - _smooth(bare)) ** 2, CELL)
    return pictures, [_legible(*each) for each in zip(near, change, ground, strict=True)]


def _legible(near: Tensor, change: Tensor, ground: Tensor) -> Tensor:
    """For each number of `near`, whether the picture changes enough there."""
    count, index = int(near.max()) + 1, near.flatten()
    cells = torch.bincount(index, minlength=count).clamp(min=1)
    moved = torch.bincount(index, change.flatten(), count) / cells
    there = torch.bincount(index, ground.flatten(), count) / cells
    seen = moved.sqrt() / (there.sqrt() + 0.02) > LEGIBLE
    seen[0] = False
    return seen


def _smooth(pictures: Tensor) -> Tensor:
    return functional.avg_pool2d(functional.pad(pictures, (7, 7, 7, 7), mode="replicate"), 15, 1)


def _reading(
    network: nn.Module, teacher: nn.Module, pictures: Tensor, legible: list[Tensor], batch: Batch
) -> tuple[Tensor, Tensor, Tensor]:
    """CTC's loss for each crop, the distance from the untouched network's answers on print, the share read right."""
    seen = [each.cpu().tolist() for each in legible]
    chosen = [each for each in batch.cuts if each.line < 0 or seen[each.scene][each.line + 1]]
    sums = torch.zeros(3, device=pictures.device)
    count, prints = 0, 0
    for low, width in zip((0, *WIDTHS), WIDTHS, strict=False):
        group = [each for each in chosen if low < each.columns <= width]
        printed = [each for each in batch.prints if low < each.picture.shape[1] <= width]
        if group:
            sums = sums + _of_width(network, teacher, pictures, group, printed, width)
            count, prints = count + len(group), prints + len(printed)
    return sums[0] / max(count, 1), sums[1] / max(prints, 1), (sums[2] / max(count, 1)).detach()


def _of_width(
    network: nn.Module, teacher: nn.Module, pictures: Tensor, group: list[Cut], printed: list[Print], width: int
) -> Tensor:
    """The same sums (3) for the crops of one width."""
    even = EVEN if pictures.is_cuda else 1
    crops = _varied(cut_out(pictures, group + [group[0]] * (-len(group) % even), width))
    clean = _stacked(printed, width, even).to(crops.device)
    both = torch.cat([crops, clean])
    with torch.autocast(both.device.type, torch.bfloat16, enabled=both.is_cuda):
        logits = network(both.contiguous(memory_format=torch.channels_last)).float()
    loss, exact = _spelt(logits[: len(group)], [each.codes for each in group])
    kept = _kept(logits[len(crops) :][: len(printed)], teacher, clean, len(printed))
    return torch.stack([loss, kept, exact])


def _stacked(printed: Sequence[Print], width: int, even: int) -> Tensor:
    """Crops of print (n, 3, ROWS, width) in -1..1, filled up to a multiple of `even`."""
    crops = torch.zeros(len(printed) + -len(printed) % even, 1, ROWS, width)
    for row, each in zip(crops, printed, strict=False):
        row[0, :, : each.picture.shape[1]] = torch.from_numpy(each.picture).float() / 127.5 - 1
    return crops.expand(-1, 3, -1, -1)


def _kept(logits: Tensor, teacher: nn.Module, clean: Tensor, count: int) -> Tensor:
    """The distance (Kullback and Leibler's) from the untouched network's answers."""
    if not count:
        return torch.zeros((), device=clean.device)
    with torch.no_grad(), torch.autocast(clean.device.type, torch.bfloat16, enabled=clean.is_cuda):
        known = teacher.teacher(clean)[:count]
    return functional.kl_div(logits.log_softmax(2), known.float(), reduction="none").sum(2).mean(1).sum()


def _varied(crops: Tensor) -> Tensor:
    """A little more or less contrast and light, as three channels; what is filled up stays 0."""
    count = len(crops)
    factor = torch.exp(0.5 * torch.randn(count, 1, 1, 1, device=crops.device)).clamp(0.6, 3)
    there = (crops != 0).float()
    mean = crops.sum((2, 3), True) / there.sum((2, 3), True).clamp(min=1)
    changed = ((crops - mean) * factor + mean + 0.15 * torch.randn(count, 1, 1, 1, device=crops.device)).clamp(-1, 1)
    return (changed * there).expand(-1, 3, -1, -1)


def _spelt(logits: Tensor, truths: list[tuple[int, ...]]) -> tuple[Tensor, Tensor]:
    """The sum of CTC's losses for each crop, and how many are read right."""
    lengths = torch.tensor([len(each) for each in truths])
    targets = torch.tensor([code for each in truths for code in each], dtype=torch.long).to(logits.device)
    steps = torch.full((len(truths),), logits.shape[1], dtype=torch.long)
    likely = logits.log_softmax(2).transpose(0, 1)
    losses = functional.ctc_loss(likely, targets, steps, lengths, reduction="none", zero_infinity=True)
    with torch.no_grad():
        exact = _exact(logits.argmax(2), truths)
    return (losses / lengths.to(logits.device).clamp(min=1).sqrt()).sum(), exact


def _exact(best: Tensor, truths: list[tuple[int, ...]]) -> Tensor:
    said = [[code for at, code in enumerate(row) if code and (at == 0 or code != row[at - 1])] for row in best.tolist()]
    right = sum(tuple(row) == truth for row, truth in zip(said, truths, strict=True))
    return torch.tensor(float(right), device=best.device)


def _finding(network: nn.Module, pictures: Tensor, legible: list[Tensor], batch: Batch) -> tuple[Tensor, Tensor]:
    """The losses of cores, and of angles and heights; where a line cannot be seen nothing is asked."""
    near = batch.near.to(pictures.device).long()
    seen = torch.stack([each[number] for each, number in zip(legible, near, strict=True)]).float()
    hidden = ((near > 0) & (seen == 0)).float()[:, None]
    ignored = functional.interpolate(functional.max_pool2d(hidden, 5, 1, 2), scale_factor=CELL, mode="nearest")
    with torch.autocast(pictures.device.type, torch.bfloat16, enabled=pictures.is_cuda):
        cores, along = network((pictures * 2 - 1).expand(-1, 3, -1, -1).contiguous(memory_format=torch.channels_last))
    cores, along = cores.float(), along.float()
    core = _core(cores, batch.core.to(pictures.device).float()[:, None] / 255, 1 - ignored)
    aim = batch.along.to(pictures.device)
    off = (along[:, :2] - aim[:, :2]).abs().sum(1) + 0.7 * (along[:, 2] - aim[:, 2]).abs()
    return core, (off * seen).sum() / seen.sum().clamp(min=1)


def _core(logits: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Cross entropy, of the ground only where it is worst, three pixels for each of a core, and the overlap (dice)."""
    each = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") * weight
    inside = (truth > 0.5) & (weight > 0)
    count = int(inside.sum())
    ground = each[~inside]
    worst = ground.topk(min(len(ground), max(3 * count, 20000))).values
    entropy = (each[inside].sum() + worst.sum()) / (count + len(worst))
    likely = logits.sigmoid() * weight
    both, sums = (likely * truth).sum((1, 2, 3)), likely.sum((1, 2, 3)) + (truth * weight).sum((1, 2, 3))
    return 2 * entropy + (1 - (2 * both + 50) / (sums + 50)).mean()
