"""A fresh process up to its first reading, Castmark beside RapidOCR: `python -m benchmarks.start [--rounds 5] [PHOTO]`.

Each round starts one process for each, in turns. CPU time, because machines are shared; the peak is the process's own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from drawing.kinds import KINDS

ROOT = Path(__file__).parents[1]
_MEASURED = """
import json, resource, sys, time
import numpy as np
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
grey = np.load(sys.argv[1])
before = cpu()
{imports}
imported = cpu()
text = {read}
done = cpu()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([imported - before, done - imported, peak, text]), file=sys.stderr)
"""
METHODS = {
    "Castmark": (
        "from PIL import Image; from handlers.recognition.reader import Reader",
        "Reader().read(Image.fromarray(grey)).text",
    ),
    "RapidOCR": (
        "import cv2; from rapidocr import RapidOCR",
        "' '.join(RapidOCR()(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)).txts or ())",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photo", nargs="?", type=Path, help="a photo; else a drawn hub")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.npy"
        np.save(path, _picture(given.photo))
        rounds = [{name: _run(name, path) for name in METHODS} for _ in range(given.rounds)]
    _print(rounds)


def _picture(photo: Path | None) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    if photo is None:
        return KINDS["hub_outline"].picture("hub_outline", "dev", 0).grey
    from handlers.pictures.decoding import open_picture

    with photo.open("rb") as file:
        return np.asarray(open_picture(file, photo.name, max_pixels=64_000_000).grey, np.uint8)


def _run(name: str, path: Path) -> list[float]:
    imports, read = METHODS[name]
    command = [sys.executable, "-c", _MEASURED.format(imports=imports, read=read), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603
    *numbers, _ = json.loads(done.stderr.splitlines()[-1])
    return [float(number) for number in numbers]


def _print(rounds: list[dict[str, list[float]]]) -> None:
    print("| method | imports, CPU s | first reading, CPU s | x Castmark | peak MiB |")
    print("|---|---|---|---|---|")
    for name in METHODS:
        imports, first, peak = (median(each[name][index] for each in rounds) for index in range(3))
        ratio = median(each[name][1] / each["Castmark"][1] for each in rounds)
        print(f"| {name} | {imports:.2f} | {first:.2f} | {ratio:.2f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
