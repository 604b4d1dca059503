"""Warm invocations: CPU of an answer of functions that run already, beside what a plain project would have.

    python -m benchmarks.warm [--rounds 5] [--python PYTHON] [FUNCTION ...]

Each round asks each function a few hundred times, in turns. The goal is that of `test`: no more than the bare hello.
"""

import argparse
import sys
from statistics import median

from benchmarks.functions import Measured, ratio, stack

_CALLS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="these; else all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the packages")
    given = parser.parse_args()
    with stack(given.python, given.functions) as measured:
        for one in measured:
            one.invoke()
        for _ in range(given.rounds):
            for one in measured:
                one.cpu.append(_calls(one))
        _print(measured)


def _calls(one: Measured) -> float:
    """CPU seconds of one call, the runtime client's part included."""
    before = one.used
    for _ in range(_CALLS):
        one.invoke()
    return (one.used - before) / _CALLS


def _print(measured: list[Measured]) -> None:
    print("| function | CPU us an answer | beside | ratio |")
    print("|---|---|---|---|")
    for one in measured:
        beside = f"{ratio(one, measured):.2f}" if one.peer else ""
        print(f"| {one.name} | {median(one.cpu) * 1e6:.0f} | {one.peer} | {beside} |")


if __name__ == "__main__":
    main()
