"""Marks on hubs: a character that the mask lost at an end is found again, and none is invented."""

from dataclasses import replace

import numpy as np
import pytest

from handlers.recognition.crops import Box, along_and_down, box_at
from handlers.recognition.hub import _fuller
from handlers.recognition.mask import find_mark
from handlers.recognition.pads import Pad
from handlers.recognition.patch import Patch, cut_patch
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import Line, Recogniser
from handlers.recognition.vote import Attempt, Verdict
from tests.drawing import draw_hub, mark_place

ANGLE = 25.0


@pytest.fixture(scope="module")
def readers() -> tuple[Proposer, Recogniser]:
    def bare(line: Line) -> Line:
        return line.marks_only()

    return Proposer().finishing(bare), Recogniser(1).finishing(bare)


def drawn(text: str) -> tuple[Patch, Box]:
    """A pad with the text, and the box of all of it."""
    x, y, radius = mark_place(len(text))
    picture = np.asarray(draw_hub(text, angle=ANGLE, seed=len(text)), np.uint8)
    patch = cut_patch(picture, Pad((x, y), (radius, radius), 0.0))
    blob = find_mark(patch)
    assert blob is not None
    return patch, box_at(blob.points, ANGLE)


def part(box: Box, start: float, stop: float) -> Box:
    """The box from one part of its width to another."""
    along, _ = along_and_down(box.angle)
    x, y = np.array(box.middle) + along * box.width * ((start + stop) / 2 - 0.5)
    return replace(box, middle=(float(x), float(y)), width=box.width * (stop - start))


def read_as(text: str, box: Box) -> Verdict:
    return Verdict(Attempt(box, Line(text, 0.99)), 3.0, 0.99, (), way="hub")


@pytest.mark.parametrize(("text", "seen", "start", "stop"), [("A27", "27", 0.36, 1.0), ("B134", "B13", 0.0, 0.74)])
def test_a_character_lost_at_an_end_is_found(
    readers: tuple[Proposer, Recogniser], text: str, seen: str, start: float, stop: float
) -> None:
    patch, box = drawn(text)
    found = _fuller(patch, read_as(seen, part(box, start, stop)), *readers)
    assert found is not None
    assert (found.text, found.way) == (text, "hub")
    assert seen in [each.text for each in found.alternatives]


@pytest.mark.parametrize("text", ["A27", "B134", "53", "R75"])
def test_a_whole_mark_gets_no_character_more(readers: tuple[Proposer, Recogniser], text: str) -> None:
    patch, box = drawn(text)
    assert _fuller(patch, read_as(text, box), *readers) is None
