"""The report's tables of the real photos: by group, photo by photo, and varied."""

from collections.abc import Sequence
from itertools import groupby
from statistics import median

from benchmarks.accuracy.answer import Row
from benchmarks.accuracy.methods import US
from benchmarks.accuracy.tables import count, table


def by_group(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """In how many photos all lines are found, in how many nothing else is answered, and what it costs."""
    head = ["real photos", "photos"]
    for name in methods:
        head += [f"{name}: all lines found", "exact", "CPU ms"]
    ordered = sorted(rows, key=lambda row: row.group)
    groups = [(group, list(some)) for group, some in groupby(ordered, key=lambda row: row.group)]
    lines = [_group(label, some, methods) for label, some in [*groups, ("**all**", ordered)]]
    text = (
        "All lines found: each true line is within the answer; letters and digits alone count, O and Q as 0, I as 1. "
        "Exact: nothing else is answered, where all that stands in the photo is known. CPU: median."
    )
    return f"{text}\n\n{table(head, lines)}"


def _group(label: str, rows: Sequence[Row], methods: Sequence[str]) -> list[str]:
    cells = [label, str(len(rows))]
    for name in methods:
        cells += [count(row.found(name) for row in rows), count(row.alone(name) for row in rows if row.complete)]
        cells.append(f"{median(row.answers[name].cpu_ms for row in rows):.0f}")
    return cells


def by_photo(rows: Sequence[Row], methods: Sequence[str]) -> str:
    lines = [
        [row.name, " / ".join(row.truth), *(_said(row, name).replace("|", "/") for name in methods)] for row in rows
    ]
    text = "Bold: all lines found and nothing else. Slanted: all lines found. A question mark: a person is to look."
    return f"{text}\n\n{table(['photo', 'truth', *methods], lines)}"


def _said(row: Row, method: str) -> str:
    answer = row.answers[method]
    right = "**" if row.alone(method) else "_" if row.found(method) else ""
    sure = f" {answer.confidence:.2f}{' ?' if answer.review else ''}" if method == US else ""
    return f"{right}{answer.text[:40] or '-'}{right}{sure}, {answer.cpu_ms:.0f} ms"


def varied(rows: Sequence[Row], methods: Sequence[str]) -> str:
    """How many variants of each photo are read."""
    lines = []
    for photo, some in groupby(rows, key=lambda row: row.name.split(",")[0]):
        read = list(some)
        lines.append([photo, str(len(read)), *(str(sum(row.exact(name) for row in read)) for name in methods)])
    total = [str(sum(row.exact(name) for row in rows)) for name in methods]
    return table(["photo, varied", "pictures", *methods], [*lines, ["**all**", str(len(rows)), *total]])
