"""Dates whose separators were missed or mistaken are completed where the crops allow it."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.kinds import KINDS
from handlers.recognition.alphabet import BLANK, SYMBOLS
from handlers.recognition.crops import Box
from handlers.recognition.dates import completed
from handlers.recognition.models import Floats
from handlers.recognition.pipeline import Reader
from handlers.recognition.recogniser import decode
from handlers.recognition.vote import Attempt, decide

POINT = SYMBOLS.index(".")


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("0604.22", ["06.04.22"]),
        ("06.0422", ["06.04.22"]),
        ("11 06.14", ["11.06.14"]),
        ("31/122026", ["31/12/2026"]),
        ("2020-02.19", ["2020-02-19"]),
        ("2020-1228", ["2020-12-28"]),
        ("20.11-14", ["20-11-14", "20.11.14"]),
    ],
)
def test_a_date_gets_the_separators_that_it_lacks(text: str, dates: list[str]) -> None:
    assert sorted(completed(text)) == sorted(dates)


@pytest.mark.parametrize(
    "text", ["06.04.22", "060422", "3208.21", "0613.22", "1W2002H", "12/11", "1604", "2020-13.01", "2019.0101", ""]
)
def test_what_is_complete_or_no_date_stays(text: str) -> None:
    assert completed(text) == []


def written(text: str, faint: dict[int, float]) -> Floats:
    """Probabilities (steps, symbols) of a crop that shows the text; `faint`: of a point behind so many characters."""
    steps = np.full((2 * len(text) + 1, len(SYMBOLS)), 1e-5, np.float32)
    steps[:, BLANK] = 1.0
    for at, character in enumerate(text):
        steps[2 * at + 1, [SYMBOLS.index(character), BLANK]] = 0.99, 0.01
    for at, part in faint.items():
        steps[2 * at, [POINT, BLANK]] = part, 1 - part
    return steps


@pytest.mark.parametrize(("part", "text"), [(0.2, "06.04.22"), (0.001, "0604.22")])
def test_a_faint_point_makes_a_date_and_none_does_not(part: float, text: str) -> None:
    line = decode(written("0604.22", {2: part}))
    verdict = decide([Attempt(Box((0, 0), 70, 20, float(turn)), line) for turn in (0, 5)])
    assert line.text == "0604.22"
    assert verdict is not None
    assert verdict.text == text


def test_a_drawn_date_is_read_and_what_it_was_read_as_is_an_alternative() -> None:
    picture = KINDS["crop_line"].picture("crop_line", "dev", 325)
    reading = Reader(threads=1).read(Image.fromarray(picture.grey))
    assert (reading.text,) == picture.truth == ("2020-04-02",)
    assert "2020-04.02" in [each.text for each in reading.alternatives]
    assert reading.needs_review
