"""What is measured: drawn pictures, the same at every run and apart for the end; photos; what counts as right."""

import json
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.again import joined
from benchmarks.accuracy.again import row as again
from benchmarks.accuracy.answer import Answer, Row
from benchmarks.accuracy.calibration import bins, expected_error, flags
from benchmarks.accuracy.failures import category
from benchmarks.accuracy.fit import RISING, fitted, rising, told
from benchmarks.accuracy.methods import RAPID, US, opened
from benchmarks.accuracy.real import VARIANTS, VARIED, missing, photos, varied
from benchmarks.accuracy.report import report
from drawing import lines, truths
from drawing.kinds import KINDS, pictures
from drawing.strokes import LETTERS
from handlers.recognition.weigh.calibration import WEIGHTS

LIGHT = [name for name in KINDS if name != "line_phone"]
PARTED = frozenset(truths.DIGITS + LETTERS + "./-")


@pytest.mark.parametrize("kind", LIGHT)
def test_a_picture_is_the_same_every_time_and_of_a_picture_s_size(kind: str) -> None:
    first, again = (KINDS[kind].picture(kind, "dev", 0) for _ in range(2))

    assert first.truth == again.truth
    assert first.grey.tobytes() == again.grey.tobytes()
    assert first.grey.dtype == np.uint8 and first.grey.std() > 0
    assert max(first.grey.shape) <= 1600


@pytest.mark.parametrize("kind", ["hub_outline", "line_stamped", "crop_line", "bare_hub"])
def test_development_and_final_pictures_differ(kind: str) -> None:
    dev, final = ({KINDS[kind].picture(kind, seeds, n).grey.tobytes() for n in range(3)} for seeds in ("dev", "final"))

    assert len(dev) == len(final) == 3
    assert not dev & final


def test_hubs_are_640_pixels_wide_and_tight_cuts_about_140_by_40() -> None:
    assert next(pictures("dev", ["hub_outline"])).grey.shape == (640, 640)
    sizes = [each.grey.shape for each in islice(pictures("dev", ["crop_line"]), 20)]
    assert all(22 <= high <= 55 for high, _ in sizes)
    assert 80 < np.median([wide for _, wide in sizes]) < 220


def test_phone_scenes_have_twelve_megapixels() -> None:
    assert {high * wide for high, wide in lines.PHONE} == {12_000_000}
    assert lines.PHONE_SCENE.shapes == lines.PHONE


def test_there_are_more_than_600_pictures_with_marks_and_200_without() -> None:
    bare = sum(kind.count for name, kind in KINDS.items() if name.startswith("bare_"))

    assert bare == 200
    assert sum(kind.count for kind in KINDS.values()) - bare >= 600


def test_truths_use_characters_that_can_be_told_apart() -> None:
    random = np.random.default_rng(5)
    marks = [truths.mark(random) for _ in range(500)]
    texts = [truths.line(random) for _ in range(500)]

    assert all(1 <= len(mark) <= 4 and PARTED.issuperset(mark) for mark in marks)
    assert all(4 <= len(text) <= 14 and PARTED.issuperset(text) for text in texts)
    assert sum(map(truths.turnable, marks)) < 25


@pytest.mark.parametrize(
    ("text", "turns"),
    [("6", True), ("66", True), ("N", True), ("H9", True), ("88", False), ("11", False), ("16", False), ("0", False)],
)
def test_a_text_is_turnable_that_says_something_else_upside_down(text: str, turns: bool) -> None:
    assert truths.turnable(text) is turns


@pytest.mark.parametrize(
    ("truth", "read", "said"),
    [
        (("A27",), "", "nothing"),
        (("A27",), "A2Z", "confused"),
        (("16",), "91", "turned"),
        (("A27",), "A2", "cut"),
        (("A27",), "A27 X", "longer"),
        (("A27",), "XY", "other"),
        ((), "0", "invented"),
    ],
)
def test_failures_have_a_name(truth: tuple[str, ...], read: str, said: str) -> None:
    assert category(_row(truth, read), US) == said


def test_lines_count_wherever_they_were_found_and_the_text_only_as_a_whole() -> None:
    row = Row("a", "line_two", ("AB1", "CD2"), (9, 9), {US: Answer("CD2 AB1", ("cd2", "AB1"))})

    assert row.all_lines(US)
    assert not row.exact(US)


def test_confidence_is_measured_against_what_is_right() -> None:
    rows = [_row(("1A",), "1A", 0.95), _row(("1A",), "1B", 0.95), _row(("1A",), "1B", 0.55, True)]
    table = bins(rows, US)

    assert [(each.count, each.right) for each in table] == [(1, 0.0), (2, 0.5)]
    assert expected_error(table) == pytest.approx((0.55 + 2 * 0.45) / 3)
    found = flags(rows, US)
    assert (found.accepted, found.precision, found.deserved, found.caught) == pytest.approx((2 / 3, 0.5, 1.0, 0.5))


def test_the_report_names_every_kind_and_survives_having_none() -> None:
    rows = [_row(("1A",), "1A", 0.95), Row("b", "bare_hub", (), (9, 9), {US: Answer("0", ("0",), 0.6, True)})]

    assert "| hub_outline | 1 | 1.00 |" in report(rows, [US])
    assert "No real photos were read." in report(rows, [US])
    assert "| bare_hub | 1 | 1 | 0 |" in report(rows, [US])
    assert report([], [US])


def test_real_photos_are_varied_and_count_by_themselves(tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(40, 200, (60, 100), np.uint8)
    Image.fromarray(grain).save(tmp_path / "hub.png")
    (tmp_path / "index.json").write_text(json.dumps([{"file": "hub.png", "text": "1A"}]))
    found = list(varied(tmp_path))

    assert len({(each.grey.shape, each.grey.tobytes()) for each in found} | {(grain.shape, grain.tobytes())}) == 12
    assert found[-1].name == "hub.png, upside down"
    rows = [Row(each.name, VARIED, each.truth, (9, 9), {US: Answer("1A" if n else "")}) for n, each in enumerate(found)]
    told = report([*rows, _row(("1A",), "1A", 0.95)], [US])
    assert f"| hub.png | {len(VARIANTS)} | {len(VARIANTS) - 1} |" in told
    assert "**all** | 12" not in told
    assert list(varied(tmp_path / "nowhere")) == []


@pytest.mark.parametrize(
    ("truth", "read", "found", "alone"),
    [
        (("13 E 23",), "13E23", True, True),
        (("M74HC", "GK9031Y0"), "GK9031YO M74HC", True, True),
        (("NC2", "KW23"), "nc2 KW23 17", True, False),
        (("1Q0",), "IOO", True, True),
        (("NC2", "KW23"), "KW23", False, False),
        (("A8",), "AB", False, False),
    ],
)
def test_photos_count_by_the_shapes_of_letters_and_digits(
    truth: tuple[str, ...], read: str, found: bool, alone: bool
) -> None:
    row = _row(truth, read)

    assert (row.found(US), row.alone(US)) == (found, alone)


def test_photos_of_both_indexes_are_told_by_group(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "hub").mkdir()
    for name in ("hub/a.png", "b.png", "real/c.png"):
        Image.fromarray(np.full((20, 30), 90, np.uint8)).save(tmp_path / name)
    first = [{"file": "hub/a.png", "text": "1A"}, {"file": "b.png", "text": "2B"}]
    second = [{"file": "real/c.png", "text": "DOT\nE4 02", "complete": False, "group": "tyre"}]
    (tmp_path / "index.json").write_text(json.dumps(first))
    (tmp_path / "real" / "index.json").write_text(json.dumps(second))
    found = list(photos(tmp_path))
    rows = [replace(_row(each.truth, "1A DOT E4"), kind=each.kind, group=each.group) for each in found]
    rows = [replace(row, complete=each.complete) for row, each in zip(rows, found, strict=True)]
    told = report(rows, [US])

    assert [(each.group, each.truth, each.complete) for each in found] == [
        ("hub", ("1A",), True),
        ("metal", ("2B",), True),
        ("tyre", ("DOT", "E4 02"), False),
    ]
    assert told.startswith("All lines found:")
    assert "| hub | 1 | 1 of 1 | 0 of 1 | 0 |" in told
    assert "| tyre | 1 | 0 of 1 |  | 0 |" in told
    assert "| **all** | 3 | 1 of 3 | 0 of 2 | 0 |" in told
    assert not missing(tmp_path)
    assert "index.json" in missing(tmp_path / "nowhere")


def test_rows_that_were_written_down_are_the_same_again() -> None:
    written = replace(_row(("1A", "2B"), "1A"), group="tyre", complete=False)

    assert again(json.dumps(asdict(written))) == written


def test_answers_of_several_runs_are_joined_by_picture() -> None:
    ours, theirs = _row(("1A",), "1A"), replace(_row(("1A",), "1A"), answers={RAPID: Answer("IA")})
    (row,) = joined([ours, theirs, _row(("1A",), "1B")])

    assert row.answers[US].text == "1B"
    assert row.answers[RAPID].text == "IA"


def test_weights_are_fitted_to_how_often_signs_are_right() -> None:
    """Signs of a known logistic: three in four right at one, one in four at minus one."""
    signs = np.array([[1.0, 1.0]] * 400 + [[1.0, -1.0]] * 400)
    right = np.array(([1.0] * 3 + [0.0]) * 100 + ([0.0] * 3 + [1.0]) * 100)
    likely = 1 / (1 + np.exp(-signs @ fitted(signs, right)))

    assert likely[0] == pytest.approx(0.75, abs=0.01)
    assert likely[-1] == pytest.approx(0.25, abs=0.01)


def test_no_sign_of_strength_makes_a_text_less_likely() -> None:
    random = np.random.default_rng(3)
    signs = np.column_stack([np.ones(500), random.normal(size=(500, 5))])
    right = np.asarray(signs[:, 1] - signs[:, 2] - signs[:, 4] + random.normal(size=500) > 0, np.float64)
    free, held = fitted(signs, right), rising(signs, right)

    assert free[2] < -0.5
    assert held[2] == 0
    assert held[1] > 0.5
    assert held[4] < -0.5, "the length may count either way"


def test_what_is_fitted_is_what_ships() -> None:
    """Places of as many signs as there are weights, told as a line for `calibration`."""
    random = np.random.default_rng(4)
    rows = [((1.0, *random.normal(size=len(WEIGHTS) - 1)), bool(random.random() < 0.5)) for _ in range(40)]

    assert max(RISING) < len(WEIGHTS)
    assert told(rows, fitting=True).startswith("WEIGHTS = (")
    assert "# 40 places" in told(rows, fitting=False)


def test_our_answer_has_its_lines_and_what_it_left_out() -> None:
    """A drawn mark: what is answered is a line, and whatever else was seen is doubted."""
    answer = opened(US)(KINDS["hub_outline"].picture("hub_outline", "dev", 0).grey, None)

    assert answer.text == " ".join(answer.lines)
    assert not set(answer.lines) & {text for text, _ in answer.doubted}


def _row(truth: tuple[str, ...], read: str, confidence: float = 0.9, review: bool = False) -> Row:
    return Row("a", "hub_outline", truth, (9, 9), {US: Answer(read, (read,), confidence, review)})
