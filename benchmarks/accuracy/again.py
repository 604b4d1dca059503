"""The report of answers that were written down: `python -m benchmarks.accuracy.again FILE...` (from `--json FILE`).

Files of several runs may name the same pictures: the answers of later files are added to those of earlier ones, so that
a method that did not change need not run again. Costs are to be compared within one run only.
"""

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from benchmarks.accuracy.answer import Answer, Row
from benchmarks.accuracy.methods import NAMES
from benchmarks.accuracy.report import report


def main() -> None:
    rows = joined(row(line) for name in sys.argv[1:] for line in Path(name).read_text().splitlines())
    methods = [name for name in NAMES if all(name in each.answers for each in rows)]
    print(report(rows, methods))


def joined(rows: Iterable[Row]) -> list[Row]:
    """One row per picture, with the answers of all its rows, the latest of each method."""
    found: dict[str, Row] = {}
    for each in rows:
        answers = found[each.name].answers if each.name in found else {}
        found[each.name] = replace(each, answers={**answers, **each.answers})
    return list(found.values())


def row(line: str) -> Row:
    given = json.loads(line)
    given["truth"] = tuple(given["truth"])
    answers = {name: answer(**fields) for name, fields in given.pop("answers").items()}
    wide, high = given.pop("size")
    return Row(**given, size=(wide, high), answers=answers)


def answer(**fields: object) -> Answer:
    """An answer from the values that JSON keeps."""
    return Answer(**{name: _tupled(value) for name, value in fields.items()})  # type: ignore[arg-type]


def _tupled(value: object) -> object:
    return tuple(_tupled(each) for each in value) if isinstance(value, list) else value


if __name__ == "__main__":
    main()
