"""The report of answers that were written down: `python -m benchmarks.accuracy.again FILE...` (from `--json FILE`)."""

import json
import sys
from pathlib import Path

from benchmarks.accuracy.answer import Answer, Row
from benchmarks.accuracy.report import report


def main() -> None:
    rows = [row(line) for name in sys.argv[1:] for line in Path(name).read_text().splitlines()]
    print(report(rows, list(rows[0].answers)))


def row(line: str) -> Row:
    given = json.loads(line)
    answers = {name: answer(**fields) for name, fields in given.pop("answers").items()}
    return Row(given["name"], given["kind"], tuple(given["truth"]), (given["size"][0], given["size"][1]), answers)


def answer(**fields: object) -> Answer:
    """An answer from the values that JSON keeps."""
    return Answer(**(fields | {name: _tupled(fields[name]) for name in ("lines", "alternatives")}))  # type: ignore[arg-type]


def _tupled(value: object) -> object:
    return tuple(_tupled(each) for each in value) if isinstance(value, list) else value


if __name__ == "__main__":
    main()
