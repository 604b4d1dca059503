"""What a process that reads takes: functions and laptops have little to spare."""

import subprocess
import sys
from pathlib import Path

import pytest

MOST = 300
"""MiB."""
_READS = """
from pathlib import Path
from handlers.recognition.reader import Reader
from tests.drawing import draw_hub, draw_plate
reader = Reader(threads=1)
texts = [reader.read(draw_hub("A27", angle=40, seed=1)).text, reader.read(draw_plate("AB4711", size=(1600, 1200))).text]
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(*texts, int(peak.split()[1]) // 1024)
"""


_OPENS = """
from pathlib import Path
from handlers.recognition.reader import Reader
def held():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
before = held()
reader = Reader(threads=1)
constructed = held()
reader.prepare()
print(constructed - before, held() - constructed)
"""
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells what a process takes in /proc"
)


def said(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_reading_process_takes_little_memory() -> None:
    hub, plate, peak = said(_READS)
    assert (hub, plate) == ("A27", "AB4711")
    assert int(peak) < MOST


def test_constructing_a_reader_opens_no_model() -> None:
    """The models are several MiB."""
    constructing, preparing = map(float, said(_OPENS))
    assert constructing < 2 < preparing
