"""The values of a reading and their JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from handlers.recognition.reading import Alternative, Mark, Reading, merge

MARK = Mark(
    "A27", ((1.26, 2.0), (10.0, 2.04), (10.0, 8.0), (1.0, 8.0)), 12.345, 0.987654, (Alternative("427", 0.123456),)
)


def test_a_reading_becomes_plain_rounded_json() -> None:
    reading = Reading("A27", 0.987654, False, MARK.alternatives, (MARK,), 640, 480)
    alternative = {"text": "427", "confidence": 0.1235}
    assert json.loads(json.dumps(reading.to_json())) == {
        "text": "A27",
        "confidence": 0.9877,
        "needs_review": False,
        "alternatives": [alternative],
        "marks": [
            {
                "text": "A27",
                "polygon": [[1.3, 2.0], [10.0, 2.0], [10.0, 8.0], [1.0, 8.0]],
                "angle": 12.3,
                "confidence": 0.9877,
                "alternatives": [alternative],
            }
        ],
        "width": 640,
        "height": 480,
        "preferred_known": False,
    }


def test_nothing_is_an_empty_text_for_review() -> None:
    assert Reading.nothing(3, 4) == Reading("", 0.0, True, (), (), 3, 4)


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
