"""Trains both networks on drawn scenes, on a GPU: `python -m training.learn --help`.

One process for each further core draws layouts; the GPU lights them, cuts them and learns.
"""

from __future__ import annotations

import argparse
import copy
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from training.batches import Batch, Drawn
from training.losses import step
from training.networks import both, load, save

RATE = {"recogniser": 3e-4, "finder": 4e-4}
"""AdamW's highest rate for each network."""
WARM = 0.08
"""Part of a run in which its rate rises from 0."""
KEEP = 0.998
"""Decay of the averaged weights, which are what is kept."""
LONGEST = 2.0
"""Length to which each network's gradient is cut."""
AHEAD = 3
"""Batches that each process draws ahead."""


@dataclass(frozen=True, slots=True)
class Span:
    """How long a run takes, in `seconds`; the part of the whole training that was done `before`, and its `share`."""

    seconds: float
    before: float = 0.0
    share: float = 1.0

    def rate(self, part: float) -> float:
        """A factor for the rates once that part of the run is done: a cosine over the whole training, each run's start
        warm."""
        done = self.before + self.share * part
        return min(part / WARM, 1.0) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-3


def main() -> None:
    given = _options()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_float32_matmul_precision("high")
    given.out.mkdir(parents=True, exist_ok=True)
    networks = both(given.models).to(device)
    teacher = copy.deepcopy(networks["recogniser"])
    if given.start:
        load(networks, given.start)
    total = given.total or given.done + given.minutes
    span = Span(given.minutes * 60, given.done / total, given.minutes / total)
    train(networks, teacher, _batches(given.scenes, device), given.out, span, given.tell)


def train(
    networks: nn.ModuleDict, teacher: nn.Module, batches: Iterator[Batch], out: Path, span: Span, tell: float = 20.0
) -> int:
    """Learns for the span, and returns how many steps that were; `tell`: seconds between two lines of its losses.

    `out`/average.pt has the averaged weights, written at each line and at the end.
    """
    groups = [{"params": networks[name].parameters(), "lr": rate, "name": name} for name, rate in RATE.items()]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    average, began, told, steps = copy.deepcopy(networks), time.time(), time.time(), 0
    sums: list[list[float]] = []
    while (part := (time.time() - began) / span.seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = RATE[group["name"]] * span.rate(part)
        sums.append(learn(networks, teacher, next(batches), optimiser))
        blend(average, networks, min(KEEP, (1 + steps) / (10 + steps)))
        steps += 1
        if time.time() - told > tell:
            print(f"{time.time() - began:5.0f} s {steps}:", *np.mean(sums, axis=0).round(4), flush=True)
            sums, told = [], time.time()
            save(average, out / "average.pt")
    save(average, out / "average.pt")
    return steps


def learn(networks: nn.ModuleDict, teacher: nn.Module, batch: Batch, optimiser: torch.optim.Optimizer) -> list[float]:
    """One step on one batch; returns what `losses.step` says."""
    losses = step(networks, teacher, batch)
    optimiser.zero_grad(set_to_none=True)
    torch.stack(losses[:4]).sum().backward()
    for name in RATE:
        nn.utils.clip_grad_norm_(networks[name].parameters(), LONGEST)
    optimiser.step()
    return [float(each.detach()) for each in losses]


def blend(average: nn.Module, network: nn.Module, keep: float) -> None:
    """Moves the averaged weights by the part `1 - keep` towards the network's."""
    with torch.no_grad():
        for kept, new in zip(average.parameters(), network.parameters(), strict=True):
            kept.lerp_(new, 1 - keep)


def _batches(scenes: int, device: torch.device) -> Iterator[Batch]:
    workers = max(0, (os.cpu_count() or 1) - 1) if device.type == "cuda" else 0
    drawn = Drawn(int(time.time()), scenes)
    return iter(DataLoader(drawn, batch_size=None, num_workers=workers, prefetch_factor=AHEAD if workers else None))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m training.learn", description=__doc__)
    parser.add_argument("models", type=Path, help="the folder of PP-OCRv6's ONNX files")
    parser.add_argument("out", type=Path, help="a folder for the averaged weights")
    parser.add_argument("minutes", type=float, help="how long this run takes")
    parser.add_argument("--start", type=Path, help="weights of an earlier run")
    parser.add_argument("--done", type=float, default=0.0, help="minutes of the earlier runs")
    parser.add_argument("--total", type=float, help="minutes of all runs, over which the rate falls along a cosine")
    parser.add_argument("--scenes", type=int, default=40, help="scenes of a batch, each with about five lines")
    parser.add_argument("--tell", type=float, default=20.0, help="seconds between two lines of losses")
    return parser.parse_args()


if __name__ == "__main__":
    main()
