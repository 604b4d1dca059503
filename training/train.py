"""Trains the small recogniser: python -m training.train FOLDER OUT MINUTES; on a GPU where there is one.

Shards may still be drawn meanwhile. What is kept are averaged weights (`marks.pt`), of which `training.export` makes
the ONNX file.
"""

from __future__ import annotations

import copy
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, ctc_loss

from training.network import STEP, Network
from training.shards import Batch, Shards, picked
from training.varied import MARGIN, plain, varied

HELD_BACK = 900
"""Shards from this seed on are never trained on."""
BATCH = 1024
GUIDED = 0.08
"""Part of the training in which characters are also shown where they stand, evenly spaced: CTC alone answers only
blanks for its first thousand steps."""
BLANKS = 0.7
"""Weight of a crop without text; less while guided."""
RATE = 3e-3
WARM = 0.04
KEEP = 0.9985
"""Decay of the averaged weights, which are what is kept."""
SEED = 20
TELL = 25.0


def main() -> None:
    folder, out, minutes = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(SEED)
    out.mkdir(parents=True, exist_ok=True)
    network = Network().to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    print(sum(p.numel() for p in network.parameters()), "parameters on", device, flush=True)
    train(network, folder, out, minutes * 60, device)


def train(network: Network, folder: Path, out: Path, seconds: float, device: torch.device) -> None:
    random = np.random.default_rng(SEED)
    shards, held = (_drawn(Shards(folder, *seeds, device)) for seeds in ((0, HELD_BACK), (HELD_BACK, HELD_BACK + 1)))
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02, fused=device.type == "cuda")
    average, began, told, steps = copy.deepcopy(network), time.time(), time.time(), 0
    losses = torch.zeros((), device=device)
    while (done := (time.time() - began) / seconds) < 1:
        guide = max(0.0, 1 - done / GUIDED)
        optimiser.param_groups[0]["lr"] = rate(done)
        losses += _step(network, optimiser, shards.draw(random, BATCH), guide)
        blend(average, network, min(KEEP, (1 + steps) / (10 + steps)))
        steps += 1
        if time.time() - told > TELL:
            print(
                f"{time.time() - began:5.0f} s {steps} steps of {BATCH} of {len(shards)},", f"loss {losses.item():.1f}"
            )
            print("   ", *validate(average, held), flush=True)
            torch.save(average.state_dict(), out / "marks.pt")
            shards.refresh()
            losses, told = torch.zeros((), device=device), time.time()
    print("held back", *validate(average, held), flush=True)
    torch.save(average.state_dict(), out / "marks.pt")


def _drawn(shards: Shards) -> Shards:
    """The shards, once there are any."""
    while not len(shards):
        time.sleep(1)
        shards.refresh()
    return shards


def rate(done: float) -> float:
    """Warm up, then a cosine down to nothing."""
    return RATE * min(done / WARM, 0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6


def _step(network: Network, optimiser: torch.optim.Optimizer, batch: Batch, guide: float) -> Tensor:
    network.train()
    with torch.no_grad():
        images, columns = varied(batch)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=images.is_cuda):
        logits = network(images.contiguous(memory_format=torch.channels_last)).float()
    loss = loss_of(logits, batch, 0.15 if guide > 0.5 else BLANKS)
    if guide > 0:
        loss = loss + guide * _guided(logits, batch, columns)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
    optimiser.step()
    return loss.detach()


def loss_of(logits: Tensor, batch: Batch, blanks: float) -> Tensor:
    steps = torch.full((len(batch.lengths),), logits.shape[1], dtype=torch.long)
    logs = logits.log_softmax(2).transpose(0, 1)
    each = ctc_loss(logs, batch.codes, steps, batch.lengths, reduction="none", zero_infinity=True)
    lengths = batch.lengths.to(logits.device)
    return (each * torch.where(lengths > 0, 1.0, blanks) / lengths.clamp(min=1).sqrt()).mean()


def _guided(logits: Tensor, batch: Batch, columns: Tensor) -> Tensor:
    """Cross entropy at the steps where the characters would stand if all were equally wide."""
    lengths = batch.lengths.to(logits.device)[:, None]
    at = torch.arange(batch.codes.shape[1], device=logits.device)[None]
    steps = ((MARGIN + (at + 0.5) / lengths.clamp(min=1) * (columns[:, None] - 2 * MARGIN)) / STEP).long()
    there = logits.gather(1, steps.clamp(0, logits.shape[1] - 1)[:, :, None].expand(-1, -1, logits.shape[2]))
    each = cross_entropy(there.transpose(1, 2), batch.codes, reduction="none")
    return (each * (at < lengths)).sum() / lengths.sum().clamp(min=1)


@torch.no_grad()
def blend(average: Network, network: Network, keep: float) -> None:
    pairs = list(zip(average.state_dict().values(), network.state_dict().values(), strict=True))
    kept, new = zip(*(pair for pair in pairs if pair[0].dtype.is_floating_point), strict=True)
    torch._foreach_lerp_(kept, new, 1 - keep)
    for old, counted in (pair for pair in pairs if not pair[0].dtype.is_floating_point):
        old.copy_(counted)


@torch.no_grad()
def validate(network: Network, held: Shards) -> tuple[str, str]:
    """Exact match of crops with text, and how many crops without text stay silent."""
    network.eval()
    tally = np.zeros((2, 2), int)
    for group in held.groups.values():
        for chosen in torch.arange(len(group.widths)).split(BATCH):
            batch = picked(group, chosen)
            best = network(plain(batch)[0].contiguous(memory_format=torch.channels_last)).argmax(2)
            for row, codes, length in zip(best.tolist(), batch.codes.tolist(), batch.lengths.tolist(), strict=True):
                tally[int(length > 0)] += (_codes(row) == codes[:length], 1)
    (silent, others), (read, marks) = tally
    return (
        f"read {read}/{marks} = {read / max(marks, 1):.4f}",
        f"silent {silent}/{others} = {silent / max(others, 1):.4f}",
    )


def _codes(row: list[int]) -> list[int]:
    return [code for at, code in enumerate(row) if code and (at == 0 or code != row[at - 1])]


if __name__ == "__main__":
    main()
