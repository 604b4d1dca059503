"""The small recogniser: marks cut upright are read, marks on their side or head are not, and it stays small."""

from importlib.resources import files

import numpy as np
import pytest

from handlers.recognition.crops import box_at, mark_crops, upright
from handlers.recognition.mask import find_mark
from handlers.recognition.models import Grey
from handlers.recognition.pads import Pad
from handlers.recognition.patch import cut_patch
from handlers.recognition.proposer import Proposer
from tests.drawing import draw_hub, mark_place

TEXTS = ["A27", "4", "R75", "B134", "K4", "53", "2168"]


@pytest.fixture(scope="module")
def proposer() -> Proposer:
    return Proposer()


def drawn(text: str, angles: list[float], seed: int) -> list[Grey]:
    """The mark of a drawn hub, which lies at 25 degrees, cut at these angles from its own."""
    x, y, radius = mark_place(seed)
    patch = cut_patch(np.asarray(draw_hub(text, angle=25, seed=seed), np.uint8), Pad((x, y), (radius, radius), 0.0))
    blob = find_mark(patch)
    assert blob is not None
    return mark_crops(patch, [box_at(blob.points, upright(25 + angle)) for angle in angles])


@pytest.mark.parametrize("text", TEXTS)
def test_an_upright_mark_is_read_a_little_askew_too(proposer: Proposer, text: str) -> None:
    lines = proposer.read(drawn(text, [0, -5, 5], seed=len(text)))
    assert [line.text for line in lines] == [text] * 3
    assert min(line.score for line in lines) > 0.7


@pytest.mark.parametrize("text", TEXTS)
def test_a_mark_on_its_side_or_head_is_not_read_with_confidence(proposer: Proposer, text: str) -> None:
    upright_one, *others = proposer.read(drawn(text, [0, 90, 180, 270], seed=len(text)))
    assert max(line.score for line in others) < upright_one.score - 0.2


def test_a_batch_says_the_same_as_one_by_one_in_any_order(proposer: Proposer) -> None:
    crops = [drawn(text, [0], seed=3)[0] for text in ("B134", "4", "A27")]
    together, alone = proposer.read(crops), [proposer.read([crop])[0] for crop in crops]
    assert [line.text for line in together] == [line.text for line in alone] == ["B134", "4", "A27"]
    assert [line.score for line in together] == pytest.approx([line.score for line in alone], abs=0.05)


@pytest.mark.parametrize("spread", [0, 5, 20])
def test_plain_metal_and_noise_say_nothing(proposer: Proposer, spread: float) -> None:
    metal = np.random.default_rng(1).normal(128, spread, (48, 60))
    (line,) = proposer.read([metal.astype(np.uint8)])
    assert line.text == "" or line.score < 0.5


def test_no_crops_are_no_lines(proposer: Proposer) -> None:
    assert proposer.read([]) == []


def test_a_crop_as_thin_as_a_thread_is_no_error(proposer: Proposer) -> None:
    assert len(proposer.read([np.zeros((48, 1), np.uint8), np.zeros((48, 5000), np.uint8)])) == 2


def test_the_model_ships_with_the_package_and_is_small() -> None:
    model = files("handlers.recognition") / "weights" / "marks.onnx"
    assert 100_000 < len(model.read_bytes()) < 5_000_000
