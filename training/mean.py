"""The mean of weights, which are to be stages of one training: python -m training.mean OUT.PT MARKS.PT=PART ...

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
    parts = {file: float(part) for file, _, part in (each.rpartition("=") for each in files)}
    torch.save(mean([torch.load(Path(file), map_location="cpu") for file in parts], list(parts.values())), out)


def mean(stages: list[Weights], parts: list[float]) -> Weights:
    """The mean of every tensor, to which the stages contribute those parts; counts of batches are the last stage's."""
    return {name: _mean([each[name] for each in stages], parts) for name in stages[-1]}


def _mean(values: list[Tensor], parts: list[float]) -> Tensor:
    if not values[-1].is_floating_point():
        return values[-1]
    return torch.stack([part * value for part, value in zip(parts, values, strict=True)]).sum(0) / sum(parts)


if __name__ == "__main__":
    main()
