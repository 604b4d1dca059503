"""The mean of weights, which are to be stages of one training: python -m training.mean OUT.PT MARKS.PT...

Wortsman and others, "Model soups", 2022. Weights that went on from an exported model do not average: its layers are
folded.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import Tensor

Weights = dict[str, Tensor]


def main() -> None:
    out, *files = sys.argv[1:]
    torch.save(mean([torch.load(Path(file), map_location="cpu") for file in files]), out)


def mean(stages: list[Weights]) -> Weights:
    """The mean of every tensor; counts of batches are the last stage's."""
    last = stages[-1]
    return {name: _mean([each[name] for each in stages]) for name in last}


def _mean(values: list[Tensor]) -> Tensor:
    return torch.stack(values).mean(0) if values[-1].is_floating_point() else values[-1]


if __name__ == "__main__":
    main()
