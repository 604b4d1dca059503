"""Trains the recogniser on from weights that are there, one process per core of a CPU, which average their gradients:

torchrun --nproc_per_node 2 -m training.further MARKS.PT OUT MINUTES CUTS=PART FOLDER=PART ...

Each folder of shards (`training.cache`) makes a part of the batches: tight cuts first, then pads in their light, or
those of the first training, which keep what was learned before.
"""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import distributed

from training.network import Network
from training.shards import Batch, Shards, picked
from training.train import BLANKS, HELD_BACK, RATE, blend, loss_of, rate, validate
from training.varied import slightly, varied

BATCH = 96
"""Crops of each process per step."""
PEAK = 5e-4
SLIGHTLY = 0.6
"""Part of the batches of cuts that are seen nearly as they were drawn: of so many none is learned by heart."""
KEEP = 0.998
SEED = 7
TELL = 120.0
CPU = torch.device("cpu")
Vary = Callable[[Batch], tuple[torch.Tensor, torch.Tensor]]


def main() -> None:
    start, out, minutes, *sources = sys.argv[1:]
    parts = {folder: float(part) for folder, _, part in (each.rpartition("=") for each in sources)}
    distributed.init_process_group("gloo")
    rank = distributed.get_rank()
    torch.manual_seed(100 + rank)
    network = Network()
    network.load_state_dict(torch.load(start, map_location="cpu"))
    drawn = [Shards(Path(folder), 0, HELD_BACK, CPU) for folder in parts]
    held = Shards(Path(next(iter(parts))), HELD_BACK, HELD_BACK + 1, CPU)
    network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = train(network, drawn, list(parts.values()), held, float(minutes) * 60)
    if rank == 0:
        Path(out).mkdir(parents=True, exist_ok=True)
        torch.save(average.state_dict(), Path(out) / "marks.pt")


def train(network: Network, sources: list[Shards], parts: list[float], held: Shards, seconds: float) -> Network:
    """The averaged weights, of which each process has the same; `parts` of the batches are of the sources."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=PEAK, weight_decay=0.02)
    average, began, told, steps = copy.deepcopy(network), time.time(), time.time(), 0
    # What all processes draw alike: which source, and which widths, so that none waits for another.
    shared, own = np.random.default_rng(SEED), np.random.default_rng(100 + distributed.get_rank())
    while (done := _agreed((time.time() - began) / seconds)) < 1:
        optimiser.param_groups[0]["lr"] = rate(done) * PEAK / RATE
        source = int(shared.choice(len(sources), p=parts))
        vary = slightly if source == 0 and shared.random() < SLIGHTLY else varied
        _step(network, optimiser, _drawn(sources[source], shared, own), vary)
        steps += 1
        blend(average, network, min(KEEP, (1 + steps) / (10 + steps)))
        if time.time() - told > TELL and distributed.get_rank() == 0:
            print(f"{time.time() - began:5.0f} s {steps} steps", *validate(average, held), flush=True)
            told = time.time()
    return average


def _agreed(done: float) -> float:
    """The first process's clock."""
    told = torch.tensor([done])
    distributed.broadcast(told, 0)
    return float(told[0])


def _drawn(shards: Shards, shared: np.random.Generator, own: np.random.Generator) -> Batch:
    groups = list(shards.groups.values())
    sizes = np.array([len(group.widths) for group in groups], float)
    group = groups[int(shared.choice(len(groups), p=sizes / sizes.sum()))]
    return picked(group, torch.from_numpy(own.integers(len(group.widths), size=BATCH)))


def _step(network: Network, optimiser: torch.optim.Optimizer, batch: Batch, vary: Vary) -> None:
    network.train()
    with torch.no_grad():
        images, _ = vary(batch)
    optimiser.zero_grad()
    loss_of(network(images.contiguous(memory_format=torch.channels_last)), batch, BLANKS).backward()  # type: ignore[no-untyped-call]
    for parameter in network.parameters():
        distributed.all_reduce(parameter.grad)
        parameter.grad /= distributed.get_world_size()  # type: ignore[operator]
    torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
    optimiser.step()


if __name__ == "__main__":
    main()
