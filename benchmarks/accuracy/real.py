"""The real photos beside the checkout, with their true texts."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.accuracy.kinds import Picture
from handlers.recognition.image import open_grey

PHOTOS = Path(__file__).parents[3] / "shared" / "images"
KIND = "real"


def photos(folder: Path = PHOTOS) -> Iterator[Picture]:
    """None where the folder is not there."""
    index = folder / "index.json"
    for entry in json.loads(index.read_text()) if index.is_file() else ():
        with (folder / entry["file"]).open("rb") as file:
            grey = np.asarray(open_grey(file, entry["file"], max_pixels=64_000_000), np.uint8)
        yield Picture(entry["file"], KIND, (entry["text"],), grey)
