"""Trains the small recogniser: python -m training.train FOLDER OUT MINUTES [MODEL].

With a model, exported (`.onnx`) or as trained (`.pt`), it goes on from there: a quarter of the rate, and no guide to
where characters stand.
"""

from __future__ import annotations

import copy
import math
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, ctc_loss

from training.export import export
from training.folded import unfolded
from training.network import STEP, Network
from training.shards import CODES, MARGIN, Batch, Shards, batch_of, padded, prepared

HELD_BACK = 900
"""Shards from this seed on are never trained on."""
BATCH = 768
PIECES = 10
GUIDED = 0.25
"""Part of the training in which characters are also shown where they stand, evenly spaced: CTC alone answers only
blanks for its first thousand steps."""
RATE = 3e-3
WARM = 0.04
KEEP = 0.9985
"""Decay of the averaged weights, which are what is kept."""
SEED = 20
GENTLE = 0.25
"""Part of the rate with which a model is trained on."""
THREADS = 2


def main() -> None:
    folder, out, minutes = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(1)
    torch.manual_seed(SEED)
    resumed = len(sys.argv) > 4
    network = _going_on(Path(sys.argv[4]), folder) if resumed else Network()
    print(sum(p.numel() for p in network.parameters()), "parameters", flush=True)
    average = train(network, folder, minutes * 60, resumed)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(average.state_dict(), out / "marks.pt")
    export(average, out / "marks.onnx")


def _going_on(model: Path, folder: Path) -> Network:
    if model.suffix == ".pt":
        network = Network()
        network.load_state_dict(torch.load(model))
        return network
    held = Shards(folder, HELD_BACK, HELD_BACK + 1)
    images = [prepared(crop) for crop in held.crops[:3000] if crop.shape[1] < 200][:1000]
    return unfolded(model, torch.from_numpy(padded(images)))


def train(network: Network, folder: Path, seconds: float, resumed: bool) -> Network:
    random = np.random.default_rng([SEED, resumed])
    shards, held = Shards(folder, 0, HELD_BACK), Shards(folder, HELD_BACK, HELD_BACK + 1)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02)
    average, began, told, steps, seen, losses = copy.deepcopy(network), time.time(), time.time(), 0, 0, [0.0]
    while (done := (time.time() - began) / seconds) < 1:
        guide = 0.0 if resumed else max(0.0, 1 - done / GUIDED)
        for batch in batch_of(shards, random, BATCH, PIECES, blanks=0.15 if guide > 0.5 else 0.7):
            optimiser.param_groups[0]["lr"] = rate(done) * (GENTLE if resumed else 1)
            losses.append(_step(network, optimiser, batch, guide))
            blend(average, network, min(KEEP, (1 + steps) / (10 + steps)))
            steps, seen = steps + 1, seen + len(batch.texts)
        if time.time() - told > 90:
            told = time.time()
            shards.refresh()
            print(
                f"{told - began:5.0f} s {steps} steps {seen} seen of {len(shards.crops)}, loss {np.mean(losses):.4f},",
                *validate(average, held, 3000),
                flush=True,
            )
            losses = []
            torch.save(average.state_dict(), folder / "latest.pt")
    print("held back", *validate(average, held, len(held.crops)), flush=True)
    return average


def rate(done: float) -> float:
    """Warm up, then a cosine down to nothing."""
    return RATE * min(done / WARM, 0.5 + 0.5 * math.cos(math.pi * done)) + 1e-6


def _step(network: Network, optimiser: torch.optim.Optimizer, batch: Batch, guide: float) -> float:
    network.train()
    logits = network(torch.from_numpy(batch.images).contiguous(memory_format=torch.channels_last))
    loss = _loss(logits, batch.texts)
    if guide > 0:
        loss = loss + guide * _guided(logits, batch)
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
    optimiser.step()
    return float(loss.detach())


def _loss(logits: Tensor, texts: list[str]) -> Tensor:
    targets = torch.tensor([CODES[character] for text in texts for character in text], dtype=torch.long)
    lengths = torch.tensor([len(text) for text in texts])
    steps = torch.full((len(texts),), logits.shape[1], dtype=torch.long)
    logs = logits.log_softmax(2).transpose(0, 1)
    each = ctc_loss(logs, targets, steps, lengths, reduction="none", zero_infinity=True)
    return (each / lengths.clamp(min=1).sqrt()).mean()


def _guided(logits: Tensor, batch: Batch) -> Tensor:
    """Cross entropy at the steps where the characters would stand if all were equally wide."""
    places = [
        (row, int((MARGIN + (at + 0.5) / len(text) * (width - 2 * MARGIN)) / STEP), CODES[character])
        for row, (text, width) in enumerate(zip(batch.texts, batch.widths, strict=True))
        for at, character in enumerate(text)
    ]
    rows, steps, codes = (torch.tensor(each, dtype=torch.long) for each in zip(*places, strict=True))
    return cross_entropy(logits[rows, steps.clamp(max=logits.shape[1] - 1)], codes)


def blend(average: Network, network: Network, keep: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
            if kept.dtype.is_floating_point:
                kept.mul_(keep).add_(new, alpha=1 - keep)
            else:
                kept.copy_(new)


def validate(network: Network, held: Shards, count: int) -> tuple[str, str]:
    """Exact match of crops with text, and how many crops without text stay silent."""
    network.eval()
    right = {True: [0, 0], False: [0, 0]}
    order = sorted(range(min(count, len(held.crops))), key=lambda i: held.crops[i].shape[1])
    for start in range(0, len(order), 256):
        piece = order[start : start + 256]
        with torch.no_grad():
            best = network(torch.from_numpy(padded([prepared(held.crops[i]) for i in piece]))).argmax(2).numpy()
        for i, row in zip(piece, best, strict=True):
            tally = right[bool(held.texts[i])]
            tally[0] += _text(row) == held.texts[i]
            tally[1] += 1
    (read, marks), (silent, others) = right[True], right[False]
    return (
        f"read {read}/{marks} = {read / max(marks, 1):.4f}",
        f"silent {silent}/{others} = {silent / max(others, 1):.4f}",
    )


def _text(row: np.ndarray) -> str:  # type: ignore[type-arg]
    names = list(CODES)
    return "".join(names[code - 1] for at, code in enumerate(row) if code and (at == 0 or code != row[at - 1]))


if __name__ == "__main__":
    main()
