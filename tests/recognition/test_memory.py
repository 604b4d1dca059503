"""What a process that reads takes: functions and laptops have little to spare."""

import subprocess
import sys
from pathlib import Path

import pytest

MOST = 300
"""MiB."""
_READS = """
from pathlib import Path
from handlers.recognition.pipeline import Reader
from tests.drawing import draw_hub, draw_plate
reader = Reader(threads=1)
texts = [reader.read(draw_hub("A27", angle=40, seed=1)).text, reader.read(draw_plate("AB4711", size=(1600, 1200))).text]
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(*texts, int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak in /proc")
def test_a_reading_process_takes_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _READS], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    hub, plate, peak = done.stdout.split()
    assert (hub, plate) == ("A27", "AB4711")
    assert int(peak) < MOST
