"""Draws samples ahead of training into shards: python -m training.cache FOLDER FIRST_SEED COUNT."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import cv2
import numpy as np

from training.samples import stream

PER_SHARD = 12_000
WIDEST = 640
"""Columns of a crop at most; wider ones are textures."""


def write_shard(path: Path, seed: int, count: int = PER_SHARD) -> None:
    samples = list(itertools.islice((each for each in stream(seed) if each.crop.shape[1] <= WIDEST), count))
    pixels = np.concatenate([each.crop.ravel() for each in samples])
    widths = np.array([each.crop.shape[1] for each in samples], np.int32)
    texts = np.array([each.text for each in samples])
    off = np.array([each.off for each in samples], np.float32)
    part = path.with_suffix(".part.npz")
    np.savez(part, pixels=pixels, widths=widths, texts=texts, off=off)
    part.rename(path)


def main() -> None:
    folder, first, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        if not (folder / f"{seed}.npz").exists():
            write_shard(folder / f"{seed}.npz", seed)


if __name__ == "__main__":
    main()
