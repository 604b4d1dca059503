"""Measures reading and prints the report: `python -m benchmarks.accuracy --help`."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

from benchmarks.accuracy.answer import Row
from benchmarks.accuracy.failures import dump
from benchmarks.accuracy.methods import NAMES, US, missing
from benchmarks.accuracy.real import KIND as REAL
from benchmarks.accuracy.real import PHOTOS, VARIED, photos, varied
from benchmarks.accuracy.real import missing as no_photos
from benchmarks.accuracy.report import report
from benchmarks.accuracy.run import measure
from drawing.kinds import KINDS, QUICK, SEEDS, Picture, pictures

_SHORT = {"us": US}


def main() -> None:
    given = _options()
    names = [_SHORT.get(name, name) for name in given.only.split(",")] if given.only else list(NAMES)
    for name in names:
        if why := missing(name):
            print(f"{name} is left out: {why}.\n")
    if (why := no_photos(given.photos)) and {REAL, VARIED} & set(_kinds(given)):
        print(f"Real photos are left out: {why}.\n")
    methods = [name for name in names if not missing(name)]
    print(report(list(_measured(given, methods)), methods))


def _measured(given: argparse.Namespace, methods: list[str]) -> Iterator[Row]:
    """The rows, each written down at once where a file is named, so that a long run leaves what it has."""
    with given.json.open("w") if given.json else nullcontext() as file:
        for number, (picture, row) in enumerate(measure(_pictures(given), methods), 1):
            if file:
                print(json.dumps(asdict(row)), file=file, flush=True)
            if given.dump and US in methods:
                dump(picture, row, US, given.dump)
            if sys.stderr.isatty():
                print(f"\r{number} {picture.name:40}", end="", file=sys.stderr)
            yield row


def _kinds(given: argparse.Namespace) -> list[str]:
    return given.kinds.split(",") if given.kinds else [*KINDS, REAL, VARIED]


def _pictures(given: argparse.Namespace) -> Iterator[Picture]:
    kinds = _kinds(given)
    most = QUICK if given.quick else given.each
    yield from pictures(given.seeds, [kind for kind in kinds if kind not in (REAL, VARIED)], most)
    if REAL in kinds:
        yield from photos(given.photos)
    if VARIED in kinds:
        yield from varied(given.photos)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--seeds", choices=tuple(SEEDS), default="dev")
    parser.add_argument("--each", type=int, help="so many pictures of each kind, instead of what it has")
    parser.add_argument("--quick", action="store_true", help=f"the same as --each {QUICK}")
    parser.add_argument("--only", default="", help=f"methods, by commas: us, {', '.join(NAMES)}")
    parser.add_argument("--kinds", default="", help=f"by commas: {', '.join([*KINDS, REAL, VARIED])}")
    parser.add_argument(
        "--photos",
        type=Path,
        default=PHOTOS,
        help="the folder of the real photos, and of index.json and real/index.json",
    )
    parser.add_argument("--dump", type=Path, help="a folder for the pictures that Castmark reads wrongly")
    parser.add_argument("--json", type=Path, help="a file for every answer, a line each")
    return parser.parse_args()


if __name__ == "__main__":
    main()
