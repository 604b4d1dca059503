"""Known molds choose among what was read, and never add to it."""

from handlers.recognition.known import prefer_known
from handlers.recognition.reading import Alternative, Mark, Reading

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


def test_marks_stay_as_read_where_there_are_several() -> None:
    better = prefer_known(_reading("A21", ("A27", 0.4), marks=2), frozenset({"A27"}))
    assert better.text == "A27"
    assert [mark.text for mark in better.marks] == ["A21", "A21"]
