"""Known molds choose among what was read, and never add to it."""

from dataclasses import replace

from handlers.recognition.reading import Alternative, Mark, Reading
from handlers.recognition.weigh.known import LEAST, prefer_known

_CORNERS = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


def _reading(text: str, *others: tuple[str, float], marks: int = 1) -> Reading:
    alternatives = tuple(Alternative(*other) for other in others)
    all_marks = (Mark(text, _CORNERS, 0.0, 0.95, alternatives),) * marks
    return Reading(text, 0.95, False, alternatives, all_marks, 9, 9)


def test_known_text_stays() -> None:
    reading = _reading("66", ("99", 0.4))
    assert prefer_known(reading, frozenset({"66", "99"})) is reading


def test_likeliest_alternative_that_is_known_is_preferred_and_says_so() -> None:
    better = prefer_known(_reading("A21", ("A2I", 0.5), ("A27", 0.4), ("A71", 0.3)), frozenset({"A71", "A27"}))
    assert (better.text, better.confidence, better.preferred_known, better.needs_review) == ("A27", 0.4, True, True)
    assert [each.text for each in better.alternatives] == ["A21", "A2I", "A71"]
    assert (better.marks[0].text, better.marks[0].confidence) == ("A27", 0.4)
    assert better.to_json()["preferred_known"] is True


def test_nothing_is_invented() -> None:
    reading = _reading("A21", ("A2I", 0.5))
    assert prefer_known(reading, frozenset({"11", "A27"})) is reading
    assert prefer_known(reading, frozenset()) is reading
    empty = Reading.nothing(9, 9)
    assert prefer_known(empty, frozenset({"11", ""})) is empty


def _doubted(*marks: Mark) -> Reading:
    return Reading.nothing(9, 9, marks)


def test_doubted_mark_that_is_known_is_answered_for_a_person_to_look_at() -> None:
    weak = Mark("A21", _CORNERS, 0.0, 0.2, (Alternative("A27", 0.12),))
    answered = prefer_known(_doubted(weak, replace(weak, text="5", confidence=0.1)), frozenset({"A27", "5"}))
    assert (answered.text, answered.confidence, answered.preferred_known, answered.needs_review) == (
        *("A27", 0.12),
        *(True, True),
    )
    assert [(each.text, each.alternatives) for each in answered.marks] == [("A27", answered.alternatives)]
    assert [each.text for each in answered.alternatives] == ["A21"]


def test_doubted_mark_that_is_hopeless_or_unknown_stays_unsaid() -> None:
    hopeless = _doubted(Mark("A27", _CORNERS, 0.0, LEAST / 2))
    assert prefer_known(hopeless, frozenset({"A27"})) is hopeless
    unknown = _doubted(Mark("A21", _CORNERS, 0.0, 0.29))
    assert prefer_known(unknown, frozenset({"A27"})) is unknown


def test_doubted_lone_character_is_no_known_mold() -> None:
    lone = _doubted(Mark("5", _CORNERS, 0.0, 0.25, (Alternative("6", 0.2),)))
    assert prefer_known(lone, frozenset({"5", "6"})) is lone


def test_marks_stay_as_read_where_there_are_several() -> None:
    better = prefer_known(_reading("A21", ("A27", 0.4), marks=2), frozenset({"A27"}))
    assert better.text == "A27"
    assert [mark.text for mark in better.marks] == ["A21", "A21"]
