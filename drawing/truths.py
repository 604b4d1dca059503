"""What the marks say: texts as foundries and mills write them, of characters that can be told apart."""

import numpy as np

from drawing.strokes import LETTERS

DIGITS = "0123456789"
_TURNABLE = frozenset("0689HNXZSMW")
_MARKS = {"##": 0.3, "@##": 0.2, "@#": 0.15, "#@": 0.08, "###": 0.1, "#": 0.04, "@": 0.03, "@@#": 0.05, "##@#": 0.05}
_LINES = {
    "#@####@": 0.25,
    "1@####H": 0.15,
    "16####H": 0.05,
    "####": 0.08,
    "@@####": 0.1,
    "@#####": 0.08,
    "@@@#######": 0.07,
    "##@####@###": 0.06,
    "@@######@####": 0.03,
    "@@@####@@#####": 0.03,
    "dd.mm.yy": 0.04,
    "20yy-mm-dd": 0.03,
    "mm/yy": 0.03,
}
AMBIGUOUS_KEPT = 0.1
"""Part of the texts kept that read as another one upside down, or sideways as N and Z do."""


def mark(random: np.random.Generator) -> str:
    """The text of a casting mark, one to four characters."""
    return _drawn(random, _MARKS)


def line(random: np.random.Generator) -> str:
    """A line of four to fourteen characters."""
    return _drawn(random, _LINES)


def turnable(text: str) -> bool:
    """Whether nothing in the text tells which way up it is, and the other way it says something else."""
    turned = text[::-1].translate(str.maketrans("69MW", "96WM"))
    sideways = len(text) == 1 and text in "NZ"
    return _TURNABLE.issuperset(text) and (turned != text or sideways)


def _drawn(random: np.random.Generator, patterns: dict[str, float]) -> str:
    chances = np.array(list(patterns.values()))
    while True:
        pattern = str(random.choice(list(patterns), p=chances / chances.sum()))
        text = _filled(random, pattern)
        if not turnable(text) or random.random() < AMBIGUOUS_KEPT:
            return text


def _filled(random: np.random.Generator, pattern: str) -> str:
    dates = {"dd": random.integers(1, 29), "mm": random.integers(1, 13), "yy": random.integers(10, 27)}
    for name, number in dates.items():
        pattern = pattern.replace(name, f"{number:02d}")
    pick = {"#": DIGITS, "@": LETTERS}
    return "".join(str(random.choice(list(pick[each]))) if each in pick else each for each in pattern)
