"""Six plants: what is on their molds, how often each is seen, and how it is photographed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.teaching.casting import Grey, Random, Works, font, photographed

LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"
DIGITS = "0123456789"
MOLDS, FIRST, NEW = 50, 35, 0.1
"""Molds of a plant; those that it has from the first day, and the share of readings of the others: new molds come."""


@dataclass(frozen=True)
class Plant:
    """`forms` of its molds' texts: `@` is a letter, `#` a digit."""

    name: str
    seed: int
    works: Works
    forms: tuple[str, ...]

    def molds(self) -> list[str]:
        random = np.random.default_rng([self.seed, 1])
        texts: dict[str, None] = {}
        while len(texts) < MOLDS:
            texts[_filled(str(random.choice(self.forms)), random)] = None
        return list(texts)

    def readings(self, count: int, day: int) -> Iterator[tuple[str, Grey]]:
        """`count` photos with their truths, in order; those of another `day` differ in all but the molds."""
        molds = self.molds()
        # As orders are: the most wanted mold is seen a dozen times as often as the one in the middle.
        often = 1 / (1 + np.arange(FIRST)) ** 0.7
        for number in range(count):
            random = np.random.default_rng([self.seed, 2, day, number])
            new = day > 0 and random.random() < NEW
            at = int(random.integers(FIRST, MOLDS)) if new else int(random.choice(FIRST, p=often / often.sum()))
            yield molds[at], photographed(self.works, molds[at], 1000 * self.seed + at, random)


def _filled(form: str, random: Random) -> str:
    pick = {"@": LETTERS, "#": DIGITS}
    return "".join(str(random.choice(list(pick[each]))) if each in pick else each for each in form)


def plants() -> list[Plant]:
    """Fonts, alphabets, surfaces and cameras of their own. Fonts are Debian's, of families that training has none of,
    but for RG2014F, a broader cut of a road font of which training has two, and perhaps NanumSquareB, of which it has
    the rounded one."""
    return [
        Plant("hubs", 1, Works(font("NanumBarunGothicBold"), sand=0.015, wear=0.6, cap=(16, 28)), ("@##", "##")),
        Plant("blocks", 2, Works("", depth=-0.15, wear=0.55, sand=0.012), ("@@###",)),
        Plant("valves", 3, Works(font("NanumBarunpenB"), sand=0.014, smear=1.3), ("@#-###", "@##")),
        Plant("rails", 4, Works(font("NotoSerif-Bold"), depth=0.12, noise=7, sand=0.01, cap=(16, 26)), ("##@##",)),
        Plant("pumps", 5, Works(font("NanumMyeongjoExtraBold"), 0.8, 0.08, shine=0.6, depth=-0.1, sand=0.018), _PUMPS),
        Plant("gears", 6, Works(font("RG2014F"), wide=0.75, wear=0.65, draft=0.08, sand=0.009), ("@@##", "#@##")),
        # On these nothing was chosen: not one number of the reader's.
        Plant("taps", 7, Works(font("NotoSerifDisplay-Bold"), gap=0.1, sand=0.011, wear=0.5), ("@@-##", "###@")),
        Plant("lids", 8, Works(font("NanumSquareB"), depth=-0.13, sand=0.013, smear=1.2), ("###@", "@#@#")),
    ]


_PUMPS = ("####", "@###")
