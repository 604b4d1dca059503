"""Several photos of one mark: pooled where one text explains them, never where they show different marks."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from handlers.recognition.geometry import Line
from handlers.recognition.pooling import pooled
from handlers.recognition.reader import Reader, Seen
from handlers.recognition.together import Shot
from handlers.recognition.weigh.calibration import confidence
from handlers.recognition.weigh.evidence import Crop, Place, Weighed, weigh
from handlers.recognition.weigh.taught import Taught
from tests.recognition.steps import written

_LINE = Line((100.0, 60.0), 90.0, 30.0, 0.0)


def seen(text: str, sure: float = 0.95, line: Line = _LINE, **instead: dict[str, float]) -> Weighed:
    """A place as both recognisers see it; `instead`: what is said of the character at `_<number>`."""
    steps = written(text, sure, instead={int(at[1:]): said for at, said in instead.items()})
    weighed = weigh(Place(line, ((Crop(line, steps), Crop(line, steps, "marks")),)))
    assert weighed is not None
    return replace(weighed, confidence=confidence(weighed))


def test_photos_that_each_doubt_another_character_are_sure_together() -> None:
    one, other = seen("A27", _0={"4": 0.5, "A": 0.45}), seen("A27", _2={"1": 0.5, "7": 0.45})
    assert {one.text, other.text} == {"427", "A21"}
    found = pooled([[one], [other]])
    assert found.places[0].text == "A27" and found.same == {0, 1} and not found.other
    assert found.places[0].confidence > max(one.confidence, other.confidence) / 2


@pytest.mark.parametrize("sure", [0.65, 0.8, 0.95])
def test_text_is_never_less_sure_than_in_the_surest_photo_of_it(sure: float) -> None:
    best, worse = seen("A27", sure), seen("A27", 0.6)
    assert pooled([[worse], [best]]).places[0].confidence >= best.confidence


def test_order_of_photos_changes_nothing() -> None:
    photos = [[seen("A27", 0.8)], [seen("A27", 0.6, _0={"4": 0.5})], [], [seen("B55")]]
    texts = set()
    for order in permutations(range(4)):
        found = pooled([photos[at] for at in order])
        texts.add((found.places[0].text, found.places[0].confidence))
        assert order[found.shown] == pooled(photos).shown
        assert {order[at] for at in found.same} == pooled(photos).same
        assert {order[at] for at in found.other} == pooled(photos).other
    assert len(texts) == 1


def test_photo_added_twice_changes_no_decision() -> None:
    one, other = [seen("A27", 0.6, _0={"4": 0.5, "A": 0.4})], [seen("A27", 0.8)]
    once, twice = pooled([one, other]), pooled([one, other, one])
    assert twice.places[0].confidence == once.places[0].confidence
    assert twice.places[0].evidence == once.places[0].evidence
    assert twice.places[0].text == once.places[0].text
    assert twice.same == once.same | {2}


def test_another_part_is_told_and_not_pooled() -> None:
    found = pooled([[seen("A27")], [seen("B55", 0.9)]])
    assert (found.places[0].text, sorted(found.same), sorted(found.other)) == ("A27", [0], [1])
    assert found.places[0].evidence == seen("A27").evidence


def test_photo_that_shows_nothing_takes_nothing_away() -> None:
    one = seen("A27", 0.7)
    found = pooled([[], [one], []])
    (place,) = found.places
    assert place is one
    assert (found.shown, sorted(found.same), sorted(found.other)) == (1, [1], [])


def test_no_photo_shows_anything() -> None:
    found = pooled([[], []])
    assert (found.places, found.same, found.other) == ([], frozenset(), frozenset())


def test_piece_of_a_text_and_the_text_upside_down_are_no_other_mark() -> None:
    assert not pooled([[seen("A27")], [seen("27")]]).other
    assert not pooled([[seen("660")], [seen("099")]]).other


def test_second_line_is_matched_by_where_it_lies_though_the_photo_is_turned_and_nearer() -> None:
    second = replace(_LINE, middle=(100.0, 110.0))
    # A quarter turn clockwise, and twice as near: down is to the left then.
    there, below = (Line(middle, 180.0, 60.0, 90.0) for middle in ((400.0, 300.0), (300.0, 300.0)))
    one = [seen("A27", 0.9), seen("1K", 0.6, second)]
    other = [seen("A27", 0.85, there), seen("1K", 0.8, below)]
    found = pooled([one, other])
    assert sorted(place.text for place in found.places) == ["1K", "A27"]
    assert {place.line.middle for place in found.places} == {_LINE.middle, second.middle}


def test_line_that_one_photo_alone_shows_is_laid_into_the_other() -> None:
    there, below = (Line(middle, 90.0, 30.0, 0.0) for middle in ((140.0, 80.0), (140.0, 130.0)))
    found = pooled([[seen("A27")], [seen("A27", 0.9, there), seen("1K5", 0.9, below)]])
    (extra,) = (place for place in found.places if place.text == "1K5")
    assert extra.line.middle == pytest.approx((100.0, 110.0))


def test_what_was_taught_is_put_against_what_all_photos_show() -> None:
    """Once, and not to each photo and then to all of them: a prior is not evidence that comes anew with every photo."""
    taught = Taught({"A21": 40, "B55": 2}, "a-teaching")
    reader, plain = Reader(taught=lambda: taught), Reader()
    doubted = seen("A27", _2={"1": 0.5, "7": 0.45})
    own = [plain.decided(Seen([doubted], (200, 120), 1.0)), reader.decided(Seen([doubted], (200, 120), 1.0), taught)]
    assert own[0].places == own[1].places
    shots = [Shot(own[1], np.zeros((60, 100), np.uint8))] * 2
    found = reader.together(shots).reading
    assert (found.text, found.taught) == ("A21", "a-teaching")
    (judged,) = taught.applied(pooled([own[0].places, own[0].places]).places)
    assert found.confidence == judged.confidence > plain.together(shots).reading.confidence
    assert plain.together(shots).reading.taught == ""
