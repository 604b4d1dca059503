"""The standard set beside this file: drawn marks of forms that no single plant has, which a teaching must not hurt."""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from PIL import Image

_FILE = Path(__file__).with_name("standard.zip")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawn mark, in a picture of mode "L"."""

    text: str
    image: Image.Image


def pictures() -> list[Drawn]:
    """All of them, in their order; made by `python -m drawing.standard`."""
    with ZipFile(_FILE) as archive:
        texts: list[str] = json.loads(archive.read("marks.json"))
        images = [Image.open(BytesIO(archive.read(f"{number:02d}.jpg"))) for number in range(len(texts))]
        return [Drawn(text, image.convert("L")) for text, image in zip(texts, images, strict=True)]
