"""The standard set that `castmark teach` holds a teaching against: `python -m drawing.standard`.

Drawn marks, so that no photo of anybody's is shipped; small cuts and pads, so that all of them are read in half a
minute and take no more room than one photo; of every way of marking and of many forms, since a teaching must not cost
what it knows nothing of. Their seeds are no benchmark's.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zlib import crc32

import numpy as np
from PIL import Image

from drawing.camera import Grey
from drawing.kinds import KINDS

FILE = Path(__file__).parents[1] / "handlers" / "teaching" / "standard.zip"
EACH = {"crop_mark": 20, "crop_line": 20, "pad_cut": 10}
_SEED = 20
_QUALITY = 88


def main() -> None:
    marks = list(drawn())
    with ZipFile(FILE, "w", ZIP_STORED) as archive:
        for number, (_, grey) in enumerate(marks):
            archive.writestr(_dated(f"{number:02d}.jpg"), _jpeg(grey))
        archive.writestr(_dated("marks.json"), json.dumps([text for text, _ in marks], indent=1))


def drawn() -> Iterator[tuple[str, Grey]]:
    """The texts and pictures."""
    for name, count in EACH.items():
        for number in range(count):
            (text,), grey = KINDS[name].draw(np.random.default_rng([_SEED, crc32(name.encode()), number]))
            yield text, grey


def _dated(name: str) -> ZipInfo:
    """The same date whenever it is made, so that the same marks are the same file."""
    return ZipInfo(name, (2026, 11, 28, 0, 0, 0))


def _jpeg(grey: Grey) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()


if __name__ == "__main__":
    main()
