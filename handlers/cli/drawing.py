"""`castmark read --draw`: a copy of each picture with the marks that were found on it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

_SEEN, _DOUBTED, _PAPER = "#ff7a2b", "#9aa0a6", "#17191c"
_LARGEST = 2000


def draw(image: "Image", marks: Sequence[Mapping[str, Any]], folder: Path, source: Path) -> None:
    """Write it below `folder`, under the folders of `source`, as a JPEG of at most 2000 pixels. Raises OSError."""
    from PIL import Image, ImageDraw

    scale = min(1.0, _LARGEST / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    copy = image.convert("RGB").resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    pen, width = ImageDraw.Draw(copy), max(2, max(size) // 400)
    for mark in marks:
        _mark(pen, mark, scale, width, size)
    target = place_of(folder, source)
    target.parent.mkdir(parents=True, exist_ok=True)
    copy.save(target, "JPEG", quality=88)


def place_of(folder: Path, source: Path) -> Path:
    """Where the drawing of `source` goes: its folders are kept, and none leads out of `folder`."""
    parts = [part for part in source.parts if part not in ("..", source.anchor)]
    return folder.joinpath(*parts[:-1], f"{parts[-1]}.jpg")


def _mark(pen: Any, mark: Mapping[str, Any], scale: float, width: int, size: tuple[int, int]) -> None:
    from PIL import ImageFont

    colour = _SEEN if mark["answered"] else _DOUBTED
    corners = [(x * scale, y * scale) for x, y in mark["polygon"]]
    pen.line([*corners, *corners[:2]], fill=colour, width=width, joint="curve")
    text = mark["text"] if mark["answered"] else f"{mark['text']} ?"
    font = ImageFont.load_default(max(14, max(size) // 40))
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    x = max(0.0, min(min(corner[0] for corner in corners), size[0] - (right - left) - 8))
    y = max(0.0, min(corner[1] for corner in corners) - (bottom - top) - 12)
    pen.rectangle((x, y, x + right - left + 8, y + bottom - top + 8), fill=_PAPER)
    pen.text((x + 4 - left, y + 4 - top), text, fill="#ffffff", font=font)
