"""Which lines belong together, and their order."""

from dataclasses import replace

import pytest

from handlers.recognition.crops import Box
from handlers.recognition.layout import in_reading_order, legible, to_mark
from handlers.recognition.recogniser import Line
from handlers.recognition.vote import Attempt, Verdict


def verdict(
    text: str, middle: tuple[float, float], *, confidence: float = 0.95, height: float = 20, angle: float = 0
) -> Verdict:
    return Verdict(Attempt(Box(middle, 60, height, angle), Line(text, confidence)), 1.0, confidence, ())


@pytest.mark.parametrize("angle", [0, 90, 180, -90])
def test_lines_are_ordered_as_the_text_itself_stands(angle: float) -> None:
    places = {"FIRST": (-50, -30), "SECOND": (50, -28), "THIRD": (0, 30)}
    turn = {0: lambda x, y: (x, y), 90: lambda x, y: (-y, x), 180: lambda x, y: (-x, -y), -90: lambda x, y: (y, -x)}
    marks = []
    for text, place in reversed(places.items()):
        x, y = turn[int(angle)](*place)
        marks.append(to_mark(verdict(text, (x + 200, y + 200), angle=angle), 0.9, 1.0, (400, 400)))
    assert [mark.text for mark in in_reading_order(marks)] == list(places)


def test_scrawl_beside_the_line_is_left_out() -> None:
    line = verdict("1X1168H", (100, 100))
    scrawl = verdict("7O08", (100, 50), confidence=0.7)
    far = verdict("EXIT", (10, 10), height=4)
    maker = verdict("ACME", (100, 140), confidence=0.9, height=12)
    assert legible([scrawl, far, line, maker], 0.55) == [line, maker]


@pytest.mark.parametrize("holes", ["OOO0", "OOCO", "CQC0"])
def test_a_row_of_holes_is_no_line(holes: str) -> None:
    """Bores read as O, and as C or Q where they are half in the shade."""
    assert legible([verdict(holes, (100, 100))], 0.55) == []
    assert legible([verdict(holes + "4", (100, 100))], 0.55)


def test_a_brief_text_beside_a_line_has_to_be_likely() -> None:
    """As a blotch that reads as one in a few of its crops is not, and a text with many votes is."""
    line, blotch = verdict("1G2110H", (100, 100)), verdict("68", (100, 50))
    said = replace(blotch, votes=12.0)
    assert legible([line, blotch], 0.55) == [line]
    assert legible([line, said], 0.55) == [line, said]


def test_the_lower_of_two_boxes_says_where_the_spaces_are() -> None:
    line, high = verdict("REV 12", (100, 100)), verdict("REV12", (98, 101), height=40)
    assert legible([high, line], 0.55) == [line]


def test_a_part_of_a_line_found_by_itself_is_no_second_line() -> None:
    line, part = verdict("55013", (100, 100)), verdict("13", (115, 101))
    assert legible([part, line], 0.55) == [line]


def test_what_is_read_alike_in_two_ways_is_as_sure_as_the_surer() -> None:
    line = verdict("A13", (100, 100), confidence=0.85)
    printed = replace(verdict("A13", (102, 101), confidence=0.97, height=30), way="page", votes=4.0)
    elsewhere = replace(printed, best=replace(printed.best, box=Box((400, 100), 60, 30, 0)))
    assert legible([line], 0.55) == []
    (both,) = legible([line, printed], 0.55)
    assert (both.text, both.confidence, both.votes) == ("A13", 0.97, 5.0)
    assert [each.way for each in legible([line, elsewhere], 0.55)] == ["page"]


@pytest.mark.parametrize(
    "doubtful",
    [verdict("1X11", (9, 9), confidence=0.5), verdict("7", (9, 9)), verdict("..", (9, 9)), verdict("- -", (9, 9))],
)
def test_what_is_weak_or_no_text_is_nothing(doubtful: Verdict) -> None:
    assert legible([doubtful], 0.55) == []
    assert legible([], 0.55) == []


def test_a_mark_is_clipped_to_its_picture() -> None:
    mark = to_mark(verdict("A27", (10, 5)), 0.9, 2.0, (40, 30))
    assert mark.polygon == ((0, 0), (40, 0), (40, 30), (0, 30))


def printed(text: str, middle: tuple[float, float] = (102, 101)) -> Verdict:
    return replace(verdict(text, middle, confidence=0.98, height=24), way="page")


def test_a_line_in_metal_spells_its_look_alikes_whatever_print_would_be() -> None:
    line = verdict("1G2050H", (100, 100), confidence=0.78)
    assert legible([printed("162050H"), line], 0.55) == [line]


@pytest.mark.parametrize(
    "other", [printed("172050H"), printed("16205OH8"), printed("162050H", (100, 300))], ids=["text", "length", "place"]
)
def test_other_print_is_weighed_by_how_sure_it_is(other: Verdict) -> None:
    line = verdict("1G2050H", (100, 100), confidence=0.78)
    assert legible([other, line], 0.55)[0] == other


def test_a_line_in_metal_that_is_doubtful_itself_spells_nothing() -> None:
    assert legible([printed("162050H"), verdict("1G2050H", (100, 100), confidence=0.5)], 0.55) == [printed("162050H")]


def test_print_that_lost_a_character_of_a_sure_line_does_not_count() -> None:
    line = verdict("5A1305A", (100, 100), confidence=0.94)
    assert legible([printed("A1305A"), line], 0.55) == [line]
    doubtful = verdict("5A1305A", (100, 100), confidence=0.8)
    assert legible([printed("A1305A"), doubtful], 0.55)[0] == printed("A1305A")


def test_spaces_are_those_of_print_in_the_same_place() -> None:
    line = verdict("SERRRGV61", (100, 100))
    assert [each.text for each in legible([printed("SER RR6U61"), line], 0.55)] == ["SER RRGV61"]
    assert [each.text for each in legible([printed("SERRRGV 61"), line], 0.55)] == ["SERRRGV 61"]
    assert line in legible([printed("SER RR6U61", (100, 300)), line], 0.55)
