"""Which places make the answer, in which order, and when a person is asked."""

import json
import math
from dataclasses import replace

import pytest

from handlers.recognition.compose import ANSWERED, SHOWN, composed
from handlers.recognition.geometry import Line
from handlers.recognition.models import Floats
from handlers.recognition.reading import Mark, Reading
from handlers.recognition.weigh.evidence import Crop, Place, Weighed, weigh
from tests.recognition.steps import written

SIZE = (400, 400)
SURE = 0.97
DOUBTFUL, FAINT = (ANSWERED + SHOWN) / 2, SHOWN / 2


def seen(
    text: str,
    middle: tuple[float, float] = (200, 200),
    *,
    confidence: float = SURE,
    angle: float = 0.0,
    cap: float = 20,
    steps: Floats | None = None,
) -> Weighed:
    line = Line(middle, cap * len(text), cap, angle)
    found = weigh(Place(line, ((Crop(line, written(text) if steps is None else steps),),)))
    assert found is not None
    assert found.text == text
    return replace(found, confidence=confidence)


def reading(*judged: Weighed, review_below: float = 0.9) -> Reading:
    return composed(judged, SIZE, 1.0, review_below)


@pytest.mark.parametrize("angle", [0, 30, 90, 180, -90, -150])
def test_lines_are_ordered_as_the_text_itself_stands(angle: float) -> None:
    places = {"FIRST": (-70, -30), "SECOND": (70, -26), "THIRD": (0, 30)}
    turn = math.radians(angle)
    judged = []
    for text, (x, y) in places.items():
        middle = (200 + x * math.cos(turn) - y * math.sin(turn), 200 + x * math.sin(turn) + y * math.cos(turn))
        judged.append(seen(text, middle, angle=angle))
    for order in (judged, judged[::-1], [judged[1], judged[2], judged[0]]):
        assert reading(*order).text == "FIRST SECOND THIRD"
        assert [mark.text for mark in reading(*order).marks] == list(places)


def test_nothing_seen_is_the_empty_reading() -> None:
    assert reading() == Reading.nothing(*SIZE)


def test_a_text_is_answered_shown_or_kept_back_by_how_sure_it_is() -> None:
    whole = reading(
        seen("A27"),
        seen("B4", (200, 260), confidence=DOUBTFUL),
        seen("C9", (200, 320), confidence=FAINT),
    )
    assert (whole.text, whole.confidence) == ("A27", SURE)
    assert [(mark.text, mark.answered) for mark in whole.marks] == [("A27", True), ("B4", False)]
    assert [mark.text for mark in whole.answered] == ["A27"]
    assert [mark.text for mark in whole.doubted] == ["C9"]


def test_what_is_doubtful_or_faint_alone_is_no_answer() -> None:
    doubtful = reading(seen("B4", confidence=DOUBTFUL), seen("C9", (200, 300), confidence=FAINT))
    assert (doubtful.text, doubtful.confidence, doubtful.needs_review) == ("", 0.0, True)
    assert [mark.text for mark in doubtful.marks] == ["B4"]
    assert [mark.text for mark in doubtful.doubted] == ["C9"]
    faint = reading(seen("C9", confidence=FAINT))
    assert faint == Reading.nothing(*SIZE)
    assert [mark.text for mark in faint.doubted] == ["C9"]


def test_a_reading_is_as_sure_as_the_most_doubtful_of_its_lines() -> None:
    both = reading(seen("A27"), seen("B4", (200, 300), confidence=0.92))
    assert (both.text, both.confidence) == ("A27 B4", 0.92)


def test_a_clear_mark_asks_for_no_review() -> None:
    assert not reading(seen("A27")).needs_review
    assert not reading(seen("A27"), seen("B4", (200, 300))).needs_review


def test_a_person_is_asked_below_the_confidence_that_is_set() -> None:
    assert reading(seen("A27", confidence=0.8), review_below=0.81).needs_review
    assert not reading(seen("A27", confidence=0.8), review_below=0.79).needs_review


def test_a_person_is_asked_where_more_was_seen_than_is_answered() -> None:
    more = reading(seen("A27"), seen("B4", (200, 300), confidence=DOUBTFUL))
    assert more.needs_review
    assert more.more_seen
    assert json.loads(json.dumps(more.to_json()))["more_seen"] is True
    assert [each["answered"] for each in json.loads(json.dumps(more.to_json()))["marks"]] == [True, False]
    faint = reading(seen("A27"), seen("B4", (200, 300), confidence=FAINT))
    assert not faint.needs_review
    assert not faint.more_seen
    assert json.loads(json.dumps(faint.to_json()))["more_seen"] is False


def test_a_person_is_asked_where_another_text_is_about_as_likely() -> None:
    close = seen("B27", steps=written("B27", instead={0: {"B": 0.5, "8": 0.4}}))
    whole = reading(close)
    assert whole.needs_review
    assert whole.alternatives[0].text == "827"
    assert whole.alternatives[0].confidence < whole.confidence


@pytest.mark.parametrize(("text", "upside_down"), [("66", "99"), ("9", "6"), ("86", "98")])
def test_a_person_is_asked_where_nothing_tells_which_way_up_a_text_is(text: str, upside_down: str) -> None:
    whole = reading(seen(text))
    assert whole.needs_review
    assert upside_down in [each.text for each in whole.alternatives]


@pytest.mark.parametrize("text", ["88", "69", "A6", "K7"])
def test_a_text_that_is_the_same_or_none_on_its_head_needs_no_review_for_that(text: str) -> None:
    whole = reading(seen(text))
    assert not whole.needs_review
    assert text not in [each.text for each in whole.alternatives]


@pytest.mark.parametrize("text", ["0", "7", "K"])
def test_a_lone_character_always_asks_for_review(text: str) -> None:
    assert reading(seen(text)).needs_review


def test_alternatives_are_those_of_a_reading_of_one_line() -> None:
    close = seen("B27", steps=written("B27", instead={0: {"B": 0.6, "8": 0.3}}))
    alone, both = reading(close), reading(close, seen("K4", (200, 300)))
    assert alone.alternatives == alone.marks[0].alternatives
    assert alone.alternatives[0].text == "827"
    assert both.alternatives == ()
    assert both.marks[0].alternatives[0].text == "827"


def test_no_alternative_is_likelier_than_what_is_left_of_certainty_or_than_the_text() -> None:
    close = seen("B27", confidence=0.6, steps=written("B27", instead={0: {"B": 0.5, "8": 0.4}}))
    whole = reading(close)
    assert whole.alternatives
    assert all(0 < each.confidence <= whole.confidence for each in whole.alternatives)
    assert whole.alternatives[0].confidence < 0.5


def test_characters_have_their_runners_up_best_first() -> None:
    steps = written("B2 7", instead={0: {"B": 0.6, "8": 0.3, "3": 0.05}, 3: {"7": 0.98}})
    (mark,) = reading(seen("B2 7", steps=steps)).marks
    assert [each.text for each in mark.characters] == ["B", "2", "7"]
    assert [each.text for each in mark.characters[0].alternatives] == ["8", "3"]
    assert mark.characters[0].confidence == pytest.approx(0.6 / 0.95, abs=0.01)
    assert mark.characters[0].alternatives[0].confidence == pytest.approx(0.3 / 0.95, abs=0.01)
    assert mark.characters[2].alternatives == ()
    assert mark.characters[2].confidence > 0.95
    shown = json.loads(json.dumps(mark.to_json()))["characters"][0]
    assert (shown["text"], shown["alternatives"][0]["text"]) == ("B", "8")


@pytest.mark.parametrize("text", ["A-2.7", "KD/4", "LOT 77"])
def test_every_character_but_a_space_is_shown(text: str) -> None:
    (mark,) = reading(seen(text)).marks
    assert "".join(each.text for each in mark.characters) == text.replace(" ", "")
    assert all(each.confidence > 0.9 for each in mark.characters)


def corners(mark: Mark) -> list[tuple[float, float]]:
    return [(round(x, 3), round(y, 3)) for x, y in mark.polygon]


def test_a_mark_lies_where_its_line_does() -> None:
    (mark,) = reading(seen("A27", (100, 90), angle=0, cap=20)).marks
    assert corners(mark) == [(70, 80), (130, 80), (130, 100), (70, 100)]
    (turned,) = reading(seen("A27", (100, 90), angle=90, cap=20)).marks
    assert turned.angle == 90
    assert corners(turned) == [(110, 60), (110, 120), (90, 120), (90, 60)]


def test_a_mark_of_a_reduced_picture_lies_where_it_is_in_the_whole() -> None:
    (mark,) = composed([seen("A27", (100, 90))], (1200, 1200), 3.0, 0.9).marks
    assert corners(mark) == [(210, 240), (390, 240), (390, 300), (210, 300)]


def test_a_mark_is_clipped_to_its_picture() -> None:
    (mark,) = composed([seen("A27", (10, 5))], (30, 12), 1.0, 0.9).marks
    assert corners(mark) == [(0, 0), (30, 0), (30, 12), (0, 12)]
