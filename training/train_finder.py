"""Draws scenes and trains the line finder.

python -m training.train_finder draw FOLDER FIRST_SEED COUNT, then ... train FOLDER OUT MINUTES [WEIGHTS.pt]
With the weights of an earlier run it goes on from there.
"""

from __future__ import annotations

import copy
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from training.export import write
from training.finder import Answering, Finder, normalised
from training.scenes import draw
from training.train import blend, rate

PER_SHARD = 1_000
HELD_BACK = 900
BATCH = 8
SEED = 21


def draw_shard(path: Path, seed: int) -> None:
    random = np.random.default_rng([seed, 6])
    scenes = [draw(random) for _ in range(PER_SHARD)]
    part = path.with_suffix(".part.npz")
    images, cores = np.stack([each.image for each in scenes]), np.stack([each.core for each in scenes])
    along = np.stack([each.along for each in scenes])
    np.savez(part, images=images, cores=(cores * 255).astype(np.uint8), along=(along * 127).astype(np.int8))
    part.rename(path)


class Scenes:
    """All drawn shards of the seeds from `low` up to `high`; `refresh` takes up those drawn since."""

    def __init__(self, folder: Path, low: int, high: int) -> None:
        self._folder, self._low, self._high, self._shards = folder, low, high, dict[int, dict[str, np.ndarray]]()  # type: ignore[type-arg]
        self.refresh()

    def refresh(self) -> None:
        for path in self._folder.glob("*[0-9].npz"):
            seed = int(path.stem)
            if self._low <= seed < self._high and seed not in self._shards:
                self._shards[seed] = dict(np.load(path))

    def __len__(self) -> int:
        return PER_SHARD * len(self._shards)

    def batch(self, random: np.random.Generator, count: int) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures, cores and angles; each scene turned by quarters, inverted or stretched in its greys."""
        chosen = [self._varied(random) for _ in range(count)]
        images, cores, along = (np.stack(each) for each in zip(*chosen, strict=True))
        return torch.from_numpy(images)[:, None], torch.from_numpy(cores)[:, None], torch.from_numpy(along)

    def _varied(self, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        shard = self._shards[list(self._shards)[int(random.integers(len(self._shards)))]]
        at, turns = int(random.integers(PER_SHARD)), int(random.integers(4))
        image = np.rot90(shard["images"][at], turns).astype(np.float32)
        core, along = (np.rot90(shard[name][at], turns, (-2, -1)).astype(np.float32) for name in ("cores", "along"))
        if turns % 2:
            along = -along
        if random.random() < 0.3:
            image = 255 - image
        if random.random() < 0.3:
            image = 255 * (image / 255) ** np.float32(random.uniform(0.6, 1.6))
        return np.ascontiguousarray(image), np.ascontiguousarray(core / 255), np.ascontiguousarray(along / 127)


def loss(answers: Tensor, cores: Tensor, along: Tensor) -> Tensor:
    """Cross entropy and overlap of the cores, distance of the angles inside them."""
    logits = answers[:, :1]
    entropy = binary_cross_entropy_with_logits(logits, cores, pos_weight=torch.tensor(3.0))
    likely = torch.sigmoid(logits)
    overlap = 2 * (likely * cores).sum() / (likely.square().sum() + cores.square().sum() + 1)
    angles = ((answers[:, 1:] - along).square() * cores).sum() / (cores.sum() + 1)
    return entropy + (1 - overlap) + 0.3 * angles


def train(folder: Path, seconds: float, weights: Path | None) -> Finder:
    torch.manual_seed(SEED)
    random = np.random.default_rng([SEED, weights is not None])
    scenes, held = Scenes(folder, 0, HELD_BACK), Scenes(folder, HELD_BACK, HELD_BACK + 1)
    finder: Finder = Finder().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if weights:
        finder.load_state_dict(torch.load(weights))
    average = copy.deepcopy(finder)
    optimiser = torch.optim.AdamW(finder.parameters(), lr=2e-3, weight_decay=0.01)
    began, told, steps, losses = time.time(), time.time(), 0, []
    while (done := (time.time() - began) / seconds) < 1:
        optimiser.param_groups[0]["lr"] = rate(done) * 0.8
        images, cores, along = scenes.batch(random, BATCH)
        finder.train()
        answers = finder(normalised(images).contiguous(memory_format=torch.channels_last))
        total = loss(answers, cores, along)
        optimiser.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(finder.parameters(), 2.0)
        optimiser.step()
        steps += 1
        blend(average, finder, min(0.998, (1 + steps) / (10 + steps)))
        losses.append(float(total.detach()))
        if time.time() - told > 60:
            told = time.time()
            scenes.refresh()
            print(f"{told - began:5.0f} s {steps} steps of {len(scenes)} scenes, loss {np.mean(losses):.4f}", end=" ")
            print(validate(average, held), flush=True)
            losses = []
            torch.save(average.state_dict(), folder / "latest.pt")
    return average


def validate(finder: Finder, held: Scenes, batches: int = 12) -> str:
    """Overlap of cores with what is answered above one half: intersection over union, over held-back scenes."""
    finder.eval()
    random, both, either = np.random.default_rng(0), 0.0, 0.0
    for _ in range(batches):
        images, cores, _ = held.batch(random, BATCH)
        with torch.no_grad():
            found = finder(normalised(images))[:, :1] > 0
        both += float((found & (cores > 0.5)).sum())
        either += float((found | (cores > 0.5)).sum())
    return f"overlap {both / max(either, 1):.4f}"


def export(finder: Finder, path: Path) -> None:
    """The finder, with a picture of any size."""
    high, wide = torch.export.Dim("high", min=1, max=128), torch.export.Dim("wide", min=1, max=128)
    write(Answering(finder), torch.zeros(1, 1, 96, 64), {2: 32 * high, 3: 32 * wide}, "cells", path)


def main() -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    verb, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    if verb == "draw":
        for seed in range(int(sys.argv[3]), int(sys.argv[3]) + int(sys.argv[4])):
            if not (folder / f"{seed}.npz").exists():
                draw_shard(folder / f"{seed}.npz", seed)
        return
    weights, out = Path(sys.argv[5]) if len(sys.argv) > 5 else None, Path(sys.argv[3])
    finder = train(folder, 60 * float(sys.argv[4]), weights)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(finder.state_dict(), out / "lines.pt")
    export(finder, out / "lines.onnx")


if __name__ == "__main__":
    main()
