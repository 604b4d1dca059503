"""Several photos of one mark, and pairs of which one is another part: `python -m benchmarks.accuracy.together`.

The same stamped mark under 1 to 4 lamps, hand-held or from a stand, read together; "best photo" answers what the surest
photo of the set does. A wrong merge is a pair of different marks that is not told from two photos of one.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.accuracy.answer import plain
from benchmarks.accuracy.tables import table
from drawing import truths
from drawing.camera import Grey
from drawing.kinds import SEEDS
from drawing.lamps import FAIR, ROUGH, Ground, Lamp, lamps, photos, stamped
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.recognition.together import Shot, Together

LIGHTS = 4


@dataclass(frozen=True)
class Kind:
    """`held` in a hand or not; under one lamp only, where `burst`."""

    ground: Ground
    held: bool = True
    burst: bool = False


KINDS = {
    "stamped": Kind(FAIR),
    "rough": Kind(ROUGH),
    "rough, from a stand": Kind(ROUGH, held=False),
    "rough, one lamp": Kind(ROUGH, burst=True),
}


@dataclass(frozen=True)
class Outcome:
    """What so many photos of one mark came to: right, accepted without a look, told to be of different marks; and
    whether the surest photo and how many of the photos were right by themselves."""

    kind: str
    count: int
    right: bool
    accepted: bool
    told: bool
    surest: bool
    single: float


def drawn(kind: Kind, seeds: str, number: int) -> tuple[str, list[Grey]]:
    """A mark, and its photos."""
    name = list(KINDS.values()).index(kind)
    random = np.random.default_rng([SEEDS[seeds], 77, name, number])
    text = truths.mark(random)
    part = stamped(text, kind.ground, random)
    lights: list[Lamp] = lamps(LIGHTS, random)
    return text, list(photos(part, lights[:1] * LIGHTS if kind.burst else lights, random, held=kind.held))


def outcomes(name: str, seeds: str, each: int, reader: Reader) -> Iterator[Outcome]:
    for number in range(each):
        text, pictures = drawn(KINDS[name], seeds, number)
        shots = [_shot(reader, picture) for picture in pictures]
        for count in range(1, LIGHTS + 1):
            yield _outcome(name, text, shots[:count], reader)


def merged(seeds: str, pairs: int, reader: Reader) -> tuple[int, int]:
    """Of so many pairs of different marks on fair ground, how many are taken for one, and how many are told apart."""
    marks = [drawn(KINDS["stamped"], seeds, number) for number in range(1000, 1000 + pairs // 4)]
    shots = [(text, [_shot(reader, picture) for picture in pictures[:2]]) for text, pictures in marks]
    random = np.random.default_rng([SEEDS[seeds], 78])
    found: list[Together] = []
    while len(found) < pairs:
        one, other = (shots[int(at)] for at in random.choice(len(shots), 2, replace=False))
        if one[0] != other[0]:
            found.append(reader.together([one[1][int(random.integers(2))], other[1][int(random.integers(2))]]))
    return sum(each.shows.count("same") > 1 for each in found), sum("other" in each.shows for each in found)


def _shot(reader: Reader, picture: Grey) -> Shot:
    image = Image.fromarray(picture)
    return Shot.of(reader.read(image), image)


def _outcome(name: str, text: str, shots: Sequence[Shot], reader: Reader) -> Outcome:
    found = reader.together(shots)
    alone = [shot.reading for shot in shots]
    surest = max(alone, key=lambda reading: reading.confidence)
    right = [_right(reading, text) for reading in alone]
    accepted = not found.reading.needs_review
    told = "other" in found.shows
    return Outcome(
        name, len(shots), _right(found.reading, text), accepted, told, _right(surest, text), float(np.mean(right))
    )


def _right(reading: Reading, text: str) -> bool:
    return plain(reading.text) == plain(text)


def report(rows: Sequence[Outcome]) -> str:
    head = ["marks", "photos", "one photo", "best photo", "together", "worse than best", "accepted", "accepted wrongly"]
    lines = []
    for name in dict.fromkeys(row.kind for row in rows):
        for count in range(1, LIGHTS + 1):
            some = [row for row in rows if row.kind == name and row.count == count]
            shares = [np.mean([getattr(row, field) for row in some]) for field in ("single", "surest", "right")]
            worse = sum(row.surest and not row.right for row in some)
            taken = [row for row in some if row.accepted]
            wrong = sum(not row.right for row in taken)
            lines.append(
                [name, str(count), *(f"{share:.2f}" for share in shares), str(worse), str(len(taken)), str(wrong)]
            )
    return table(head, lines)


def main() -> None:
    given = _options()
    reader = Reader(threads=1)
    rows: list[Outcome] = []
    for name in given.kinds.split(";"):
        rows += outcomes(name, given.seeds, given.each, reader)
        if given.json:
            given.json.write_text(json.dumps([asdict(row) for row in rows]))
        print(report([row for row in rows if row.kind == name]), flush=True)
    if given.pairs:
        wrong, told = merged(given.seeds, given.pairs, reader)
        print(
            f"\nOf {given.pairs} pairs of different marks {wrong} are taken for one; {told} are said to be different."
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy.together", description=__doc__)
    parser.add_argument("--seeds", choices=tuple(SEEDS), default="dev")
    parser.add_argument("--each", type=int, default=20, help="marks of each kind")
    parser.add_argument("--kinds", default=";".join(KINDS), help=f"by semicolons: {'; '.join(KINDS)}")
    parser.add_argument("--pairs", type=int, default=200, help="pairs of different marks")
    parser.add_argument("--json", type=Path, help="a file for every outcome")
    return parser.parse_args()


if __name__ == "__main__":
    main()
