"""What was read in one place in two ways, as a line in metal and as print, counts as one reading where it agrees.

A line in metal weighs both recognisers over many crops, and each look-alike by itself; print is what PP-OCRv6 alone
makes of a few. Print in the place of a line therefore adds its votes and its spaces, and does not respell the line: of
twelve variants of each of two real photos (scaled, turned, lighter, darker, blurred, noisy) 9 were read without that,
23 with it (2026-11-26).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.recognition.alone import LOOK_ALIKE
from handlers.recognition.vote import Verdict

SPELLED = 0.55
WHOLE = 0.9
"""Confidence of a line in metal from which its look-alike characters are as it spells them, and from which a text that
is a part of its own is one that print lost a character of."""


def agreed(kept: Sequence[Verdict], verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Those kept of all verdicts, each with the votes and confidence of those that read the same in another way."""
    own = [_spaced(each, verdicts) for each in kept if not (_misspelled(each, verdicts) or _cut_off(each, verdicts))]
    return [_seconded(each, verdicts) for each in own]


def _seconded(each: Verdict, verdicts: Sequence[Verdict]) -> Verdict:
    same = [other for other in verdicts if other.way != each.way and _there(each, other) and _same(each, other)]
    surest = max(verdict.confidence for verdict in (each, *same))
    return replace(each, confidence=surest, votes=each.votes + sum(other.votes for other in same))


def _misspelled(each: Verdict, verdicts: Sequence[Verdict]) -> bool:
    """Whether it is a line in metal in the spelling of print, which takes a G for a 6 at 0.98."""
    own = [other for other in verdicts if other.way == "line" and other.confidence >= SPELLED and _there(each, other)]
    return each.way == "page" and any(_look_alike(each, other) and not _same(each, other) for other in own)


def _cut_off(each: Verdict, verdicts: Sequence[Verdict]) -> bool:
    """Whether it is print that shows a part of what is surely read there as a line in metal."""
    own = [other for other in verdicts if other.way == "line" and other.confidence >= WHOLE and _there(each, other)]
    return each.way == "page" and any(bare(each) in bare(other) and not _same(each, other) for other in own)


def _spaced(each: Verdict, verdicts: Sequence[Verdict]) -> Verdict:
    """A line in metal that nobody saw spaces in, with those of the print in its place: our recogniser knows none."""
    if each.way != "line" or " " in each.text:
        return each
    printed = (other for other in verdicts if other.way == "page" and _there(each, other) and _look_alike(each, other))
    like = max(printed, key=lambda other: other.confidence, default=each)
    characters = iter(each.text)
    text = "".join(" " if place == " " else next(characters) for place in like.text)
    return replace(each, best=replace(each.best, line=replace(each.best.line, text=text)))


def _look_alike(each: Verdict, other: Verdict) -> bool:
    """Whether both say the same but for characters that look alike."""
    one, two = bare(each), bare(other)
    return len(one) == len(two) and all(a == b or LOOK_ALIKE.get(a) == b for a, b in zip(one, two, strict=True))


def _same(each: Verdict, other: Verdict) -> bool:
    return bare(each) == bare(other)


def bare(verdict: Verdict) -> str:
    """The text without its spaces, which more or fewer make no other reading."""
    return verdict.text.replace(" ", "")


def _there(each: Verdict, other: Verdict) -> bool:
    box, second = each.best.box, other.best.box
    return box.holds(second.middle) or second.holds(box.middle)
