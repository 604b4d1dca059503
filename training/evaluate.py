"""Held-back crops read by both recognisers: python -m training.evaluate SHARD [COUNT]."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from handlers.recognition.models import Grey
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import Recogniser
from training.shards import WIDTHS

SURE = 0.9
_NO_SEPARATORS = str.maketrans("", "", "-./")


def main() -> None:
    crops, texts = _held(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 600)
    print("| recogniser | read | silent where nothing is to be read | sure (0.9): part, right | CPU ms per crop |")
    print("|---|---|---|---|---|")
    for reader in (Proposer(), Recogniser(1)):
        _report(reader, crops, texts)


def _held(path: Path, count: int) -> tuple[list[Grey], list[str]]:
    """Crops of all widths and what they say."""
    held = np.load(path)
    pairs = [
        (crop[:, :columns], str(text))
        for width in WIDTHS
        for crop, columns, text in zip(*(held[f"{name}{width}"] for name in ("crops", "widths", "texts")), strict=True)
    ]
    chosen = np.random.default_rng(0).permutation(len(pairs))[:count]
    return [pairs[i][0] for i in chosen], [pairs[i][1] for i in chosen]


def _report(reader: Proposer | Recogniser, crops: list[Grey], texts: list[str]) -> None:
    reader.read(crops[:4])
    began = time.process_time()
    lines = [line.marks_only() for line in reader.read(crops)]
    spent = (time.process_time() - began) * 1000 / len(crops)
    texts = [text.translate(_NO_SEPARATORS) for text in texts]  # marks have none
    right = [line.text == text for line, text in zip(lines, texts, strict=True) if text]
    silent = [not line.text or line.score <= 0.5 for line, text in zip(lines, texts, strict=True) if not text]
    sure = [line.text == text for line, text in zip(lines, texts, strict=True) if line.score >= SURE]
    print(
        f"| {type(reader).__name__} | {_part(right)} | {_part(silent)} | "
        f"{len(sure) / len(lines):.2f}, {_part(sure)} | {spent:.2f} |"
    )


def _part(values: list[bool]) -> str:
    return f"{sum(values) / max(len(values), 1):.3f}"


if __name__ == "__main__":
    main()
