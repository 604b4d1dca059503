"""What models are made of, in small: what is written, where it stands, and one step of learning where torch is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.glyphs import CHARACTERS, EDGE, HEIGHT, dotted, glyph, own
from training.layout import CELL, SIDE, Layout, Line
from training.scenes import draw
from training.setting import OWN_CHARACTERS, Style, letters, strip, style
from training.texts import SYMBOLS, text

MODELS = Path(__file__).parents[2] / ".venv/lib"
PLAIN = Style("own:3", wide=1.0, gap=0.2, bold=0, loose=0.0, hollow=0, shear=0.0)
NEEDS_TORCH = "torch is for training only, and no development requirement"


def test_texts_are_short_and_of_the_alphabet() -> None:
    random = np.random.default_rng(1)
    texts = [text(random) for _ in range(2000)]

    assert all(1 <= len(each) <= 40 and set(each) <= set(SYMBOLS) for each in texts)
    assert all(each == " ".join(each.split()) for each in texts)
    assert len(set(texts)) > 1500


def test_texts_for_our_fonts_have_their_characters_alone() -> None:
    random = np.random.default_rng(2)

    assert all(set(text(random, OWN_CHARACTERS)) <= set(OWN_CHARACTERS) for _ in range(2000))


@pytest.mark.parametrize("face", ["own:0", "own:59", "dots:5", "matrix:7"])
def test_our_fonts_draw_every_character(face: str) -> None:
    for each in CHARACTERS:
        mask = glyph(face, each).mask
        assert mask.shape[0] == HEIGHT + 2 * EDGE
        assert mask.max() == 255, each


def test_styles_of_our_fonts_set_our_characters() -> None:
    random = np.random.default_rng(3)
    looks = [style(random, own()) for _ in range(200)]

    assert {look.face for look in looks} <= {*own(), *dotted()}
    assert {letters(look) for look in looks} == {OWN_CHARACTERS}


def test_a_text_is_as_high_as_a_capital_and_grows_with_its_characters() -> None:
    random = np.random.default_rng(4)
    short, long = (strip(random, said, PLAIN) for said in ("A2", "A27-X9"))

    assert short.shape[0] == long.shape[0] == HEIGHT + 2 * EDGE
    assert long.shape[1] > 2 * short.shape[1] - 2 * EDGE
    assert not short[: EDGE // 2].any()


@pytest.mark.parametrize("bend", [0.0, 150.0, -150.0])
def test_places_along_a_line_lead_to_the_scene_and_back(bend: float) -> None:
    line = Line("A27", (300.0, 250.0), 35.0, 24.0, 90.0, bend, shear=0.1)
    along, down = np.linspace(-45, 45, 7), np.linspace(-12, 12, 7)
    x, y = line.points(along, down).T.astype(np.float32)
    again = line.strip(x, y)

    assert again[0] == pytest.approx(along, abs=1e-3)
    assert again[1] == pytest.approx(down, abs=1e-3)


def test_no_line_is_laid_over_another() -> None:
    layout, mask = Layout(), strip(np.random.default_rng(5), "A27", PLAIN)
    line = Line("A27", (300.0, 250.0), 0.0, 24.0, 70.0)

    assert layout.place(line, mask)
    assert not layout.place(line, mask)
    assert [each.whole for each in layout.lines] == [True]
    assert layout.text[0, 238:262, 265:335].max() == 255


def test_what_is_learnt_of_a_line_lies_on_it() -> None:
    layout, mask = Layout(), strip(np.random.default_rng(6), "A27", PLAIN)
    layout.place(Line("A27", (300.0, 250.0), 90.0, 24.0, 70.0), mask)
    cell = (slice(None), 250 // CELL, 300 // CELL)

    assert layout.core[250, 300] == 255
    assert layout.near[cell[1:]] == 1
    assert layout.along[cell] == pytest.approx((0, 1, np.log(24)), abs=1e-6)
    assert not layout.core[:, :280].any() and not layout.core[:, 320:].any()


def test_scenes_are_the_same_again_and_apart_by_seed() -> None:
    first, again, other = (draw(np.random.default_rng(seed), own()) for seed in (7, 7, 8))

    assert first.text.tobytes() == again.text.tobytes()
    assert first.text.tobytes() != other.text.tobytes()


def test_scenes_are_mostly_with_text_and_sometimes_without() -> None:
    scenes = [draw(np.random.default_rng(seed), own()) for seed in range(20)]
    counts = [len(each.lines) for each in scenes]

    assert 0 in counts and sum(counts) / len(counts) > 1
    assert all(
        each.text.shape == (2, SIDE, SIDE) and each.near.max() == len(each.lines) for each in scenes if each.lines
    )
    assert {line.layer for each in scenes for line in each.lines} == {0, 1}
    assert any(line.bend for each in scenes for line in each.lines)


def test_a_photo_is_lit_and_differs_from_the_same_without_text() -> None:
    torch = pytest.importorskip("torch", reason=NEEDS_TORCH)
    from training.light import photographed

    layout = Layout()
    layout.place(Line("A27", (288.0, 288.0), 0.0, 80.0, 230.0), strip(np.random.default_rng(9), "A27", PLAIN))
    text_of = torch.from_numpy(layout.text)[None].float() / 255
    parts, cap = torch.zeros(1, 3, SIDE, SIDE), torch.tensor([80.0])
    shown = []
    for mask in (text_of, torch.zeros_like(text_of)):
        torch.manual_seed(1)
        shown.append(photographed(mask, parts, cap))

    assert shown[0].shape == (1, 1, SIDE, SIDE)
    assert 0 <= float(shown[0].min()) < float(shown[0].max()) <= 1
    assert float((shown[0] - shown[1]).abs().max()) > 0.02


def test_crops_are_upright_wherever_the_line_stands() -> None:
    """A bright bar on its side is cut as a bar that lies, in the middle of the crop."""
    torch = pytest.importorskip("torch", reason=NEEDS_TORCH)
    from training.crops import ROWS, Cut, cut_out

    pictures = torch.zeros(1, 1, SIDE, SIDE)
    pictures[0, 0, 200:300, 396:404] = 1
    cut = Cut(0, 0, (), 96, (400.0, 250.0, np.pi / 2, 96.0, 48.0, 0.0, 0.0), 1.0)
    crop = cut_out(pictures, [cut], 112)[0, 0]

    assert crop.shape == (ROWS, 112)
    assert float(crop[22:26, :96].min()) == pytest.approx(1, abs=1e-3)
    assert float(crop[:18, :96].max()) == pytest.approx(-1, abs=1e-3)
    assert not crop[:, 96:].any()


@pytest.fixture(scope="module")
def models() -> Path:
    """The folder of PP-OCRv6's files, which rapidocr's wheel carries."""
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    pytest.importorskip("onnx", reason="onnx is for training only")
    found = sorted(MODELS.glob("python3.*/site-packages/rapidocr/models/PP-OCRv6_det_small.onnx"))
    if not found:
        pytest.skip("rapidocr, whose wheel has PP-OCRv6, is not installed in .venv")
    return found[0].parent


@pytest.mark.parametrize(
    ("name", "shape", "within"),
    [("PP-OCRv6_det_small", (1, 3, 96, 160), 1e-5), ("PP-OCRv6_rec_small", (2, 3, 48, 160), 1e-5)],
)
def test_a_graph_in_torch_answers_as_onnxruntime_does(
    models: Path, name: str, shape: tuple[int, ...], within: float
) -> None:
    import onnxruntime
    import torch

    from training.graph import Graph

    x = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    graph = Graph(models / f"{name}.onnx")
    session = onnxruntime.InferenceSession(str(models / f"{name}.onnx"), providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {"x": x})
    with torch.no_grad():
        (ours,) = graph(torch.from_numpy(x), (graph.model.graph.output[0].name,))

    assert np.abs(ours.numpy() - theirs).max() < within


def test_a_step_learns_and_what_is_exported_opens(models: Path, tmp_path: Path) -> None:
    """One scene of six lines: finite losses, other weights, and files with the answers that the reader asks for."""
    import copy

    import onnx
    import onnxruntime
    import torch

    from training.batches import batch
    from training.export import finding, finished, reading
    from training.learn import RATE, learn
    from training.networks import CLASSES, both, load, save

    torch.manual_seed(1)
    networks = both(models)
    teacher, before = copy.deepcopy(networks["recogniser"]), copy.deepcopy(networks.state_dict())
    optimiser = torch.optim.AdamW(networks.parameters(), lr=min(RATE.values()))
    losses = learn(networks, teacher, batch(np.random.default_rng(9), own(), 1, prints=4), optimiser)
    changed = [name for name, each in networks.state_dict().items() if not torch.equal(each, before[name])]

    assert len(losses) == 6 and np.isfinite(losses).all()
    assert {name.split(".")[0] for name in changed} == set(RATE)

    save(networks, tmp_path / "average.pt")
    load(networks, tmp_path / "average.pt")
    onnx.save(finished(reading(networks["recogniser"])), tmp_path / "recogniser.onnx")
    onnx.save(finished(finding(networks["finder"])), tmp_path / "finder.onnx")
    answers = {}
    for name, shape in (("recogniser", (1, 1, 48, 160)), ("finder", (1, 1, 96, 160))):
        session = onnxruntime.InferenceSession(str(tmp_path / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        answers[name] = session.run(None, {"x": np.zeros(shape, np.float32)})
        assert name != "finder" or [each.name for each in session.get_outputs()][1] == "along"
        assert name != "recogniser" or session.get_modelmeta().custom_metadata_map["characters"] == SYMBOLS

    assert answers["recogniser"][0].shape == (1, 20, CLASSES)
    assert [each.shape for each in answers["finder"]] == [(1, 1, 96, 160), (1, 3, 24, 40)]
