"""The hardest pictures that are accepted, each read in a process of its own: `python -m benchmarks.limits`.

What is promised: no picture takes more than 10 seconds or 1 GiB, and what shows no mark reads as nothing.
"""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from drawing.camera import Grey

ROOT = Path(__file__).parents[1]
_MEASURED = """
import json, resource, sys, time
from PIL import Image
from benchmarks.limits import PICTURES
from handlers.recognition.reader import Reader
image = Image.fromarray(PICTURES[sys.argv[1]]())
reader = Reader()
reader.prepare()
began, used = time.monotonic(), time.process_time()
text = reader.read(image.convert("L"), image if image.mode == "RGB" else None).text
spent = time.monotonic() - began, time.process_time() - used
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([*spent, peak, *image.size, text]))
"""
_PHONE, _LARGEST = (3000, 4000), (8000, 8000)


def noise(shape: tuple[int, int] = _PHONE) -> Grey:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


def black(shape: tuple[int, int] = _LARGEST) -> Grey:
    return np.zeros(shape, np.uint8)


def rings(shape: tuple[int, int] = _PHONE) -> Grey:
    """Hundreds of discs that each could be a pad."""
    canvas = np.full(shape, 60, np.uint8)
    for y in range(60, shape[0], 120):
        for x in range(60, shape[1], 120):
            cv2.circle(canvas, (x, y), 50, 230, -1)
            cv2.circle(canvas, (x, y), 20, 90, 5)
    return canvas


def page(shape: tuple[int, int] = (3508, 2480), pitch: int = 52) -> Grey:
    """A full page of print, a line every `pitch` pixels: hundreds of words."""
    canvas = np.full(shape, 250, np.uint8)
    random = np.random.default_rng(2)
    words = ["CASTING", "MOLD", "2026", "A27", "BATCH", "WHEEL", "HUB", "NO", "114", "STEEL"]
    for y in range(120, shape[0] - 60, pitch):
        line = " ".join(str(random.choice(words)) for _ in range(11))
        cv2.putText(canvas, line, (100, y), cv2.FONT_HERSHEY_SIMPLEX, pitch / 52, (10,), pitch // 26, cv2.LINE_AA)
    return canvas


def label() -> Grey:
    """Forty lines that can all be read, in colours, so that whatever is doubtful is looked at three times."""
    print_ = page(pitch=84)
    red = np.linspace(0.4, 1.0, print_.shape[1])
    return np.asarray(np.stack([print_ * red, print_ * 0.8, print_ * red[::-1]], axis=-1), np.uint8)


def texture(shape: tuple[int, int] = _PHONE) -> Grey:
    """Knurling: thousands of corners like those of characters."""
    rows, columns = np.indices(shape, np.float32)
    wave = np.sin((rows + columns) / 9) * np.sin((rows - columns) / 11)
    return np.asarray(128 + 90 * np.sign(wave), np.uint8)


PICTURES = {
    "noise, 12 MP": noise,
    "noise, 64 MP": lambda: noise(_LARGEST),
    "black, 64 MP": black,
    "640 discs, 12 MP": rings,
    "a page of print, 8.7 MP": page,
    "forty lines in colours, 8.7 MP": label,
    "knurling, 12 MP": texture,
    "a strip, 20000 x 60": lambda: noise((60, 20000)),
    "a strip, 60 x 20000": lambda: noise((20000, 60)),
}


def main() -> None:
    print("| picture | seconds | CPU s | peak MiB, picture included | read |")
    print("|---|---|---|---|---|")
    for name in PICTURES:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _MEASURED, name], capture_output=True, text=True, check=True, cwd=ROOT
        )
        seconds, used, peak, _, _, text = json.loads(done.stdout.splitlines()[-1])
        print(f"| {name} | {seconds:.1f} | {used:.1f} | {peak:.0f} | {text[:40] or '-'} |")


if __name__ == "__main__":
    main()
