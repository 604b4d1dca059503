"""The recognition model: real crops in, texts with scores and alternatives out."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from handlers.recognition.alphabet import OTHER, SYMBOLS, symbol_of
from handlers.recognition.models import Grey, ModelNotFound, model_path
from handlers.recognition.reading import Alternative
from handlers.recognition.recogniser import Line, Recogniser, decode
from tests.drawing import draw_plate


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(threads=2)


def label(text: str) -> Grey:
    return np.asarray(draw_plate(text, size=(60 + 34 * len(text), 80)))


def test_lines_come_back_in_the_order_of_their_crops(recogniser: Recogniser) -> None:
    texts = ["KD2041", "7", "AB12", "LONG-LINE-OF-TEXT-3390", "55X"]
    assert [line.text for line in recogniser.read([label(text) for text in texts])] == texts


def test_a_batch_says_the_same_as_one_by_one(recogniser: Recogniser) -> None:
    crops = [label(text) for text in ("A27", "B81", "C09")]
    together = recogniser.read(crops)
    alone = [recogniser.read([crop])[0] for crop in crops]
    assert [line.text for line in together] == [line.text for line in alone]
    assert [line.score for line in together] == pytest.approx([line.score for line in alone], abs=0.02)


def test_small_letters_count_for_capitals(recogniser: Recogniser) -> None:
    (line,) = recogniser.read([label("serial")])
    assert line.as_label().text == "SERIAL"


def test_a_real_engraved_line_is_read(recogniser: Recogniser, grey: Callable[[str], Grey]) -> None:
    (line,) = recogniser.read([grey("marks/roll-5-crop.png")])
    assert line.text == "1W3054H"
    assert line.score > 0.9


def test_blank_metal_is_no_text(recogniser: Recogniser) -> None:
    assert recogniser.read([np.full((48, 96), 200, np.uint8)]) == [Line("", 0.0)]
    assert recogniser.read([]) == []


def probabilities(*steps: dict[str, float]) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Steps of the network: symbol -> probability, "" for the blank, "?" for a character outside the alphabet."""
    out = np.zeros((len(steps), len(SYMBOLS)), np.float32)
    for row, step in zip(out, steps, strict=True):
        for character, probability in step.items():
            row[{"": 0, "?": OTHER}.get(character) or (SYMBOLS.index(character, 2) if character else 0)] = probability
    return out


def test_repeats_count_once_unless_a_blank_parts_them() -> None:
    one = decode(probabilities({"1": 1.0}, {"1": 1.0}, {"": 1.0}))
    two = decode(probabilities({"1": 1.0}, {"": 1.0}, {"1": 1.0}))
    assert (one.text, two.text) == ("1", "11")


def test_alternatives_are_the_next_best_characters() -> None:
    line = decode(probabilities({"B": 0.6, "8": 0.3}, {"": 1.0}, {"7": 0.8, "": 0.2}))
    assert line.text == "B7"
    assert line.score == pytest.approx(0.7)
    assert [each.text for each in line.alternatives] == ["87"]
    assert line.alternatives[0].confidence == pytest.approx(0.35)


def test_a_character_outside_the_alphabet_costs_confidence() -> None:
    clean = decode(probabilities({"A": 0.9}, {"": 1.0}))
    dirty = decode(probabilities({"A": 0.9}, {"": 1.0}, {"?": 0.9}))
    assert clean.text == dirty.text == "A"
    assert dirty.score == pytest.approx(clean.score / 2)


@pytest.mark.parametrize(
    ("raw", "mark", "label"), [("ll", "11", "LL"), ("A2l", "A21", "A21"), ("MODEl", "MODE1", "MODEL")]
)
def test_a_plain_stroke_is_a_1_on_castings_and_beside_digits(raw: str, mark: str, label: str) -> None:
    assert Line(raw, 0.9).marks_only().text == mark
    assert Line(raw, 0.9).as_label().text == label


def test_separators_are_dropped_from_casting_marks() -> None:
    line = Line("A-2 7", 0.9, (Alternative("A-27", 0.2), Alternative("4-2 7", 0.1)))
    assert line.marks_only() == Line("A27", 0.9, (Alternative("427", 0.1),))


@pytest.mark.parametrize(
    ("character", "symbol"), [("a", "A"), ("7", "7"), ("７", "7"), ("l", "l"), ("|", "l"), ("—", "-"), ("○", "0")]
)
def test_classes_fold_into_what_they_look_like(character: str, symbol: str) -> None:
    assert SYMBOLS[symbol_of(character)] == symbol


@pytest.mark.parametrize("character", ["車", "é", "@", "ß", ""])
def test_other_classes_fold_into_other(character: str) -> None:
    assert symbol_of(character) == OTHER


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "rapidocr", raising=False)
    with pytest.raises(ModelNotFound, match="rapidocr"):
        model_path("PP-OCRv6_rec_small")


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelNotFound, match=r"no_such\.onnx"):
        model_path("no_such")
