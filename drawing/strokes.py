"""A single-stroke font, as engravers and dot-peening machines use it, on a grid of 4 x 6 (x right, y down)."""

from functools import cache

_POLYLINES = {
    "0": "10 30 41 45 36 16 05 01 10",
    "1": "01 20 26",
    "2": "01 10 30 41 42 06 46",
    "3": "01 10 30 41 42 33 13/33 44 45 36 16 05",
    "4": "36 30 04 44",
    "5": "40 00 02 32 43 45 36 16 05",
    "6": "41 30 10 01 05 16 36 45 44 33 13 04",
    "7": "00 40 16",
    "8": "10 30 41 42 33 13 02 01 10/13 04 05 16 36 45 44 33",
    "9": "05 16 36 45 41 30 10 01 02 13 33 42",
    "A": "06 20 46/14 34",
    "B": "00 06 36 45 44 33 03/33 42 41 30 00",
    "C": "41 30 10 01 05 16 36 45",
    "D": "00 06 26 45 41 20 00",
    "E": "40 00 06 46/03 33",
    "F": "40 00 06/03 33",
    "G": "41 30 10 01 05 16 36 45 43 23",
    "H": "00 06/40 46/03 43",
    "J": "40 45 36 16 05",
    "K": "00 06/40 03 46",
    "L": "00 06 46",
    "M": "06 00 23 40 46",
    "N": "06 00 46 40",
    "P": "06 00 30 41 42 33 03",
    "R": "06 00 30 41 42 33 03/23 46",
    "S": "41 30 10 01 02 13 33 44 45 36 16 05",
    "T": "00 40/20 26",
    "U": "00 05 16 36 45 40",
    "V": "00 26 40",
    "W": "00 16 23 36 40",
    "X": "00 46/40 06",
    "Y": "00 23 40/23 26",
    "Z": "00 40 06 46",
    "-": "13 33",
    ".": "26 26",
    "/": "40 06",
}
LETTERS = "".join(character for character in _POLYLINES if character.isalpha())
"""Without I, O and Q, which foundries avoid beside 1 and 0."""
COLUMNS, ROWS = 4, 6

Polyline = tuple[tuple[float, float], ...]


@cache
def polylines(character: str) -> tuple[Polyline, ...]:
    """The strokes of a character, each a row of points in 0..1 of the width and 0..1 of the cap height."""
    return tuple(
        tuple((int(pair[0]) / COLUMNS, int(pair[1]) / ROWS) for pair in stroke.split())
        for stroke in _POLYLINES[character].split("/")
    )
