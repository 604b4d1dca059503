"""Plants before and after they taught the reader, and the real photos by source: `make bench-teach`.

A plant's readings of one day are corrected by people and learned from; those of another day are read. Then once more as
if the text of each had never been seen. Of each source's photos the first half is learned from, and the other read.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from PIL import Image

from benchmarks.accuracy.real import PHOTOS
from benchmarks.teaching.photos import sources
from benchmarks.teaching.plants import Plant, plants
from handlers.recognition.reader import Reader
from handlers.recognition.weigh.taught import Taught, teachable
from handlers.teaching.files import NONE, Score
from handlers.teaching.judging import Case, scored

LEARNED = (16, 64, 256)
HEAD = "| {} | corrected | right | accepted | wrong of these | wrong characters |\n|---|---|---|---|---|---|"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=48, help="readings of each plant that are judged")
    parser.add_argument("--only", choices=("plants", "photos"), default=None)
    given = parser.parse_args()
    reader = Reader(threads=1)
    if given.only != "photos":
        for line in of_plants(reader, {plant: cases_of(reader, plant, given.each) for plant in plants()}):
            print(line, flush=True)
    if given.only != "plants":
        for line in of_photos(reader, PHOTOS):
            print(line, flush=True)


def cases_of(reader: Reader, plant: Plant, each: int) -> list[Case]:
    cases = []
    for text, grey in plant.readings(each, day=1):
        cases.append(Case(reader.look(Image.fromarray(grey)), text, (text,)))
        if sys.stderr.isatty():
            print(f"\r{plant.name} {len(cases)} of {each} ", end="", file=sys.stderr)
    return cases


def of_plants(reader: Reader, judged: dict[Plant, list[Case]]) -> Iterable[str]:
    """The table's lines: each plant, all together, and all as if no text had been seen."""
    yield HEAD.format("plant")
    totals: defaultdict[tuple[str, int], Score] = defaultdict(lambda: NONE)
    for plant, cases in judged.items():
        said = [text for text, _ in plant.readings(max(LEARNED), day=0)]
        for count in (0, *LEARNED):
            texts = Counter(said[:count])
            score = scored(reader, cases, Taught(texts))
            totals["all", count] += score
            totals["all, as if new", count] += unseen(reader, cases, texts)
            yield row(plant.name, count, score)
    for (name, count), score in sorted(totals.items()):
        yield row(name, count, score)


def unseen(reader: Reader, cases: Sequence[Case], texts: Counter[str]) -> Score:
    """Each read by what all other texts teach."""
    total = NONE
    for truth in {case.truth for case in cases}:
        left = Taught({text: times for text, times in texts.items() if text != truth})
        total += scored(reader, [case for case in cases if case.truth == truth], left)
    return total


def of_photos(reader: Reader, folder: Path) -> Iterable[str]:
    """The same of real photos, by where they come from; nothing where they are not here."""
    found = sources(reader, folder)
    if found:
        yield f"\n{HEAD.format('source of real photos')}"
    for source, cases in found.items():
        half = len(cases) // 2
        texts = Counter(teachable(text) for case in cases[:half] for text in case.texts)
        texts.pop("", None)
        yield row(source, 0, scored(reader, cases[half:], None))
        yield row(source, half, scored(reader, cases[half:], Taught(texts)))


def row(name: str, count: int, score: Score) -> str:
    of = score.readings
    return (
        f"| {name} | {count or '-'} | {score.right} of {of} | {score.accepted} | {score.wrong_accepted} "
        f"| {score.wrong_characters} of {score.characters} |"
    )


if __name__ == "__main__":
    main()
