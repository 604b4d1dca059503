"""Before and after: readings decided with and without a teaching that has not seen them. Nothing is read twice for it.

Held back by time: the examples are cut into `BLOCKS` one after the other, and each is decided by what the others teach.
Held back by part: the examples of each text are decided by what all other texts teach, as if that mold were new.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from handlers.recognition.reader import Reader, Seen
from handlers.recognition.weigh.taught import Taught, teachable
from handlers.teaching.files import NONE, Score

BLOCKS = 4
LEAST = 12
"""Examples with a picture below which nothing can be shown."""
LOST = 0.02
"""Part of the standard set's marks, and of those of new texts, that may be lost: a single one of 50 is chance."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was seen in a picture, and what it truly says; `texts`: the lines of that which can be taught."""

    seen: Seen
    truth: str
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    before: Score = NONE
    after: Score = NONE

    def __add__(self, other: "Comparison") -> "Comparison":
        return Comparison(self.before + other.before, self.after + other.after)


@dataclass(frozen=True, slots=True)
class Judgement:
    """`own`: held back by time; `new`: by part; `standard`: what others' marks lose by it."""

    own: Comparison
    new: Comparison
    standard: Comparison

    @property
    def refusal(self) -> str:
        """Why it must not be used; empty where it may."""
        own = self.own
        if own.before.readings < LEAST:
            return (
                f"There are {own.before.readings} checked readings with a kept picture; at least {LEAST} are needed to "
                "show that a teaching helps."
            )
        if own.after.wrong_accepted > own.before.wrong_accepted:
            return f"More wrong texts would be accepted: {own.after.wrong_accepted}, not {own.before.wrong_accepted}."
        if own.after.right < own.before.right:
            return f"Fewer would be read right: {own.after.right}, not {own.before.right}."
        if (own.after.right, own.after.accepted) <= (own.before.right, own.before.accepted):
            return "It does not help: no more would be read right, and no more accepted."
        return _hurt(self.new, "texts that it has never seen") or _hurt(self.standard, "the standard set")


def _hurt(change: Comparison, what: str) -> str:
    before, after = change.before, change.after
    if after.right < before.right - max(1, LOST * before.readings):
        return f"It hurts {what}: {after.right} of {after.readings} would be read right, not {before.right}."
    if after.wrong_accepted > before.wrong_accepted:
        wrong = f"{after.wrong_accepted} wrong ones would be accepted, not {before.wrong_accepted}"
        return f"It hurts {what}: {wrong}."
    return ""


def judged(reader: Reader, cases: Sequence[Case], texts: Mapping[str, int], standard: Sequence[Case]) -> Judgement:
    """Of a teaching of `texts`: those of the `cases`, the oldest first, and of older readings."""
    blocks = [cases[len(cases) * at // BLOCKS : len(cases) * (at + 1) // BLOCKS] for at in range(BLOCKS)]
    own = _sum(_compared(reader, block, _without(texts, block)) for block in blocks if block)
    by_text: dict[str, list[Case]] = {}
    for case in cases:
        by_text.setdefault(case.truth, []).append(case)
    new = _sum(_compared(reader, group, _unseen(texts, group)) for group in by_text.values())
    return Judgement(own, new, _compared(reader, standard, Taught(texts)))


def _sum(comparisons: Iterable[Comparison]) -> Comparison:
    return sum(comparisons, Comparison())


def _compared(reader: Reader, cases: Sequence[Case], taught: Taught) -> Comparison:
    return Comparison(scored(reader, cases, None), scored(reader, cases, taught))


def _without(texts: Mapping[str, int], cases: Sequence[Case]) -> Taught:
    """Taught as if nobody had said anything of these."""
    left = Counter(texts)
    left.subtract(_texts_of(cases))
    return Taught({text: times for text, times in left.items() if times > 0})


def _unseen(texts: Mapping[str, int], cases: Sequence[Case]) -> Taught:
    """Taught as if no text of these had ever been seen."""
    hidden = _texts_of(cases)
    return Taught({text: times for text, times in texts.items() if text not in hidden})


def _texts_of(cases: Sequence[Case]) -> Counter[str]:
    return Counter(teachable(text) for case in cases for text in case.texts)


def scored(reader: Reader, cases: Sequence[Case], taught: Taught | None) -> Score:
    """How the cases come out."""
    total = NONE
    for case in cases:
        reading = reader.decided(case.seen, taught)
        said, truth = plain(reading.text), plain(case.truth)
        accepted = not reading.needs_review
        wrong = distance(said, truth)
        total += Score(1, said == truth, accepted, accepted and said != truth, wrong, len(truth))
    return total


def plain(text: str) -> str:
    """What counts of a text: case and spaces do not."""
    return "".join(text.upper().split())


def distance(one: str, other: str) -> int:
    """The fewest insertions, deletions and replacements that make one text of the other (Levenshtein, 1965)."""
    row = list(range(len(other) + 1))
    for at, character in enumerate(one, 1):
        diagonal, row[0] = row[0], at
        for column, wanted in enumerate(other, 1):
            diagonal, row[column] = (
                row[column],
                min(row[column] + 1, row[column - 1] + 1, diagonal + (character != wanted)),
            )
    return row[-1]
