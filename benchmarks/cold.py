"""Cold starts: CPU of a whole function up to its first answer, beside what a plain project would have.

    python -m benchmarks.cold [--rounds 5] [--python PYTHON] [FUNCTION ...]

Each round starts one process of each, in turns. The goal is 0.9 of the peer.
"""

from statistics import median

from benchmarks.functions import Measured, options, ratio, stack

_GOAL = 0.9


def main() -> None:
    given = options(__doc__)
    with stack(given.python, given.functions) as measured:
        for one in measured:
            # Writes what Python compiles, and a picture that `start` finds.
            _start(one)
        for _ in range(given.rounds):
            for one in measured:
                one.cpu.append(_start(one))
        _print(measured)


def _start(one: Measured) -> float:
    one.invoke()
    used = one.used
    one.function.close()
    return used


def _print(measured: list[Measured]) -> None:
    print("| function | CPU ms | beside | ratio |")
    print("|---|---|---|---|")
    for one in measured:
        beside = _beside(ratio(one, measured)) if one.peer else ""
        print(f"| {one.name} | {median(one.cpu) * 1000:.0f} | {one.peer} | {beside} |")


def _beside(found: float) -> str:
    return f"{found:.2f}" if found <= _GOAL else f"{found:.2f} (missed)"


if __name__ == "__main__":
    main()
