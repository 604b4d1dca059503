"""The real photos beside the checkout, with their true texts, as they are and varied a little."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from drawing.camera import Grey
from drawing.kinds import Picture
from handlers.pictures.decoding import open_picture

PHOTOS = Path(__file__).parents[3] / "shared" / "images"
INDEXES = ("index.json", "real/index.json")
"""Marks and hubs of the trade; whatever is cast, stamped or printed on parts."""
KIND = "real"
VARIED = "real_varied"


def missing(folder: Path = PHOTOS) -> str:
    """Why there are no photos; empty where there are."""
    return "" if any((folder / index).is_file() for index in INDEXES) else f"{folder} has no index.json"


def photos(folder: Path = PHOTOS, indexes: Sequence[str] = INDEXES) -> Iterator[Picture]:
    """The photos of the folder's indexes, whose names are relative to the folder; none where it is not there."""
    for index in indexes:
        path = folder / index
        for entry in json.loads(path.read_text()) if path.is_file() else ():
            yield _photo(folder, entry)


def _photo(folder: Path, entry: dict[str, Any]) -> Picture:
    """`text` has the lines of the photo; an index without groups has hubs in the folder of that name, else metal."""
    name = entry["file"]
    with (folder / name).open("rb") as file:
        opened = open_picture(file, name, max_pixels=64_000_000)
    grey = np.asarray(opened.grey, np.uint8)
    colours = np.asarray(opened.colours, np.uint8) if opened.colours else None
    group = entry.get("group", "hub" if name.startswith("hub/") else "metal")
    return Picture(name, KIND, tuple(entry["text"].splitlines()), grey, group, entry.get("complete", True), colours)


def varied(folder: Path = PHOTOS) -> Iterator[Picture]:
    """Each photo of the first index in every one of `VARIANTS`: what cameras make of the same mark."""
    for photo in photos(folder, INDEXES[:1]):
        for how, vary in VARIANTS.items():
            yield replace(photo, name=f"{photo.name}, {how}", kind=VARIED, grey=vary(photo.grey), colours=None)


def _resized(factor: float) -> Callable[[Grey], Grey]:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return lambda grey: np.asarray(cv2.resize(grey, None, fx=factor, fy=factor, interpolation=how), np.uint8)


def _lit(gamma: float) -> Callable[[Grey], Grey]:
    return lambda grey: np.asarray(255 * (grey / 255.0) ** gamma, np.uint8)


def _turned(degrees: float) -> Callable[[Grey], Grey]:
    def vary(grey: Grey) -> Grey:
        height, width = grey.shape
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
        return np.asarray(cv2.warpAffine(grey, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)

    return vary


def _noisy(grey: Grey) -> Grey:
    noise = np.random.default_rng(0).normal(0, 6, grey.shape)
    return np.asarray(np.clip(grey + noise, 0, 255), np.uint8)


def _compressed(grey: Grey) -> Grey:
    coded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 45])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


VARIANTS: dict[str, Callable[[Grey], Grey]] = {
    **{"0.7 times as large": _resized(0.7), "0.85 times": _resized(0.85), "1.15 times": _resized(1.15)},
    **{"lighter": _lit(0.7), "darker": _lit(1.4), "turned left": _turned(4), "turned right": _turned(-4)},
    **{"noisy": _noisy, "compressed": _compressed},
    "blurred": lambda grey: np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.uint8),
    "upside down": lambda grey: np.asarray(cv2.rotate(grey, cv2.ROTATE_180), np.uint8),
}
