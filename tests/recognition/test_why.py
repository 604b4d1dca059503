"""Why a reading is doubtful: each cause is drawn, and is what the reading says. Every text is doubtful here, so that a
cause is found by what the picture shows and not by how well it was read all the same."""

import json
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from handlers.recognition.cause import SENTENCES, Cause
from handlers.recognition.models import Grey
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Alternative, Mark, Reading
from handlers.recognition.weigh.known import prefer_known
from handlers.recognition.weigh.priors import Expected
from tests.drawing import draw_plate

SIZE = (800, 500)
SHARP = np.asarray(draw_plate("KD2041", size=SIZE), np.uint8)
MOVEMENT = np.full((1, 61), 1 / 61, np.float32)


@pytest.fixture(scope="module")
def never_sure() -> Reader:
    return Reader(review_below=1.0)


def codes(reading: Reading) -> list[str]:
    return [cause.code for cause in reading.causes]


def small(grey: Grey, factor: float = 0.11) -> Grey:
    """The same far away, in a picture of the same size."""
    less = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    down, right = ((whole - part) // 2 for whole, part in zip(grey.shape, less.shape, strict=True))
    around = cv2.copyMakeBorder(less, down, down, right, right, cv2.BORDER_REPLICATE)
    return np.asarray(around, np.uint8)


def moved(grey: Grey) -> Grey:
    return np.asarray(cv2.filter2D(grey, -1, MOVEMENT), np.uint8)


def moved_down(grey: Grey) -> Grey:
    return np.asarray(cv2.filter2D(grey, -1, MOVEMENT.T), np.uint8)


def out_of_focus(grey: Grey) -> Grey:
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), 13), np.uint8)


def in_glare(grey: Grey) -> Grey:
    rows, columns = np.mgrid[0 : grey.shape[0], 0 : grey.shape[1]]
    spot = 330 * np.exp(-(((columns - 430) / 150) ** 2) - ((rows - 250) / 120) ** 2)
    return np.asarray(np.clip(grey + spot, 0, 255), np.uint8)


def cut_off(grey: Grey) -> Grey:
    return grey[:, 120:]


def faint(grey: Grey) -> Grey:
    return np.asarray(195 + (grey.astype(np.float32) - 195) * 0.05, np.uint8)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (small, "small"),
        (moved, "moved"),
        (moved_down, "moved"),
        (out_of_focus, "blurred"),
        (in_glare, "glare"),
        (cut_off, "cut_off"),
        (faint, "faint"),
    ],
)
def test_what_spoils_a_picture_is_named_where_it_is(
    never_sure: Reader, spoil: Callable[[Grey], Grey], code: str
) -> None:
    spoilt = Image.fromarray(spoil(SHARP))
    reading = never_sure.read(spoilt)
    cause = next(each for each in reading.causes if each.code == code)
    assert cause.polygon is not None
    assert all(-2 <= x <= spoilt.width + 2 and -2 <= y <= spoilt.height + 2 for x, y in cause.polygon)


def test_of_a_good_picture_nothing_is_found_wrong(never_sure: Reader) -> None:
    assert codes(never_sure.read(Image.fromarray(SHARP))) == ["unsure"]


def test_bright_paper_behind_a_part_is_no_glare(never_sure: Reader) -> None:
    plate = np.asarray(draw_plate("KD2041", size=(420, 200)), np.uint8)
    on_paper = cv2.copyMakeBorder(plate, 200, 200, 300, 300, cv2.BORDER_CONSTANT, value=255)
    assert "glare" not in codes(never_sure.read(Image.fromarray(np.asarray(on_paper, np.uint8))))


@pytest.mark.parametrize("factor", [0.1, 0.14])
def test_how_high_the_characters_are_is_told_in_pixels_of_the_picture(never_sure: Reader, factor: float) -> None:
    whole = never_sure.read(Image.fromarray(SHARP)).marks[0]
    high = factor * np.hypot(*np.subtract(whole.polygon[3], whole.polygon[0]))
    reading = never_sure.read(Image.fromarray(small(SHARP, factor)))
    cause = next(each for each in reading.causes if each.code == "small")
    assert abs(int(cause.facts["pixels"]) - high) <= 0.25 * high
    assert str(cause.facts["pixels"]) in cause.sentence


def test_a_reading_that_is_sure_has_nothing_to_explain(reader: Reader) -> None:
    reading = reader.read(Image.fromarray(SHARP))
    assert not reading.needs_review
    assert reading.causes == ()
    assert reading.to_json()["why"] == []


@pytest.mark.parametrize(
    ("grey", "code"),
    [
        (np.full((200, 300), 90, np.uint8), "blank"),
        (np.random.default_rng(1).integers(0, 30, (300, 400), dtype=np.uint8), "dark"),
        (np.where(np.arange(400)[None, :] < 300, 255, 140).repeat(300, axis=0).astype(np.uint8), "glare"),
        (np.random.default_rng(1).integers(60, 190, (300, 400), dtype=np.uint8), "nothing"),
    ],
)
def test_a_picture_without_any_text_says_what_is_wrong_with_it(reader: Reader, grey: Grey, code: str) -> None:
    reading = reader.read(Image.fromarray(grey))
    assert reading.text == ""
    assert code in codes(reading)


def test_what_is_not_as_expected_is_named() -> None:
    reading = Reader(expected=Expected(pattern="[a-z]+")).read(Image.fromarray(SHARP))
    assert reading.text == ""
    cause = next(each for each in reading.causes if each.code == "unlike")
    assert cause.facts["text"] == "KD2041"


def test_a_known_mold_that_was_preferred_says_what_was_read() -> None:
    polygon = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
    mark = Mark("A21", polygon, 0.0, 0.6, (Alternative("A27", 0.3),))
    plain = Reading("A21", 0.6, False, mark.alternatives, (mark,), 40, 40)
    better = prefer_known(plain, frozenset({"A27"}))
    assert [(each.code, each.facts, each.polygon) for each in better.causes] == [
        ("known", {"text": "A27", "other": "A21"}, polygon)
    ]


def test_every_cause_can_be_told_to_programs() -> None:
    facts: dict[str, int | str] = {"pixels": 9, "needed": 20, "percent": 40, "text": "A27", "other": "A21"}
    for code in SENTENCES:
        said = json.loads(json.dumps(Cause(code, None, facts).to_json()))
        assert said["code"] == code
        assert "{" not in said["text"]
