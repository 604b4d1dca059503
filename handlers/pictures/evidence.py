"""What is kept of a picture beside its reading: a smaller whole, and its marks cut out and turned upright.

Made of the grey picture that was read, so that nothing is decoded a second time, and as JPEG, which browsers show: 640
pixels and the crop take 30 to 60 KB together.
"""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

_SMALL = 640
_CROP = (960, 480)
# Around the marks, in heights of the largest: enough to see what else stands there.
_MARGIN = 0.6
_QUALITY = 80
_Points = Sequence[tuple[float, float]]


def small(grey: "Image") -> bytes:
    """The picture, 640 pixels at most on a side."""
    from PIL import Image

    scale = min(1.0, _SMALL / max(grey.size))
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    # Made small in two steps: quick, and without a copy of the full size.
    return _jpeg(grey.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0))


def crop(grey: "Image", marks: Iterable[Mapping[str, Any]]) -> bytes | None:
    """The marks of a full reading that are answered, or else all that were seen, upright; None where there are none."""
    all_marks = list(marks)
    shown = [mark for mark in all_marks if mark["answered"]] or all_marks
    if not shown:
        return None
    angle = math.radians(shown[0]["angle"])
    turned = [[_turned(x, y, -angle) for x, y in mark["polygon"]] for mark in shown]
    margin = _MARGIN * max(_extent(points, 1) for points in turned)
    xs, ys = ([point[axis] for points in turned for point in points] for axis in (0, 1))
    box = (min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin)
    return _jpeg(_cut(grey, box, angle))


def _cut(grey: "Image", box: tuple[float, float, float, float], angle: float) -> "Image":
    """The part of the picture that is `box` once the picture is turned by `-angle`."""
    from PIL import Image

    left, top, right, bottom = box
    scale = min(1.0, _CROP[0] / (right - left), _CROP[1] / (bottom - top))
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    # Of every so many pixels one would be taken: what is much too large is made smaller first.
    factor = max(1, int(1 / scale))
    step = 1 / scale / factor
    cos, sin = math.cos(angle) * step, math.sin(angle) * step
    x, y = (value / factor for value in _turned(left, top, angle))
    source = grey.reduce(factor) if factor > 1 else grey
    return source.transform(size, Image.Transform.AFFINE, (cos, -sin, x, sin, cos, y), Image.Resampling.BICUBIC)


def _turned(x: float, y: float, angle: float) -> tuple[float, float]:
    return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)


def _extent(points: _Points, axis: int) -> float:
    values = [point[axis] for point in points]
    return max(values) - min(values)


def _jpeg(image: "Image") -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
