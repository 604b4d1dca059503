"""A contact sheet of the drawn pictures to hold beside real photos: `python -m drawing.sheet OUT.png`."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from drawing.camera import Grey
from drawing.kinds import KINDS, Picture

_CELL = 300


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("out", type=Path)
    options.add_argument("--kinds", default=",".join(KINDS))
    options.add_argument("--each", type=int, default=4)
    given = options.parse_args()
    rows = [
        np.hstack([_cell(KINDS[name].picture(name, "dev", number)) for number in range(given.each)])
        for name in given.kinds.split(",")
    ]
    cv2.imwrite(str(given.out), np.vstack(rows))


def _cell(picture: Picture) -> Grey:
    """The picture with its kind and truth under it."""
    cell = np.zeros((_CELL + 24, _CELL), np.uint8)
    factor = _CELL / max(picture.grey.shape)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = cv2.resize(picture.grey, None, fx=factor, fy=factor, interpolation=how)
    cell[: small.shape[0], : small.shape[1]] = small[:_CELL, :_CELL]
    label = f"{picture.kind} {' | '.join(picture.truth)}"
    cv2.putText(cell, label, (4, _CELL + 17), (255,), cv2.FontFace("sans"), 14, 400)
    return cell


if __name__ == "__main__":
    main()
