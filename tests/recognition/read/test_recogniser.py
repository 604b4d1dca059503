"""The two networks that read: real weights, drawn print and real crops."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from handlers.recognition.models import Floats, Grey, ModelNotFound, open_model
from handlers.recognition.read.ctc import peaks
from handlers.recognition.read.marks import Marks
from handlers.recognition.read.recogniser import COLUMNS, ROWS, Recogniser
from handlers.recognition.read.symbols import BLANK, SYMBOLS, spelled
from handlers.recognition.weigh.priors import Expected
from tests.drawing import draw_plate

TEXTS = ["KD2041", "7", "AB12", "1R3125H20", "55X"]


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(threads=2)


@pytest.fixture(scope="module")
def marks() -> Marks:
    return Marks()


@pytest.fixture(scope="module", params=["print", "marks"])
def network(request: pytest.FixtureRequest, recogniser: Recogniser, marks: Marks) -> Recogniser | Marks:
    return recogniser if request.param == "print" else marks


def level(image: Grey) -> Grey:
    """A picture as a crop of `ROWS`."""
    size = (max(4, round(image.shape[1] * ROWS / image.shape[0])), ROWS)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def label(text: str) -> Grey:
    return level(np.asarray(draw_plate(text, size=(50 + 30 * len(text), 80)), np.uint8)[10:70])


def text_of(steps: Floats) -> str:
    return spelled("".join(SYMBOLS[peak.symbol] for peak in peaks(steps)))


def texts_of(answers: Sequence[Floats]) -> list[str]:
    return [text_of(steps) for steps in answers]


def test_drawn_print_is_read_in_the_order_of_the_crops(network: Recogniser | Marks) -> None:
    assert texts_of(network.read([label(text) for text in TEXTS])) == TEXTS


def test_every_step_shares_out_one_probability(network: Recogniser | Marks) -> None:
    for steps in network.read([label(text) for text in TEXTS]):
        assert steps.shape[1] == len(SYMBOLS)
        assert steps.min() >= 0
        assert steps.sum(axis=1) == pytest.approx(np.ones(len(steps)), abs=1e-3)


def test_many_widths_in_one_call_give_the_same_as_each_alone(network: Recogniser | Marks) -> None:
    crops = [label("AB4711KD2041")[:, :width] for width in (400, 9, 33, 64, 250, 65, 120, 31, 97, 12, 257, 96)]
    together = network.read(crops)
    for crop, steps in zip(crops, together, strict=True):
        (alone,) = network.read([crop])
        assert steps.shape == alone.shape
        assert np.abs(steps - alone).max() < 1e-3


def test_more_crops_than_a_run_takes_are_all_read(network: Recogniser | Marks) -> None:
    texts = [f"{letter}{number}" for letter in "ABHK" for number in range(20, 29)]
    crops = [label(text) for text in texts]
    right = sum(said == text for said, text in zip(texts_of(network.read(crops)), texts, strict=True))
    assert right >= 0.9 * len(texts)


def test_a_crop_has_a_step_for_each_eight_columns(recogniser: Recogniser) -> None:
    for columns in (4, 48, 100, 640):
        (steps,) = recogniser.read([np.full((ROWS, columns), 120, np.uint8)])
        assert len(steps) == -(-columns // 8)


def test_no_crops_are_no_answers_and_bare_metal_is_no_text(network: Recogniser | Marks) -> None:
    assert network.read([]) == []
    (steps,) = network.read([np.full((ROWS, 96), 200, np.uint8)])
    assert text_of(steps) == ""
    assert (steps.argmax(axis=1) == BLANK).all()


def test_small_letters_count_for_capitals_and_words_stay_apart(recogniser: Recogniser) -> None:
    assert texts_of(recogniser.read([label("Serial no 47")])) == ["SERIAL NO 47"]


def test_a_real_engraved_line_is_read(recogniser: Recogniser, grey: Callable[[str], Grey]) -> None:
    (steps,) = recogniser.read([level(grey("marks/roll-5-crop.png")[40:170])])
    assert "W3054" in text_of(steps)


def test_a_line_longer_than_the_network_takes_is_squeezed(recogniser: Recogniser) -> None:
    wide = np.concatenate([label("KD2041 AB4711 77X")] * 5, axis=1)
    assert wide.shape[1] > COLUMNS
    (steps,) = recogniser.read([wide])
    assert text_of(steps).replace(" ", "").count("KD2041AB4711") >= 4


def test_how_bright_a_crop_is_does_not_matter_to_the_small_network(marks: Marks) -> None:
    crop = label("A27").astype(np.float32)
    dim = np.asarray(0.3 * crop + 20, np.uint8)
    assert texts_of(marks.read([np.asarray(crop, np.uint8), dim])) == ["A27", "A27"]


def test_a_mask_is_put_on_what_is_said() -> None:
    mask = Expected(alphabet="0123456789").mask()
    for network in (Recogniser(1, mask), Marks(1, mask)):
        (text,) = texts_of(network.read([label("4B71")]))
        assert set(text) <= set("0123456789")
        assert text.startswith("4") and text.endswith("71")


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelNotFound, match=r"no_such\.onnx"):
        open_model("no_such", 1)
