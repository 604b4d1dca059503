"""`castmark export --training`: checked readings with their crops, as programs that train take them.

FOLDER/crops/<number>.jpg     one line each, cut close
FOLDER/rec_gt.txt             PaddleOCR's recognition data: a crop and its text a line, with a tab between
FOLDER/images/<number>.jpg    what was kept of a reading: its marks and a margin, or all of the picture made smaller
FOLDER/label-studio.json      Label Studio's tasks, whose pictures are local files of its server
FOLDER/label-config.xml       the labelling interface that these tasks are for
"""

import json
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from handlers.errors import ConfigurationError, NotFound
from handlers.teaching.examples import Example, examples

if TYPE_CHECKING:
    from PIL.Image import Image

    from handlers.rooms import Rooms

CONFIG = """<View>
  <Image name="image" value="$ocr"/>
  <Labels name="label" toName="image"><Label value="Text"/></Labels>
  <Rectangle name="bbox" toName="image"/>
  <TextArea name="transcription" toName="image" perRegion="true" editable="true" required="true"/>
</View>
"""
MARGIN, CLOSE = 0.6, 0.2
"""What is kept around a mark, and what a recogniser is trained with, in heights of the mark."""
_MOST = 1_000_000
_QUALITY = 95
_Box = tuple[int, int, int, int]


def write_training(rooms: "Rooms", folder: Path) -> tuple[int, int]:
    """How many pictures were written, and crops of one line among them.

    Raises ConfigurationError for a folder that is there already, and StorageUnavailable.
    """
    if folder.exists():
        raise ConfigurationError(f"{folder} exists already; name a new folder.")
    with rooms.database.read() as connection:
        found = examples(connection, _MOST)
    for name in ("images", "crops"):
        (folder / name).mkdir(parents=True)
    tasks: list[dict[str, Any]] = []
    lines: list[str] = []
    for example in found:
        opened = _opened(rooms.evidence.get, example)
        if opened is None:
            continue
        image, box = opened
        image.save(folder / "images" / f"{example.number}.jpg", quality=_QUALITY)
        tasks.append(task_of(example, image.size, box, folder.name))
        if box:
            image.crop(_wider(box, image.size)).save(folder / "crops" / f"{example.number}.jpg", quality=_QUALITY)
            lines.append(f"crops/{example.number}.jpg\t{example.text}\n")
    (folder / "rec_gt.txt").write_text("".join(lines), "utf-8")
    (folder / "label-studio.json").write_text(json.dumps(tasks, ensure_ascii=False, indent=1), "utf-8")
    (folder / "label-config.xml").write_text(CONFIG, "utf-8")
    return len(tasks), len(lines)


def task_of(example: Example, size: tuple[int, int], box: _Box | None, folder: str) -> dict[str, Any]:
    """A task of Label Studio's with its annotation: one region, in hundredths of the picture."""
    left, top, right, bottom = box or (0, 0, *size)
    place = {
        **{"x": 100 * left / size[0], "y": 100 * top / size[1], "rotation": 0},
        **{"width": 100 * (right - left) / size[0], "height": 100 * (bottom - top) / size[1]},
    }
    common = {"id": f"r{example.number}", "to_name": "image", "image_rotation": 0}
    common |= {"original_width": size[0], "original_height": size[1]}
    result = [
        common | {"from_name": "bbox", "type": "rectangle", "value": place},
        common | {"from_name": "label", "type": "labels", "value": place | {"labels": ["Text"]}},
        common | {"from_name": "transcription", "type": "textarea", "value": place | {"text": [example.text]}},
    ]
    picture = f"/data/local-files/?d={folder}/images/{example.number}.jpg"
    data = {"ocr": picture, "reading": example.number, "model": example.model}
    return {"data": data, "annotations": [{"result": result, "ground_truth": True}]}


def _opened(get: Callable[[str, str], bytes], example: Example) -> "tuple[Image, _Box | None] | None":
    """The kept picture, and where its mark is, where it is one line; None where nothing is kept any more."""
    from PIL import Image

    for kind in (each for each in ("crop", "small", "whole") if each in example.pictures):
        try:
            content = get(example.key, kind)
        except NotFound:
            continue
        image = Image.open(BytesIO(content)).convert("L")
        one = kind == "crop" and len(example.marks) == 1 and len(example.texts) == 1
        return image, _box(image.size) if one else None
    return None


def _box(size: tuple[int, int]) -> _Box:
    """Where the mark is in what was cut out around it."""
    margin = round(size[1] * MARGIN / (1 + 2 * MARGIN))
    return margin, margin, size[0] - margin, size[1] - margin


def _wider(box: Sequence[int], size: tuple[int, int]) -> _Box:
    """The box with as much around it as a recogniser is trained with."""
    more = round(CLOSE * (box[3] - box[1]))
    return max(0, box[0] - more), max(0, box[1] - more), min(size[0], box[2] + more), min(size[1], box[3] + more)
