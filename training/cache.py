"""Draws samples ahead of training into shards: python -m training.cache FOLDER FIRST_SEED COUNT [PROCESSES]."""

from __future__ import annotations

import itertools
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2

from training.samples import stream
from training.shards import WIDTHS, write

PER_SHARD = 12_000


def write_shard(path: Path, seed: int, count: int = PER_SHARD) -> None:
    cv2.setNumThreads(1)
    samples = (each for each in stream(seed) if each.crop.shape[1] <= WIDTHS[-1])
    if not path.exists():
        write(path, list(itertools.islice(samples, count)))


def main() -> None:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(first, first + count)
    with ProcessPoolExecutor(int(sys.argv[4]) if len(sys.argv) > 4 else 1) as processes:
        list(processes.map(write_shard, [folder / f"{seed}.npz" for seed in seeds], seeds))


if __name__ == "__main__":
    main()
