"""What each tuned number of the reader is worth: `python -m benchmarks.accuracy.tuning [--each 4] [NAME[=VALUE] ...]`.

Every number is made a fifth less and a quarter more (whole numbers by one at least), or what is asked for
(`look.BORDER=0`), by itself, and the photos in `../shared/images` and drawn pictures of the development seeds are read.
The table has each number's value, what its docstring says, and what comes of a step: photos with all lines found (of
these with nothing else), accepted - of these lacking a line; drawn pictures read exactly - accepted and not so read;
crops that were read. The networks' answers are remembered, so that a step costs only what it looks at anew: a minute or
two, and nothing for what only decides (`compose`). Two photos more or fewer are no difference.
"""

import argparse
import ast
import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from PIL import Image

from benchmarks.accuracy.answer import Answer, Row
from benchmarks.accuracy.real import missing, photos
from benchmarks.accuracy.remembering import RememberingReader
from benchmarks.accuracy.tables import table
from drawing.kinds import KINDS, Picture, pictures

ROOM = "handlers.recognition"
NUMBERS: Mapping[str, str] = {
    "find.bands": "COLOURED",
    "find.finder": "CORE LIKELY LEAST SMALLEST CURVED GAP ASIDE TURN SIZE",
    "look": "LEAST_SIDE BORDER CLOSE LONGER TURNS DIRECTED GLIMPSE RIVAL_WAY LONGER_BY LONE LONE_STEP LONE_CAPS MOST"
    " PADS PAD_MARGIN CONFIRMED",
    "reader": "SETTLED WORTH LEGIBLE AGAIN MORE LEGIBLY LIKELY MOST_COLUMNS SIDES ENLARGED WHOLE",
    "read.ctc": "FAINTEST",
    "weigh.evidence": "CANDIDATES DOUBT",
    "weigh.calibration": "CERTAIN LARGE",
    "compose": "ANSWERED SHOWN RIVAL",
    "find.pads": "MIN_RADIUS MAX_RADIUS MIN_ROUNDNESS MIN_FILL MAX_STRETCH MIN_STEP MIN_SMOOTH SAME_PAD FACE_PADS"
    " CLOSE_UP DRAWN",
    "find.mask": "INNER LOWEST RELATIVE NOISE SPARSE SMALLEST BRIDGE CLOSED ROUND UNEVEN",
    "find.turns": "SPREAD ELONGATED SIZES STEP",
    "find.drawn": "DARK LIGHT BETWEEN PAPER GAP RING",
}
"""Numbers that were chosen, by module; not those that the networks fix, and not those that only bound the work."""
LESS, MORE = 0.8, 1.25
US = "Castmark"


@dataclass(frozen=True)
class Outcome:
    """What was read: photos with all lines, of these nothing else; accepted photos and those of them that lack a line;
    drawn pictures that are read exactly, and accepted ones that are not; and crops that the networks were shown."""

    found: int
    exact: int
    accepted: int
    wrong: int
    drawn: int
    drawn_wrong: int
    crops: int

    def __str__(self) -> str:
        return f"{self.found} ({self.exact}), {self.accepted} - {self.wrong}; {self.drawn} - {self.drawn_wrong}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=4, help="drawn pictures of each kind")
    parser.add_argument("names", nargs="*", metavar="NAME[=VALUE]", help="only these, as reader.SETTLED, look.BORDER=0")
    given = parser.parse_args()
    if missing():
        sys.exit(f"The photos are not here: {missing()}.")
    bench = [*photos(), *pictures("dev", list(KINDS), given.each)]
    reader = RememberingReader(1)
    ships = outcome(bench, reader)
    print(f"As it ships: {ships}, {ships.crops} crops\n", flush=True)
    head = ["number", "value", "a step", "what comes of it", "what the number is"]
    print(table(head, []), flush=True)
    for step in steps(given.names):
        print(table(head, [row(step, bench, reader)]).splitlines()[-1], flush=True)


@dataclass(frozen=True)
class Step:
    """A number of a module, and what it is changed to."""

    module: str
    name: str
    value: Any


def steps(asked: Sequence[str]) -> list[Step]:
    """Those that are asked for, or two of every number; raises `SystemExit` for a number that is not among them."""
    known = {f"{module}.{name}": (module, name) for module, some in NUMBERS.items() for name in some.split()}
    found = []
    for each in asked or known:
        name, _, value = each.partition("=")
        if name not in known:
            sys.exit(f"No such number: {name}")
        values = [ast.literal_eval(value)] if value else [stepped(current(*known[name]), by) for by in (LESS, MORE)]
        found += [Step(*known[name], value) for value in values]
    return found


def current(module: str, name: str) -> Any:
    """The value that ships."""
    return vars(importlib.import_module(f"{ROOM}.{module}"))[name]


def row(step: Step, bench: Sequence[Picture], reader: RememberingReader) -> list[str]:
    """A step's line of the table."""
    value = current(step.module, step.name)
    reader.looks = step.module != "compose"
    with changed(step.module, step.name, step.value):
        done = outcome(bench, reader)
    told = documented(step.module, step.name)
    return [f"`{step.module}.{step.name}`", str(value), str(step.value), f"{done}, {done.crops}", told]


def stepped(value: Any, factor: float) -> Any:
    """A number, or each of several, times a factor; a whole number changes by one at least."""
    if isinstance(value, tuple):
        return tuple(stepped(each, factor) for each in value)
    if isinstance(value, int):
        return round(value * factor) if round(value * factor) != value else value + (1 if factor > 1 else -1)
    return float(f"{value * factor:.3g}")


@contextmanager
def changed(module: str, name: str, value: Any) -> Iterator[None]:
    """The number has another value in its module and wherever it was imported from there."""
    old = current(module, name)
    loaded = [each for path, each in sys.modules.items() if path.startswith(ROOM)]
    holders = [each for each in loaded if vars(each).get(name) is old and _is_of(each, module, name)]
    for holder in holders:
        setattr(holder, name, value)
    try:
        yield
    finally:
        for holder in holders:
            setattr(holder, name, old)


def _is_of(holder: ModuleType, module: str, name: str) -> bool:
    """Whether a name in a module is the number of that other one: it is that module, or imports it from there."""
    if holder.__name__ == f"{ROOM}.{module}":
        return True
    imports = (node for node in ast.walk(ast.parse(inspect.getsource(holder))) if isinstance(node, ast.ImportFrom))
    return any(node.module == f"{ROOM}.{module}" and name in [each.name for each in node.names] for node in imports)


def documented(module: str, name: str) -> str:
    """What the docstring below a number says, on one line."""
    body = ast.parse(inspect.getsource(importlib.import_module(f"{ROOM}.{module}"))).body
    at = next(at for at, node in enumerate(body) if isinstance(node, ast.Assign) and name in _names(node))
    for node in body[at + 1 :]:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return " ".join(str(node.value.value).split())
    return ""


def _names(node: ast.Assign) -> list[str]:
    return [each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name)]


def outcome(bench: Sequence[Picture], reader: RememberingReader) -> Outcome:
    """What is read of the pictures now."""
    reader.shown = 0
    rows = [_read(each, reader) for each in bench]
    real, drawn = ([each for each in rows if bool(each.group) is of_others] for of_others in (True, False))
    accepted = [each for each in real if not each.answers[US].review]
    return Outcome(
        sum(each.found(US) for each in real),
        sum(each.alone(US) for each in real if each.complete),
        len(accepted),
        sum(not each.found(US) for each in accepted),
        sum(each.exact(US) for each in drawn),
        sum(not each.exact(US) and not each.answers[US].review for each in drawn),
        reader.shown,
    )


def _read(picture: Picture, reader: RememberingReader) -> Row:
    colours = Image.fromarray(picture.colours) if picture.colours is not None else None
    said = reader.read(Image.fromarray(picture.grey), colours)
    answer = Answer(said.text, tuple(mark.text for mark in said.answered), said.confidence, said.needs_review)
    high, wide = picture.grey.shape
    return Row(picture.name, picture.kind, picture.truth, (wide, high), {US: answer}, picture.group, picture.complete)


if __name__ == "__main__":
    main()
