"""The engine that runs the networks reports to nobody."""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_engine_keeps_nothing_that_it_could_report(tmp_path: Path) -> None:
    """With telemetry it has a device's number and a database of events, written where it is first used."""
    code = "from handlers.recognition.reader import Reader; Reader().prepare()"
    places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME"), str(tmp_path))
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | places
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, env=environment, check=True, timeout=120)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
