"""The report: real photos by group, drawn pictures by kind, costs, pictures without marks, confidence, failures."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from statistics import median

from benchmarks.accuracy.answer import Row
from benchmarks.accuracy.calibration import bins, expected_error, flags
from benchmarks.accuracy.failures import category, confusions
from benchmarks.accuracy.methods import US
from benchmarks.accuracy.photos import by_group, by_photo, varied
from benchmarks.accuracy.tables import share, table
from handlers.recognition.reading import Alternative, Mark, Reading
from handlers.recognition.weigh.known import prefer_known

_NOWHERE = ((0.0, 0.0),) * 4
_GROUPS = {"hub_": "all hubs", "pad_": "all pads", "line_": "all lines", "crop_": "all crops", "": "**all**"}


def report(rows: Sequence[Row], methods: Sequence[str]) -> str:
    marked = [row for row in rows if row.truth and not row.kind.startswith("real")]
    bare = [row for row in rows if not row.truth]
    real, changed = ([row for row in rows if row.kind == kind] for kind in ("real", "real_varied"))
    parts = [
        by_group(real, methods) if real else "No real photos were read.",
        _by_kind(marked, methods) if marked else "",
        _costs(rows, methods) if rows else "",
        _bare(bare, methods, _molds(rows)) if bare else "",
        by_photo(real, methods) if real else "",
        varied(changed, methods) if changed else "",
    ]
    if US in methods and marked:
        parts += [_confidence(marked, bare), _failures(marked)]
    return "\n\n".join(part for part in parts if part)


def _by_kind(rows: Sequence[Row], methods: Sequence[str]) -> str:
    molds = _molds(rows)
    head = ["kind", "pictures"]
    for name in methods:
        head += [f"{name} exact", "all lines"] + (["exact, known molds"] if name == US else [])
    return table(head, [_kind_line(*each, methods, molds) for each in _grouped(rows)])


def _molds(rows: Sequence[Row]) -> frozenset[str]:
    """The texts of all hubs and pads of the run, taken as the list of known molds."""
    return frozenset(row.truth[0] for row in rows if row.kind.startswith(("hub_", "pad_")))


def _kind_line(label: str, rows: Sequence[Row], methods: Sequence[str], molds: frozenset[str]) -> list[str]:
    cells = [label, str(len(rows))]
    for name in methods:
        cells += [share(row.exact(name) for row in rows), share(row.all_lines(name) for row in rows)]
        if name == US:
            hubs = [row for row in rows if row.kind.startswith(("hub_", "pad_"))]
            cells.append(share(_known(row, molds) for row in hubs) if len(hubs) == len(rows) else "")
    return cells


def _known(row: Row, molds: frozenset[str]) -> bool:
    """Whether the list of all marks in this run leads to the right one."""
    return _preferred(row, molds) == row.truth[0]


def _preferred(row: Row, molds: frozenset[str]) -> str:
    """What is answered where the molds are known."""
    answer = row.answers[US]
    others = tuple(Alternative(text, confidence) for text, confidence in answer.alternatives)
    doubted = tuple(Mark(text, _NOWHERE, 0.0, confidence) for text, confidence in answer.doubted)
    reading = Reading(answer.text, answer.confidence, answer.review, others, (), *row.size, doubted=doubted)
    return prefer_known(reading, molds).text


def _costs(rows: Sequence[Row], methods: Sequence[str]) -> str:
    head = ["kind"] + [f"{name}: {what}" for name in methods for what in ("CPU ms", "x", "MiB, most")]
    lines = []
    for label, some in _grouped(rows):
        cells = [label]
        for name in methods:
            times = [row.answers[name].cpu_ms for row in some]
            ratio = median(row.answers[name].cpu_ms / max(row.answers[methods[0]].cpu_ms, 0.1) for row in some)
            peaks = [row.answers[name].peak_mib or 0.0 for row in some]
            cells += [f"{median(times):.0f}", f"{ratio:.2f}", f"{median(peaks):.0f}, {max(peaks):.0f}"]
        lines.append(cells)
    text = f"CPU per picture, median; x: median of each picture's ratio to {methods[0]}; peak memory, median and most."
    return f"{text}\n\n{table(head, lines)}"


def _bare(rows: Sequence[Row], methods: Sequence[str], molds: frozenset[str]) -> str:
    head = ["without marks", "pictures"]
    for name in methods:
        head += [f"{name}: something read", "accepted"] + (["read, known molds"] if name == US else [])
    lines = []
    for label, some in _grouped(rows):
        cells = [label, str(len(some))]
        for name in methods:
            said = [row.answers[name] for row in some if row.answers[name].text]
            cells += [str(len(said)), str(sum(not answer.review for answer in said))]
            if name == US:
                cells.append(str(sum(bool(_preferred(row, molds)) for row in some)))
        lines.append(cells)
    return table(head, lines)


def _confidence(marked: Sequence[Row], bare: Sequence[Row]) -> str:
    found = bins(marked, US)
    rows = [[f"{b.low}-{b.high}", str(b.count), f"{b.claimed:.2f}", f"{b.right:.2f}"] for b in found]
    lines = [table(["confidence", "readings", "mean", "right"], rows), ""]
    lines.append(f"Expected calibration error {expected_error(found):.3f}, pictures with marks.")
    for label, some in (("with marks", marked), ("all pictures", [*marked, *bare])):
        told = flags(some, US)
        lines.append(
            f"Accepted without review ({label}): {told.accepted:.0%} of readings, {told.precision:.1%} right. "
            f"Flagged: {told.deserved:.0%} wrong; of the wrong ones {told.caught:.0%} are flagged."
        )
    return "\n".join(lines)


def _failures(rows: Sequence[Row]) -> str:
    kinds = {}
    for label, some in _grouped(rows):
        kinds[label] = Counter(category(row, US) for row in some if not row.exact(US))
    names = sorted({name for counted in kinds.values() for name in counted})
    cells = [[label, *(str(counted[name] or "") for name in names)] for label, counted in kinds.items()]
    pairs = ", ".join(f"{pair} {count}" for pair, count in confusions(rows, US).most_common(20))
    return f"{table(['failures', *names], cells)}\n\nConfusions (true>read): {pairs or 'none'}"


def _grouped(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """By kind, then by group of kinds."""
    ordered = sorted(rows, key=lambda row: row.kind) if len({row.kind for row in rows}) > 1 else list(rows)
    groups = [(kind, list(some)) for kind, some in groupby(ordered, key=lambda row: row.kind)]
    for prefix, label in _GROUPS.items():
        some = [row for row in rows if row.kind.startswith(prefix) and not row.kind.startswith("real")]
        if len({row.kind for row in some}) > 1:
            groups.append((label, some))
    return groups
