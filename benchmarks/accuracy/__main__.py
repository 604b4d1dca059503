"""Measures reading and prints the report: `python -m benchmarks.accuracy --help`."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.accuracy.failures import dump
from benchmarks.accuracy.kinds import KINDS, SEEDS, Picture, pictures
from benchmarks.accuracy.methods import NAMES, US, missing
from benchmarks.accuracy.real import KIND as REAL
from benchmarks.accuracy.real import photos
from benchmarks.accuracy.report import report
from benchmarks.accuracy.run import measure

_SHORT = {"us": US}


def main() -> None:
    given = _options()
    names = [_SHORT.get(name, name) for name in given.only.split(",")] if given.only else list(NAMES)
    for name in names:
        if why := missing(name):
            print(f"{name} is left out: {why}.\n")
    methods = [name for name in names if not missing(name)]
    rows = []
    for picture, row in measure(_pictures(given), methods):
        rows.append(row)
        if given.dump and US in methods:
            dump(picture, row, US, given.dump)
        if sys.stderr.isatty():
            print(f"\r{len(rows)} {picture.name:40}", end="", file=sys.stderr)
    if given.json:
        given.json.write_text("\n".join(json.dumps(asdict(row)) for row in rows))
    print(report(rows, methods))


def _pictures(given: argparse.Namespace) -> Iterator[Picture]:
    kinds = given.kinds.split(",") if given.kinds else [*KINDS, REAL]
    yield from pictures(given.seeds, [kind for kind in kinds if kind != REAL], given.quick)
    if REAL in kinds:
        yield from photos()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seeds", choices=tuple(SEEDS), default="dev")
    parser.add_argument("--quick", action="store_true", help="a few pictures of each kind")
    parser.add_argument("--only", default="", help=f"methods, by commas: us, {', '.join(NAMES)}")
    parser.add_argument("--kinds", default="", help=f"by commas: {', '.join([*KINDS, REAL])}")
    parser.add_argument("--dump", type=Path, help="a folder for the pictures that Castmark reads wrongly")
    parser.add_argument("--json", type=Path, help="a file for every answer, a line each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
