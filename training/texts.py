"""What is written on parts: numbers as they are cast and stamped, dates, names, words, whole labels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Random = np.random.Generator

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = "abcdefghijklmnopqrstuvwxyz"
SEPARATORS = "-./:#&+()"
SYMBOLS = DIGITS + CAPITALS + SMALL + SEPARATORS + " "
"""What the recogniser answers, in the order of its classes after CTC's blank."""
HARD = "0O8B5S1I6G2ZQDUVMWNHRK7T4AXY3E"
"""Characters that are taken for one another, drawn more often than their share."""
_WORDS = (
    "MADE IN GERMANY ITALY JAPAN CHINA INDIA KOREA FRANCE POLAND MEXICO USA SERIAL MODEL TYPE PART NO NR DATE LOT "
    "CODE PRESSURE MAX MIN BAR VOLT AMP WATT POWER SPEED PUMP MOTOR VALVE GEAR AXLE STEEL IRON CAST FORGED BRASS "
    "ALLOY CLASS HEAT BATCH CAUTION DANGER WARNING PATENT PATENTED COMPANY WORKS FOUNDRY MACHINE TOOL STANDARD UNIT "
    "FLOW INLET OUTLET OPEN CLOSE LEFT RIGHT FRONT REAR TOP INSIDE OUTSIDE RADIAL TUBELESS TREAD LOAD RANGE MOUNT "
    "ONLY RIM STATION SURVEY MARK AUTHORITY REFERENCE NORTH SOUTH EAST WEST CITY WATER GAS SEWER ELECTRIC HIGH LOW "
    "HARD SOFT ROTATION EXTRA HEAVY DUTY LIGHT TRUCK ENGINE BLOCK HEAD COVER PLATE BEARING SEAL RING SHAFT HUB WHEEL "
    "BRAKE DISC DRUM BOLT NUT SCREW WASHER SPRING PISTON OIL FUEL AIR FILTER COOLANT ANTI FREEZE CAUTION SERVICE "
    "INSPECTION TEST APPROVED LTD INC CORP GMBH CO AND BROS SONS PVT SA SPA KG AG BV CONTROL SYSTEM SENSOR POLE "
    "SERIES MICRO CHIP LOGIC DIGITAL"
)
_SYLLABLES = (
    "ba be bo bra bre bri con cor dan dar del den dex do dra el en er fa fer fi for fra ga gal ger go gra ha har hel "
    "in jo ka kan ker ki ko kra la lan le len li lo lux ma mar me mi mo na ne ni no ok or pa per pi po pra ra rex ri "
    "ro sa san se si so sta ster ta tec ten ti to tra tri ul um un va vel ver vi vo wa wer xo ya yo za zen zi"
)
WORDS, SYLLABLES = _WORDS.split(), _SYLLABLES.split()
"""What labels say, and what names are made of."""
NAMED = (
    *("NO", "NR", "DATE", "LOT", "CODE", "PRESSURE", "MAX", "MIN", "BAR", "VOLT"),
    *("S/N", "P/N", "NO.", "REV", "HT", "E4", "DOT", "(1T)"),
)
"""What stands before a value."""


def text(random: Random, letters: str = SYMBOLS) -> str:
    """A line of 1 to about 24 characters, all of them among `letters`."""
    made = _FORMS[int(random.choice(len(_FORMS), p=_PARTS))](random)
    if not set(made) <= set(letters):
        made = "".join(each if each in letters else each.upper() for each in made)
        made = "".join(each for each in made if each in letters)
    return " ".join(made.split()) or _digits(random, 2)


def _pick(random: Random, characters: str, count: int) -> str:
    return "".join(characters[int(at)] for at in random.integers(len(characters), size=count))


def _digits(random: Random, count: int) -> str:
    return _pick(random, DIGITS, count)


def _lone(random: Random) -> str:
    return _pick(random, DIGITS + CAPITALS, 1)


def _number(random: Random) -> str:
    return _digits(random, int(random.integers(2, 11)))


def _code(random: Random) -> str:
    """Letters and digits in runs, as serials and moulds have them."""
    runs = [
        _pick(random, DIGITS if random.random() < 0.55 else CAPITALS, int(random.integers(1, 5)))
        for _ in range(int(random.integers(1, 5)))
    ]
    return str(random.choice(["", "", "", "-", " ", ".", "/"])).join(runs)


def _any(random: Random) -> str:
    return _pick(random, DIGITS + CAPITALS + HARD * 2, int(random.integers(2, 13)))


def _row(random: Random) -> str:
    """Characters in their order, as a stamp maker tries out a set."""
    every = DIGITS + CAPITALS
    start = int(random.integers(len(every) - 3))
    return every[start : start + int(random.integers(3, 9))]


def _figures(random: Random) -> str:
    """Groups of digits between points, strokes and dashes."""
    groups = [_digits(random, int(random.integers(1, 5))) for _ in range(int(random.integers(2, 5)))]
    return "".join(each + _pick(random, "..//--:  ", 1) for each in groups)[:-1]


def _date(random: Random) -> str:
    day, month, year = int(random.integers(1, 29)), int(random.integers(1, 13)), int(random.integers(0, 30))
    forms = (
        f"{day:02}.{month:02}.{year:02}",
        f"{day:02}/{month:02}/20{year:02}",
        f"{month:02} {year:02}",
        f"{int(random.integers(1, 54)):02}{year:02}",
        f"19{int(random.integers(20, 99))}",
        f"20{year:02}",
        f"20{year:02}-{month:02}-{day:02}",
        f"{day} {_pick(random, 'ABCDEFGHJKLM', 1)} {year:02}",
    )
    return str(random.choice(forms))


def _word(random: Random) -> str:
    return str(random.choice(WORDS))


def _name(random: Random) -> str:
    made = "".join(random.choice(SYLLABLES, int(random.integers(2, 5))))
    return _cased(random, made)


def _cased(random: Random, made: str) -> str:
    kind = random.random()
    if kind < 0.6:
        return made.upper()
    return made.capitalize() if kind < 0.9 else made.lower()


def _words(random: Random) -> str:
    said = " ".join(random.choice(WORDS, int(random.integers(2, 5))))
    if random.random() < 0.75:
        return said
    return said.title() if random.random() < 0.7 else said.lower()


def _named(random: Random) -> str:
    """A word or two letters, and its value: `SERIAL NO. 4711`, `PN:12-3`."""
    said = str(random.choice(NAMED))
    said = said if random.random() < 0.8 else said.capitalize()
    return said + str(random.choice([" ", ": ", ":", "# ", " - "])) + _code(random)


def _mixed(random: Random) -> str:
    """Small and capital letters and digits without a sense."""
    return _pick(random, SMALL + CAPITALS + DIGITS, int(random.integers(2, 10)))


def _signed(random: Random) -> str:
    made = _code(random)
    at = int(random.integers(len(made) + 1))
    return made[:at] + _pick(random, SEPARATORS, 1) + made[at:]


def _tyre(random: Random) -> str:
    """Sizes, load and plant codes of tyres."""
    wide, high, rim = random.integers(14, 33) * 10 + 5, random.integers(6, 17) * 5, random.integers(12, 23)
    forms = (
        f"{wide}/{high} R {rim} {random.integers(70, 116)} {_pick(random, 'HVTWYQS', 1)}",
        f"{wide}/{high}R{rim}",
        f"DOT {_pick(random, DIGITS + CAPITALS, 3)} {_pick(random, DIGITS + CAPITALS, int(random.integers(4, 8)))}",
        f"{_pick(random, DIGITS + CAPITALS, 4)} {_digits(random, 4)}",
        f"E{random.integers(1, 30)} {_digits(random, int(random.integers(6, 8)))}",
    )
    return str(random.choice(forms))


_SHARES: dict[Callable[[Random], str], int] = {
    **{_lone: 9, _number: 13, _code: 22, _any: 12, _row: 4, _figures: 6, _date: 5},
    **{_word: 6, _name: 7, _words: 5, _named: 5, _mixed: 4, _signed: 4, _tyre: 4},
}
"""How often each form is written, in parts of their sum."""
_FORMS = tuple(_SHARES)
_PARTS = np.array(list(_SHARES.values()), float) / sum(_SHARES.values())
