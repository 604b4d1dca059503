"""Readings a second against CASTMARK_WORKERS, and what a server adds to a reading: `python -m benchmarks.scale`.

Each round has a server for each number of workers read the same drawn hubs, one task each, in turns, beside a process
that only reads them. The goal: queue, database and threads cost less than a twentieth of a reading.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx2
import numpy as np
from PIL import Image

from benchmarks.server import used
from drawing.kinds import KINDS
from tests.servers import started

ROOT = Path(__file__).parents[1]
_READ = """
import sys, time
from pathlib import Path
from handlers.pictures.decoding import open_grey
from handlers.recognition.reader import Reader
files = sorted(Path(sys.argv[1]).iterdir())
reader = Reader()
def read(path):
    with path.open("rb") as file:
        reader.read(open_grey(file, path.name, max_pixels=64_000_000))
read(files[0])
before, began = time.process_time(), time.perf_counter()
for path in files:
    read(path)
print(time.process_time() - before, time.perf_counter() - began)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workers", nargs="*", type=int, default=[1, 2, 4])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=16)
    given = parser.parse_args()
    rates: dict[str, list[float]] = {}
    cpus: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        pictures = _drawn(Path(folder), given.pictures)
        for _ in range(given.rounds):
            for name in ["reading alone", *map(str, given.workers)]:
                cpu, seconds = _alone(Path(folder)) if name == "reading alone" else _served(name, pictures)
                rates.setdefault(name, []).append(len(pictures) / seconds)
                cpus.setdefault(name, []).append(cpu / len(pictures))
    _print(rates, cpus)


def _drawn(folder: Path, number: int) -> list[bytes]:
    for index in range(number):
        grey = KINDS["hub_outline"].picture("hub_outline", "dev", index).grey
        Image.fromarray(np.asarray(grey)).save(folder / f"{index:02}.png")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def _alone(folder: Path) -> tuple[float, float]:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _READ, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    cpu, seconds = map(float, done.stdout.split())
    return cpu, seconds


def _served(workers: str, pictures: list[bytes]) -> tuple[float, float]:
    """CPU and time from the first `start` to the last reading; the pictures are there and the models open before."""
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), WORKERS=workers) as (url, process),
        httpx2.Client(base_url=url, timeout=300) as client,
    ):
        client.post("/upload?uuid=the-first-of-all", files={"f": ("0.png", pictures[0])}).raise_for_status()
        _over(client, [_task(client, "the-first-of-all")])
        for number, picture in enumerate(pictures):
            client.post(f"/upload?uuid={_uuid(number)}", files={"f": ("1.png", picture)}).raise_for_status()
        before, began = used(process), time.perf_counter()
        _over(client, [_task(client, _uuid(number)) for number in range(len(pictures))])
        seconds = time.perf_counter() - began
        return used(process) - before, seconds


def _uuid(number: int) -> str:
    return f"{number:032}"


def _task(client: httpx2.Client, uuid: str) -> str:
    task: str = client.get(f"/start?uuid={uuid}").raise_for_status().json()["task_uuid"]
    return task


def _over(client: httpx2.Client, tasks: list[str]) -> None:
    for task in tasks:
        while isinstance(client.get(f"/status?task={task}").json()["status"], str):
            time.sleep(0.1)


def _print(rates: dict[str, list[float]], cpus: dict[str, list[float]]) -> None:
    print(f"{os.cpu_count()} cores\n\n| workers | readings a second | CPU ms a reading | of the CPU of reading alone |")
    print("|---|---|---|---|")
    for name, rate in rates.items():
        ratio = median(mine / its for mine, its in zip(cpus[name], cpus["reading alone"], strict=True))
        print(f"| {name} | {median(rate):.2f} | {median(cpus[name]) * 1000:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
