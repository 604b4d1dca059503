"""Batches from cached shards: resized to the network's rows, stretched and noised a little, sorted by width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from training.glyphs import CHARACTERS, Floats, Grey

ROWS = 32
SHARD_ROWS = 48
CODES = {character: index + 1 for index, character in enumerate(CHARACTERS)}


MARGIN = 4
"""Columns before the first and behind the last character: the padding of a crop in the network's rows."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Images (crops, 1, rows, columns), what they say, and how many of the columns each one fills."""

    images: Floats
    texts: list[str]
    widths: list[int]


class Shards:
    """All cached samples; `refresh` takes up shards written since."""

    def __init__(self, folder: Path, low: int, high: int) -> None:
        self._folder, self._low, self._high = folder, low, high
        self._taken: set[int] = set()
        self.crops: list[Grey] = []
        self.texts: list[str] = []
        self.off: list[float] = []
        self.refresh()

    def refresh(self) -> None:
        for path in sorted(self._folder.glob("*[0-9].npz")):
            seed = int(path.stem)
            if self._low <= seed < self._high and seed not in self._taken:
                self._take(path)
                self._taken.add(seed)

    def _take(self, path: Path) -> None:
        held = np.load(path)
        ends = np.cumsum(held["widths"]) * SHARD_ROWS
        pixels = held["pixels"]
        for start, end, width in zip(ends - held["widths"] * SHARD_ROWS, ends, held["widths"], strict=True):
            self.crops.append(pixels[start:end].reshape(SHARD_ROWS, width))
        self.texts += [str(text) for text in held["texts"]]
        self.off += [float(each) for each in held["off"]]


def prepared(crop: Grey, width: int | None = None) -> Floats:
    """A crop as the network takes it: 32 rows, mean 0, deviation 1, outliers clipped."""
    width = width or max(8, round(crop.shape[1] * ROWS / crop.shape[0]))
    small = cv2.resize(crop, (width, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(np.clip((small - small.mean()) / max(float(small.std()), 2.0), -4, 4), np.float32)


def padded(images: list[Floats], multiple: int = 16) -> Floats:
    width = -(-max(image.shape[1] for image in images) // multiple) * multiple
    batch = np.zeros((len(images), 1, ROWS, width), np.float32)
    for row, image in zip(batch, images, strict=True):
        row[0, :, : image.shape[1]] = image
    return batch


def batch_of(shards: Shards, random: np.random.Generator, count: int, pieces: int, blanks: float) -> list[Batch]:
    """`count` random samples, of those without text the part `blanks`, as `pieces` batches of like width."""
    chosen = random.integers(len(shards.crops), size=count)
    chosen = [int(i) for i in chosen if shards.texts[i] or random.random() < blanks]
    images = [_varied(shards.crops[i], random) for i in chosen]
    order = np.argsort([image.shape[1] for image in images])
    batches = []
    for piece in np.array_split(order, pieces):
        batch = padded([images[i] for i in piece])
        batch += random.standard_normal(batch.shape, np.float32) * np.float32(random.uniform(0, 0.12))
        batches.append(Batch(batch, [shards.texts[chosen[i]] for i in piece], [images[i].shape[1] for i in piece]))
    random.shuffle(batches)  # type: ignore[arg-type]
    return batches


def _varied(crop: Grey, random: np.random.Generator) -> Floats:
    """The crop a little wider, leaning, blurred, noisier or inverted: a cached one is seen several times."""
    if random.random() < 0.5:
        crop = _leaning(crop, random)
    width = max(8, round(crop.shape[1] * ROWS / crop.shape[0] * random.uniform(0.88, 1.12)))
    cut = random.integers(0, 3, 2)
    image = prepared(crop[cut[0] : crop.shape[0] - cut[1]], width)
    if random.random() < 0.2:
        image = np.asarray(image + random.uniform(-0.15, 0.15) * (image * image - 1), np.float32)
    if random.random() < 0.12:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), random.uniform(0.4, 1.0)), np.float32)
    if random.random() < 0.25:
        image = image + random.standard_normal(image.shape, np.float32) * np.float32(random.uniform(0, 0.4))
    return -image if random.random() < 0.12 else image


def _leaning(crop: Grey, random: np.random.Generator) -> Grey:
    rows, columns = crop.shape
    turn = math.radians(random.normal(0, 2) * min(1.0, 2 * rows / columns))
    lean, tall = random.normal(0, 0.07), random.uniform(0.92, 1.08)
    linear = np.array([[math.cos(turn), lean - math.sin(turn)], [math.sin(turn), tall * math.cos(turn)]])
    middle = np.array([columns / 2, rows / 2])
    matrix = np.column_stack([linear, middle - linear @ middle + (0, random.normal(0, 1))])
    return np.asarray(cv2.warpAffine(crop, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE), np.uint8)
