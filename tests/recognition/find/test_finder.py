"""The finder: lines made of a network's answers, written by hand; and what the network itself finds in drawings."""

import math
from collections.abc import Sequence
from importlib.resources import files

import cv2
import numpy as np
import pytest

from handlers.recognition.find.finder import CELL, CORE, LEAST, LIKELY, SMALLEST, Finder, Found, lines_of
from handlers.recognition.geometry import Line, upright
from handlers.recognition.models import Floats, Grey
from tests.drawing import draw_plate

SIDE = 400


def answers(lines: Sequence[Line], likely: float = 0.95, directed: float = 1.0) -> tuple[Floats, Floats]:
    """What a network that makes no mistake says of a picture with these lines."""
    cores = np.zeros((SIDE, SIDE), np.float32)
    along = np.zeros((3, SIDE // CELL, SIDE // CELL), np.float32)
    for line in lines:
        half, edge = line.length / 2 - CORE * line.cap, np.full(50, CORE * line.cap / 2, np.float32)
        at = np.linspace(-half, half, 50, dtype=np.float32)
        outline = np.concatenate([line.points(at, -edge), line.points(at[::-1], edge)])
        core = np.zeros((SIDE, SIDE), np.uint8)
        cv2.fillPoly(core, [np.round(outline).astype(np.int32)], 1)
        cores[core > 0] = likely
        for y, x in {(int(y) // CELL, int(x) // CELL) for y, x in np.argwhere(core)}:
            bent = line.offset((CELL * x + CELL / 2, CELL * y + CELL / 2))[0] / line.bend if line.bend else 0.0
            turn = math.radians(line.angle) + bent
            along[:, y, x] = directed * math.cos(turn), directed * math.sin(turn), math.log(line.cap)
    return cores, along


def found_in(*lines: Line, likely: float = 0.95) -> list[Found]:
    return lines_of(*answers(lines, likely))


def assert_alike(line: Line, other: Line) -> None:
    assert abs(upright(line.angle - other.angle)) < 3
    assert math.dist(line.middle, other.middle) < 0.15 * other.cap
    assert line.cap == pytest.approx(other.cap, rel=0.05)
    assert line.length == pytest.approx(other.length, abs=0.3 * other.cap)


@pytest.mark.parametrize("angle", [0, 30, 90, -45, 180, -135, 179])
@pytest.mark.parametrize("length", [70, 240])
def test_a_straight_line_is_found_where_it_is_and_the_way_up_it_stands(angle: float, length: float) -> None:
    line = Line((200, 190), length, 30, angle)
    (found,) = found_in(line)
    assert_alike(found.line, line)
    assert found.line.bend == 0
    assert found.score == pytest.approx(0.95, abs=0.01)
    assert found.directed == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("angle", [0, 75, 180, -100])
@pytest.mark.parametrize("bend", [90, -90, 160, -160])
def test_a_bent_line_is_found_with_the_circle_that_it_lies_on(angle: float, bend: float) -> None:
    line = Line((200, 200), 200, 26, angle, bend)
    (found,) = found_in(line)
    assert_alike(found.line, line)
    assert found.line.bend == pytest.approx(bend, rel=0.1)


@pytest.mark.parametrize(("length", "cap", "bend"), [(100, 20, 100), (200, 26, 300), (240, 30, -300)])
def test_a_gently_bent_line_is_found_as_gently_bent_as_it_is(length: float, cap: float, bend: float) -> None:
    (found,) = found_in(Line((200, 200), length, cap, 20, bend))
    assert found.line.bend == pytest.approx(bend, rel=0.15)


@pytest.mark.parametrize("angle", [0, 37, 90, 180, -120])
def test_a_lone_character_stands_as_the_network_says(angle: float) -> None:
    """Its core is higher than long, and tells nothing of its angle."""
    line = Line((200, 200), 0.75 * 60, 60, angle)
    (found,) = found_in(line)
    assert_alike(found.line, line)


def test_a_long_core_has_its_own_axis_and_the_network_tells_its_head_from_its_feet() -> None:
    line = Line((200, 200), 240, 30, 20)
    cores, along = answers([line])
    for askew in (-12, 12, 170):
        turn = math.radians(20 + askew)
        along[:2] = np.array([math.cos(turn), math.sin(turn)])[:, None, None]
        (found,) = lines_of(cores, along)
        assert abs(upright(found.line.angle - (20 if abs(askew) < 90 else -160))) < 2


def test_what_the_network_cannot_tell_the_way_up_of_is_hardly_directed() -> None:
    line = Line((200, 200), 240, 30, 0)
    sure, unsure = (lines_of(*answers([line], directed=each))[0].directed for each in (0.95, 0.1))
    assert sure > 0.9
    assert unsure < 0.15


@pytest.mark.parametrize("turn", [0, 50, 180])
def test_two_pieces_of_one_line_are_joined(turn: float) -> None:
    whole = Line((200, 200), 300, 30, turn)
    pieces = [Line(middle, 130, 30, turn) for middle in _middles(whole, (-85, 85))]
    (found,) = found_in(*pieces)
    assert_alike(found.line, whole)


@pytest.mark.parametrize("bend", [110, -110])
def test_two_pieces_of_one_circle_are_joined(bend: float) -> None:
    whole = Line((200, 200), 300, 26, 0, bend)
    middles = zip(_middles(whole, (-82, 82)), (-82, 82), strict=True)
    pieces = [Line(middle, 135, 26, upright(math.degrees(at / bend)), bend) for middle, at in middles]
    (found,) = found_in(*pieces)
    assert_alike(found.line, whole)
    assert found.line.bend == pytest.approx(bend, rel=0.1)


def _middles(line: Line, along: Sequence[float]) -> list[tuple[float, float]]:
    at = np.array(along, np.float32)
    return [(float(x), float(y)) for x, y in line.points(at, np.zeros_like(at))]


@pytest.mark.parametrize(
    "other",
    [
        Line((200, 210), 200, 30, 0),
        Line((350, 150), 90, 30, 90),
        Line((345, 150), 90, 12, 0),
    ],
    ids=["below", "across", "smaller"],
)
def test_two_separate_lines_are_kept_apart(other: Line) -> None:
    line = Line((180, 150), 200, 30, 0)
    first, second = sorted(found_in(line, other), key=lambda each: math.dist(each.line.middle, line.middle))
    assert_alike(first.line, line)
    assert_alike(second.line, other)


def test_two_lines_far_apart_on_one_base_are_kept_apart() -> None:
    assert len(found_in(Line((90, 150), 100, 20, 0), Line((310, 150), 100, 20, 0))) == 2


def test_the_likeliest_line_comes_first() -> None:
    sure, unsure = Line((200, 100), 200, 30, 0), Line((200, 300), 240, 30, 0)
    cores, along = answers([sure, unsure])
    cores[200:] *= 0.7
    assert [each.line.middle[1] for each in lines_of(cores, along)] == pytest.approx([100, 300], abs=2)


def test_what_is_below_the_limits_is_no_line() -> None:
    line = Line((200, 200), 240, 30, 0)
    assert found_in(line, likely=LEAST + 0.05)
    assert found_in(line, likely=(LIKELY + LEAST) / 2) == []
    assert found_in(line, likely=LIKELY - 0.05) == []
    assert found_in(Line((200, 200), 60, 0.8 * SMALLEST, 0)) == []
    assert found_in(Line((200, 200), 60, 2 * SMALLEST, 0))


def test_neither_nothing_nor_specks_are_lines() -> None:
    cores, along = answers([])
    assert lines_of(cores, along) == []
    cores[::20, ::20] = 1.0
    along[2] = math.log(30)
    assert lines_of(cores, along) == []


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder(threads=1)


def stamped(text: str, angle: float, *, height: int = 40, size: int = 640) -> Grey:
    """Characters pressed into grainy metal, lit from above: dark and light edges around them."""
    mask = np.zeros((size, size), np.uint8)
    font = cv2.FontFace("sans")
    _, _, wide, high = cv2.getTextSize((0, 0), text, (0, 0), font, height, 500)
    cv2.putText(mask, text, (size // 2 - wide // 2, size // 2 + high // 2), (255,), font, height, 500)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), -angle, 1)
    soft = cv2.GaussianBlur(cv2.warpAffine(mask, turn, (size, size)), (0, 0), 1.5).astype(np.float32)
    lit = np.roll(soft, 3, axis=0) - np.roll(soft, -3, axis=0)
    grain = cv2.GaussianBlur(np.random.default_rng(4).normal(0, 14, (size, size)), (0, 0), 1)
    return np.asarray(np.clip(130 + 0.35 * lit + grain, 0, 255), np.uint8)


def in_the_middle(found: Sequence[Found], size: int = 640) -> Line:
    return next(each.line for each in found if each.line.holds((size / 2, size / 2)))


@pytest.mark.parametrize("angle", [0, 35, 90, 135, -60, 180])
def test_stamped_characters_are_found_at_any_angle(finder: Finder, angle: float) -> None:
    line = in_the_middle(finder.find(stamped("1W2002H", angle)))
    assert abs(upright(2 * (line.angle - angle))) / 2 < 8
    assert 3 < line.length / line.cap < 9


@pytest.mark.parametrize("height", [30, 40, 80])
def test_a_line_is_as_high_as_its_capitals(finder: Finder, height: int) -> None:
    line = in_the_middle(finder.find(stamped("4718B", 20, height=height)))
    assert 0.5 * height < line.cap < 1.1 * height


@pytest.mark.parametrize("angle", [0, 45, 90, 135, 180, -135, -90])
@pytest.mark.parametrize("text", ["AB4711", "KD2041"])
def test_print_is_found_along_its_line(finder: Finder, text: str, angle: float) -> None:
    picture = np.asarray(draw_plate(text, size=(640, 640), angle=angle), np.uint8)
    found = next(each for each in finder.find(picture) if each.line.holds((320, 320)))
    off = abs(upright(found.line.angle - angle))
    assert min(off, 180 - off) < 5


@pytest.mark.parametrize("spread", [0, 3, 25])
def test_bare_metal_holds_no_line(finder: Finder, spread: float) -> None:
    metal = np.random.default_rng(2).normal(120, spread, (480, 640))
    assert finder.find(np.clip(metal, 0, 255).astype(np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (10, 2000), (33, 31)])
def test_any_size_is_accepted(finder: Finder, shape: tuple[int, int]) -> None:
    assert finder.find(np.full(shape, 90, np.uint8)) == []


@pytest.mark.parametrize("name", ["finder.onnx", "recogniser.onnx", "marks.onnx"])
def test_a_model_ships_with_the_package_and_says_nothing_of_the_machine_that_made_it(name: str) -> None:
    content = (files("handlers.recognition") / "weights" / name).read_bytes()
    assert len(content) > 100_000
    assert b".py" not in content
    assert b"/home/" not in content
