"""Fits `handlers.recognition.weigh.calibration.WEIGHTS`:
`python -m benchmarks.accuracy.fit [--each 8] [--scenes 260] [--kinds ...]`.

Prints the weights, how many places there were and how many right, and the expected calibration error of the fit on the
same places; `--seeds final` only measures, by the weights that ship. Benchmark pictures alone make a reader that doubts
photos too much: the small recogniser knows their light. So the scenes of training are read as well, where torch is.
"""

import argparse
import math
import sys
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

import training.layout
from benchmarks.accuracy.answer import plain
from benchmarks.accuracy.calibration import bins_of, expected_error
from drawing.kinds import KINDS, SEEDS, Picture, pictures
from handlers.recognition.geometry import Line
from handlers.recognition.reader import Reader
from handlers.recognition.weigh.calibration import WEIGHTS, signs

Row = tuple[tuple[float, ...], bool]
Array = npt.NDArray[np.float64]
RIDGE = 0.3
"""Weight of a quadratic prior: some signs are nearly always the same."""
STEPS = 50
RISING = (1, 2, 3)
"""Signs that cannot make a text less likely: how well it explains either recogniser's crops, and its characters that no
hole looks like."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", choices=tuple(SEEDS), default="fit")
    parser.add_argument("--each", type=int, default=30)
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--scenes", type=int, default=0, help="scenes of training's besides; they need torch")
    given = parser.parse_args()
    reader = Reader()
    rows = [*_rows(given.seeds, given.kinds.split(","), given.each, reader), *_of_scenes(given.scenes, reader)]
    if rows:
        print(told(rows, fitting=given.seeds == "fit"))


def _rows(seeds: str, kinds: list[str], most: int, reader: Reader) -> Iterator[Row]:
    for picture in pictures(seeds, kinds, most):
        yield from _of(picture, reader)
        if sys.stderr.isatty():
            print(f"\r{picture.name:40}", end="", file=sys.stderr)


def _of(picture: Picture, reader: Reader) -> Iterator[Row]:
    true = {plain(line).replace(" ", "") for line in picture.truth}
    for place in reader.weighed(picture.grey):
        yield signs(place), plain(place.text).replace(" ", "") in true


def _of_scenes(count: int, reader: Reader) -> Iterator[Row]:
    if not count:
        return
    from benchmarks.accuracy.lit import scenes  # torch is no development requirement

    for lines, grey in scenes(count):
        true = {plain(line.text).replace(" ", "") for line in lines}
        for place in reader.weighed(grey):
            # A line that the frame cuts has no truth of its own.
            if all(line.whole for line in lines if touching(line, place.line)):
                yield signs(place), plain(place.text).replace(" ", "") in true


def touching(line: training.layout.Line, band: Line) -> bool:
    """Whether a drawn line may be what is read in a band."""
    return math.dist(line.middle, band.middle) < max(line.length, line.cap) / 2 + band.cap


def told(rows: list[Row], *, fitting: bool) -> str:
    """The weights, fitted to the rows or as they ship, and how far they can be believed on them."""
    x, y = np.array([row[0] for row in rows]), np.array([row[1] for row in rows], np.float64)
    weights = rising(x, y) if fitting else np.array(WEIGHTS)
    claimed = 1 / (1 + np.exp(-x @ weights))
    error = expected_error(bins_of(list(zip(claimed.tolist(), y.astype(bool).tolist(), strict=True))))
    return (
        f"WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights)})\n"
        f"# {len(rows)} places, {y.mean():.3f} right, {claimed.mean():.3f} claimed, error {error:.3f}"
    )


def rising(x: Array, y: Array) -> Array:
    """The same as `fitted`, without the `RISING` signs that would come out negative: others say the same better."""
    kept = list(range(x.shape[1]))
    while True:
        weights = np.zeros(x.shape[1])
        weights[kept] = fitted(x[:, kept], y)
        falling = [sign for sign in RISING if weights[sign] < 0]
        if not falling:
            return weights
        kept.remove(min(falling, key=lambda sign: weights[sign]))


def fitted(x: Array, y: Array) -> Array:
    """Logistic regression by Newton's method: (rows, signs) and what was right -> weights."""
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-x @ weights))
        slope = x.T @ (likely - y) + RIDGE * weights
        curve = (x * (likely * (1 - likely))[:, None]).T @ x + RIDGE * np.eye(x.shape[1])
        weights = weights - np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()
