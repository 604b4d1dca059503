"""Marks that neither the mask nor the finder shows are found by reading a pad at all angles, and none is invented."""

from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.kinds import KINDS
from handlers.recognition.confidence import confidence
from handlers.recognition.crops import Box, upright
from handlers.recognition.finder import Finder
from handlers.recognition.hub import SWEPT_VOTES, UNANSWERED
from handlers.recognition.known import LEAST, prefer_known
from handlers.recognition.models import Grey
from handlers.recognition.pads import Pad, find_pads
from handlers.recognition.patch import cut_patch
from handlers.recognition.pipeline import LEAST as ANSWERED
from handlers.recognition.pipeline import Reader
from handlers.recognition.proposal import propose, sweep
from handlers.recognition.proposer import Proposer
from handlers.recognition.recogniser import Line
from handlers.recognition.sweep import BEST, swept
from handlers.recognition.vote import Attempt, Verdict
from tests.drawing import draw_hub, mark_place, pad_places

ANGLE = 65.0


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    return Proposer().finishing(lambda line: line.marks_only())


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


def hub(kind: str, number: int) -> Grey:
    return KINDS[kind].picture(kind, "dev", number).grey


@pytest.mark.parametrize("text", ["11", "A27"])
def test_boxes_lie_at_the_angle_of_the_text(proposer: Proposer, text: str) -> None:
    x, y, radius = mark_place(3)
    picture = np.asarray(draw_hub(text, angle=ANGLE, seed=3), np.uint8)
    boxes = swept(cut_patch(picture, Pad((x, y), (radius, radius), 0.0)), proposer)
    assert len(boxes) == BEST
    assert abs(upright(boxes[0].angle - ANGLE)) <= 15


def test_a_plain_pad_has_none(proposer: Proposer) -> None:
    picture = np.asarray(draw_hub("11", seed=3), np.uint8)
    marked = mark_place(3)[:2]
    plain = max(pad_places(3), key=lambda place: abs(place[0] - marked[0]) + abs(place[1] - marked[1]))
    assert swept(cut_patch(picture, Pad(plain, (28.0, 28.0), 0.0)), proposer) == []


def test_a_mark_that_a_scratch_hides_from_the_mask_is_read(proposer: Proposer, reader: Reader) -> None:
    picture = hub("hub_worn", 13)
    before = propose(picture, find_pads(picture)[0], Finder(1), proposer)
    after = sweep(before, proposer)
    assert before.votes < 0.5
    assert after.verdict is not None
    assert after.verdict.text == "L3"
    assert reader.read(Image.fromarray(picture)).text == "L3"


@pytest.mark.parametrize("number", [19, 41, 70, 80])
def test_scratches_and_rings_of_a_hub_without_a_mark_have_too_few_votes(reader: Reader, number: int) -> None:
    """A sweep reads Q, 3, 1 and Q on these, the first with a confidence of 0.99."""
    assert reader.read(Image.fromarray(hub("bare_hub", number))).text == ""


def test_round_things_in_a_scene_do_not_outdo_its_line(reader: Reader) -> None:
    """A sweep of what looks like the pads of a hub here reads an 81."""
    picture = KINDS["line_phone"].picture("line_phone", "dev", 3)
    assert (reader.read(Image.fromarray(picture.grey)).text,) == picture.truth


def test_what_has_too_few_votes_is_not_answered_but_known_molds_may_choose_it(reader: Reader) -> None:
    reading = reader.read(Image.fromarray(hub("hub_worn", 36)))
    (doubted,) = reading.doubted
    assert (reading.text, doubted.text) == ("", "089")
    assert LEAST < doubted.confidence < 0.3
    known = prefer_known(reading, frozenset({"089", "11"}))
    assert (known.text, known.needs_review) == ("089", True)
    assert prefer_known(reading, frozenset({"11"})).text == ""


@pytest.mark.parametrize(("seed", "number"), [(8, 18), (7, 1)])
def test_a_ring_that_a_scratch_crosses_is_no_character(reader: Reader, seed: int, number: int) -> None:
    """PP-OCRv6 reads a C on both at 1.00, where the small recogniser sees hardly anything."""
    _, picture = KINDS["bare_hub"].draw(np.random.default_rng([seed, crc32(b"bare_hub"), number]))
    assert reader.read(Image.fromarray(picture)).text == ""


def test_a_swept_character_that_both_recognisers_read_is_answered(reader: Reader) -> None:
    truth, picture = KINDS["hub_directional"].draw(np.random.default_rng([8, crc32(b"hub_directional"), 33]))
    reading = reader.read(Image.fromarray(picture))
    assert (reading.text,) == truth == ("7",)
    assert reading.needs_review


def test_no_sweep_with_too_few_votes_is_likely_enough_to_be_answered() -> None:
    best = Attempt(Box((64, 64), 60, 40, 0.0), Line("11", UNANSWERED))
    doubted = Verdict(best, SWEPT_VOTES, UNANSWERED, (), share=1.0, seconded=1.0, way="hub")
    assert LEAST < confidence(doubted) < ANSWERED["hub"]
