"""The values of a reading and their JSON."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.recognition.reading import Alternative, Character, Mark, Reading, merge

MARK = Mark(
    "A27",
    ((1.26, 2.0), (10.0, 2.04), (10.0, 8.0), (1.0, 8.0)),
    12.345,
    0.987654,
    (Alternative("427", 0.123456),),
    (Character("A", 0.876543, (Alternative("4", 0.123456),)),),
)


def test_a_reading_becomes_plain_rounded_json() -> None:
    reading = Reading("A27", 0.987654, False, MARK.alternatives, (MARK,), 640, 480)
    alternative = {"text": "427", "confidence": 0.1235}
    assert json.loads(json.dumps(reading.to_json())) == {
        "text": "A27",
        "confidence": 0.9877,
        "needs_review": False,
        "more_seen": False,
        "alternatives": [alternative],
        "marks": [
            {
                "text": "A27",
                "polygon": [[1.3, 2.0], [10.0, 2.0], [10.0, 8.0], [1.0, 8.0]],
                "angle": 12.3,
                "confidence": 0.9877,
                "alternatives": [alternative],
                "characters": [
                    {"text": "A", "confidence": 0.8765, "alternatives": [{"text": "4", "confidence": 0.1235}]}
                ],
                "answered": True,
                "pad": False,
            }
        ],
        "width": 640,
        "height": 480,
        "preferred_known": False,
        "unclear": False,
        "why": [],
    }


def test_nothing_is_an_empty_text_for_review() -> None:
    assert Reading.nothing(3, 4) == Reading("", 0.0, True, (), (), 3, 4, unclear=True)


def test_what_was_seen_and_is_not_answered_is_told_apart() -> None:
    more = replace(MARK, text="B4", answered=False)
    reading = Reading("A27", 0.98, True, (), (MARK, more), 640, 480)
    assert reading.answered == (MARK,)
    assert reading.more_seen
    assert not replace(reading, marks=(MARK,)).more_seen


def test_what_is_doubted_is_not_shown() -> None:
    doubted = Reading.nothing(3, 4, (MARK,))
    assert doubted.doubted == (MARK,)
    assert doubted == Reading.nothing(3, 4)
    assert "A27" not in json.dumps(doubted.to_json())


@pytest.mark.parametrize("value", [MARK, MARK.alternatives[0], Reading.nothing(1, 1)])
def test_values_are_frozen(value: object) -> None:
    with pytest.raises(AttributeError):
        value.text = "other"  # type: ignore[attr-defined]


def test_the_values_import_nothing_heavy() -> None:
    code = (
        "import sys, handlers.recognition.reading;"
        "print({'numpy', 'cv2', 'onnxruntime', 'PIL'} & {name.split('.')[0] for name in sys.modules})"
    )
    root = Path(__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_alternatives_are_merged_once_each_best_first() -> None:
    given = [Alternative("B", 0.2), Alternative("8", 0.5), Alternative("B", 0.6), Alternative("A", 0.9)]
    given += [Alternative("C", 0.001), Alternative("", 0.7)]
    assert merge(given, "A") == (Alternative("B", 0.6), Alternative("8", 0.5))
