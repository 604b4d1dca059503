"""One method in a process of its own, so that memory is its own: paths of pictures come in by lines, answers go out."""

import json
import os
import resource
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.answer import Answer
from benchmarks.accuracy.methods import TESSERACT, Method, opened

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def main() -> None:
    name = sys.argv[1]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints must not stand among the answers
    method = opened(name)
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        answer = _measured(method, Path(line.strip()), name == TESSERACT)
        print(json.dumps(asdict(answer)), file=answers, flush=True)


def _measured(method: Method, path: Path, elsewhere: bool) -> Answer:
    """`elsewhere`: the work is done by a child, whose cost counts alone."""
    shown = np.load(path)
    grey, colours = shown["grey"], shown.get("colours")
    _forget_peak()
    who = resource.RUSAGE_CHILDREN if elsewhere else resource.RUSAGE_SELF
    before = _cpu(who)
    answer = method(grey, colours)
    return replace(answer, cpu_ms=(_cpu(who) - before) * 1000, peak_mib=_peak_of_children() if elsewhere else _peak())


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _forget_peak() -> None:
    """Linux: from here on the peak counts anew (man 5 proc, clear_refs)."""
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def _peak() -> float | None:
    if not _STATUS.exists():
        return None
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def _peak_of_children() -> float:
    """The largest child so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


if __name__ == "__main__":
    main()
