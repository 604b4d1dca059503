"""What went wrong, in words, and the pictures of it in a folder."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import cv2

from benchmarks.accuracy.answer import Row, plain
from drawing.kinds import Picture

_TURNED = str.maketrans("69MW", "96WM")


def category(row: Row, method: str) -> str:
    """The one word for a failure: invented, nothing, turned, confused, cut, longer or other."""
    text, truth = plain(row.answers[method].text), plain(" ".join(row.truth))
    if not truth:
        return "invented"
    if not text:
        return "nothing"
    if len(text) == len(truth):
        if text == truth[::-1].translate(_TURNED):
            return "turned"
        return "confused" if _different(text, truth) <= max(1, len(truth) // 3) else "other"
    if text in truth:
        return "cut"
    return "longer" if truth in text else "other"


def confusions(rows: Sequence[Row], method: str) -> Counter[str]:
    """Characters taken for others, as "true>read"."""
    counted: Counter[str] = Counter()
    for row in rows:
        if not row.exact(method) and category(row, method) == "confused":
            pairs = zip(plain(" ".join(row.truth)), plain(row.answers[method].text), strict=True)
            counted.update(f"{true}>{read}" for true, read in pairs if true != read)
    return counted


def dump(picture: Picture, row: Row, method: str, folder: Path) -> None:
    """The picture, named by what was read, or nothing where that was right."""
    if row.exact(method):
        return
    folder.mkdir(parents=True, exist_ok=True)
    answer = row.answers[method]
    said, truth = (_as_name(text) for text in (answer.text, " ".join(row.truth)))
    name = f"{_as_name(row.name)}_is_{truth}_read_{said}_{answer.confidence:.2f}_{category(row, method)}.png"
    cv2.imwrite(str(folder / name), picture.grey)


def _as_name(text: str) -> str:
    return "".join(each if each.isalnum() else "-" for each in text)[:40] or "nothing"


def _different(first: str, second: str) -> int:
    return sum(one != other for one, other in zip(first, second, strict=True))
