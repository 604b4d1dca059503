"""Whether a doubtful reading names what is wrong with its picture: drawn lines, spoilt in one way each.

`python -m benchmarks.accuracy.causes [--each N] [--seeds final]` prints one table: how often what was done is named
among the causes, and how often it is named of pictures that were spoilt in another way, or not at all.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from drawing.camera import Grey
from drawing.kinds import KINDS, Picture
from handlers.recognition.geometry import Line
from handlers.recognition.reader import Reader

LINES = ("line_engraved", "line_stamped", "line_peened", "line_painted")
Spoil = Callable[[Grey, Line], Grey]


def moved(grey: Grey, line: Line) -> Grey:
    """By half of a cap height along the text."""
    size = max(3, round(0.5 * line.cap))
    kernel = np.zeros((2 * size + 1, 2 * size + 1), np.float32)
    turn = np.radians(line.angle)
    for at in np.linspace(-size / 2, size / 2, 8 * size):
        kernel[round(size + at * np.sin(turn)), round(size + at * np.cos(turn))] += 1
    return np.asarray(cv2.filter2D(grey, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def blurred(grey: Grey, line: Line) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 0.13 * line.cap), np.uint8)


def small(grey: Grey, line: Line) -> Grey:
    """Characters of ten pixels."""
    factor = 10 / line.cap
    return np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def glare(grey: Grey, line: Line) -> Grey:
    """A burnt spot over half of the text."""
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    away = np.hypot(columns - line.middle[0], rows - line.middle[1]) / (0.3 * line.length)
    return np.asarray(np.clip(grey + 400 * np.exp(-(away**4)), 0, 255), np.uint8)


def cut_off(grey: Grey, line: Line) -> Grey:
    """The right half of the text is beyond the edge."""
    x, y = line.middle
    return grey[:, : round(x)] if abs(np.cos(np.radians(line.angle))) > 0.7 else grey[: round(y)]


def faint(grey: Grey, _: Line) -> Grey:
    """A quarter of the contrast."""
    middle = float(np.median(grey))
    return np.asarray(middle + (grey.astype(np.float32) - middle) * 0.25, np.uint8)


def as_drawn(grey: Grey, _: Line) -> Grey:
    return grey


SPOILS: dict[str, Spoil] = {each.__name__: each for each in (as_drawn, small, blurred, moved, glare, cut_off, faint)}


def measure(reader: Reader, pictures: list[Picture]) -> dict[str, tuple[int, int, Counter[str]]]:
    """For each way to spoil a picture: pictures, how many of them became doubtful, and the causes that those named."""
    told: dict[str, tuple[int, int, Counter[str]]] = {}
    for picture in pictures:
        seen = reader.weighed(picture.grey)
        if not seen or seen[0].text.replace(" ", "") != picture.truth[0].replace(" ", ""):
            continue
        for name, spoil in SPOILS.items():
            reading = reader.read(Image.fromarray(spoil(picture.grey, seen[0].line)))
            all_, doubtful, causes = told.get(name, (0, 0, Counter()))
            causes.update(cause.code for cause in reading.causes)
            told[name] = (all_ + 1, doubtful + reading.needs_review, causes)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=3)
    parser.add_argument("--seeds", default="dev")
    options = parser.parse_args()
    pictures = [KINDS[kind].picture(kind, options.seeds, at) for kind in LINES for at in range(options.each)]
    print("| spoilt | pictures | doubtful | it is named | what else is named |\n|---|---|---|---|---|")
    for name, (all_, doubtful, causes) in measure(Reader(1), pictures).items():
        others = ", ".join(f"{code} {count}" for code, count in causes.most_common() if code != name)
        print(f"| {name} | {all_} | {doubtful} | {causes[name]} | {others} |")


if __name__ == "__main__":
    main()
