"""Draws samples ahead of training into shards: python -m training.cache FOLDER FIRST_SEED COUNT [PROCESSES [KIND]].

KIND is `cuts` or `hubs`, tight cuts or pads alone in the light of the accuracy benchmark, or left out.
"""

from __future__ import annotations

import itertools
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2

from training import cuts, hubs, samples
from training.shards import WIDTHS, write

PER_SHARD = 12_000
STREAMS = {"": samples.stream, "cuts": cuts.stream, "hubs": hubs.stream}


def write_shard(path: Path, seed: int, kind: str) -> None:
    cv2.setNumThreads(1)
    stream = STREAMS[kind](seed)
    drawn = (each for each in stream if each.crop.shape[1] <= WIDTHS[-1])
    if not path.exists():
        write(path, list(itertools.islice(drawn, PER_SHARD)))


def main() -> None:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(first, first + count)
    with ProcessPoolExecutor(int(sys.argv[4]) if len(sys.argv) > 4 else 1) as processes:
        paths = [folder / f"{seed}.npz" for seed in seeds]
        list(processes.map(write_shard, paths, seeds, ["".join(sys.argv[5:])] * count))


if __name__ == "__main__":
    main()
