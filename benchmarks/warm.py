"""Warm invocations: CPU of an answer of functions that run already, beside what a plain project would have.

    python -m benchmarks.warm [--rounds 5] [--python PYTHON] [FUNCTION ...]

Each round asks each function a few hundred times, in turns. The goal is that of `test`: no more than the bare hello.
"""

from statistics import median

from benchmarks.functions import Measured, options, ratio, stack

_CALLS = 300


def main() -> None:
    given = options(__doc__)
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
