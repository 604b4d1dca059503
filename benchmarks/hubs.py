"""Reading drawn hubs, and the real ones where they are: Castmark beside RapidOCR (PP-OCRv6), in one run.

make bench-hubs
"""

import json
import logging
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from handlers.recognition.image import open_grey
from handlers.recognition.pipeline import Reader
from tests.drawing import draw_hub

_TEXTS = (
    "11",
    "A27",
    "7",
    "K4",
    "52",
    "B8",
    "H13",
    "3E",
    "19",
    "T05",
    "X2",
    "84",
    "C31",
    "P9",
    "45",
    "M6",
    "23",
    "G77",
)
_REAL = Path(__file__).parents[2] / "shared" / "images"


Photo = tuple[str, Image.Image]
Method = Callable[[Image.Image], str]


def main() -> None:
    methods = {"Castmark": _castmark(), "RapidOCR as it comes": _rapid(1), "RapidOCR, four rotations": _rapid(4)}
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)  # it sets the level itself when it is made
    drawn = [(text, draw_hub(text, angle=37 * n - 180, seed=100 + n)) for n, text in enumerate(_TEXTS)]
    results: dict[str, list[tuple[bool, float]]] = {name: [] for name in methods}
    for method in methods.values():
        method(drawn[0][1])  # models are loaded once, and that is another benchmark
    for truth, photo in drawn:
        for name, method in methods.items():  # alternating, so that a busy moment hits all alike
            results[name].append(_timed(method, truth, photo))
    _print(results, len(drawn))
    _print_real(methods)


def _castmark() -> Method:
    reader = Reader()
    return lambda photo: reader.read(photo).text


def _rapid(rotations: int) -> Method:
    engine = RapidOCR()

    def read(photo: Image.Image) -> str:
        best = ("", 0.0)
        for turn in range(rotations):
            found = engine(np.asarray(photo.rotate(90 * turn).convert("RGB")))
            for text, score in zip(
                getattr(found, "txts", None) or (), getattr(found, "scores", None) or (), strict=True
            ):
                best = max(best, (str(text), float(score)), key=lambda pair: pair[1])
        return best[0].strip()

    return read


def _timed(method: Method, truth: str, photo: Image.Image) -> tuple[bool, float]:
    began = time.process_time()
    text = method(photo)
    return text == truth, (time.process_time() - began) * 1000


def _print(results: dict[str, list[tuple[bool, float]]], count: int) -> None:
    base = statistics.median(ms for _, ms in results["Castmark"])
    print(f"{count} drawn hubs, 640 x 640\n")
    print("| method | exact | CPU ms, median | x Castmark |\n|---|---|---|---|")
    for name, rows in results.items():
        median = statistics.median(ms for _, ms in rows)
        print(f"| {name} | {sum(exact for exact, _ in rows)}/{len(rows)} | {median:.0f} | {median / base:.2f} |")


def _print_real(methods: dict[str, Method]) -> None:
    index = _REAL / "index.json"
    if not index.is_file():
        print("\nThe real photos (../shared/images) are not here.")
        return
    print(f"\n| photo | truth | {' | '.join(methods)} |\n|---|---|{'---|' * len(methods)}")
    for entry in json.loads(index.read_text()):
        with (_REAL / entry["file"]).open("rb") as file:
            photo = open_grey(file, entry["file"], max_pixels=64_000_000)
        texts = [method(photo) or "-" for method in methods.values()]
        print(f"| {entry['file']} | {entry['text']} | {' | '.join(texts)} |")


if __name__ == "__main__":
    main()
