"""The whole way from a photo to its reading, with real models."""

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image

from benchmarks.accuracy.kinds import KINDS
from handlers.recognition.confidence import confidence
from handlers.recognition.crops import upright
from handlers.recognition.pipeline import LEAST, Reader
from handlers.recognition.reading import Mark, Reading
from tests.drawing import draw_hub, draw_plate, mark_place

HUBS = [
    ("A27", 0),
    ("11", 65),
    ("R75", -8),
    ("47", 120),
    ("241", -61),
    ("B134", 115),
    ("K4", -3),
    ("2168", 166),
    ("53", -100),
]


@pytest.mark.parametrize("name", ["hub/HOME1.jpg", "hub/HOME2.jpg", "hub/HOME3.jpg"])
def test_a_real_hub_is_read(reader: Reader, photo: Callable[[str], Image.Image], name: str) -> None:
    reading = reader.read(photo(name))
    assert reading.text == "11"
    assert reading.confidence > 0.85
    assert abs(upright(reading.marks[0].angle - 64)) < 6


LINES = [
    ("roll-1.jpg", "1G2050H"),
    ("roll-2.jpg", "1W2002H"),
    ("roll-3.jpg", "1X1168H"),
    ("roll-4.jpg", "1G2110H"),
    ("roll-5-crop.png", "1W3054H"),
    ("blade-line.jpg", "SER RRFASTRGV61196"),
]


@pytest.mark.parametrize(("name", "text"), LINES)
def test_a_real_line_in_metal_is_read(
    reader: Reader, photo: Callable[[str], Image.Image], name: str, text: str
) -> None:
    assert reader.read(photo(f"marks/{name}")).text == text


@pytest.mark.parametrize("name", ["roll-1.jpg", "blade-line.jpg"])
def test_a_line_decided_by_one_character_asks_for_review(
    reader: Reader, photo: Callable[[str], Image.Image], name: str
) -> None:
    """A painted G that looks like 6, and a V of dots that looks like U."""
    assert reader.read(photo(f"marks/{name}")).needs_review


@pytest.mark.parametrize("angle", [0, 180])
@pytest.mark.parametrize(("text", "size"), [("K46", (70, 40)), ("1R3125H", (140, 40)), ("A8", (52, 40))])
def test_a_small_picture_may_be_the_mark_itself(reader: Reader, text: str, size: tuple[int, int], angle: int) -> None:
    assert reader.read(draw_plate(text, angle=angle, size=size)).text == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("AB4711", (1600, 1200)), ("AB4711", (800, 600)), ("1W2011H", (1600, 1200)), ("P3H951", (640, 480))],
)
def test_a_line_is_read_to_its_end(reader: Reader, text: str, size: tuple[int, int]) -> None:
    """What the finder sees of these ends before the last characters."""
    assert reader.read(draw_plate(text, size=size)).text == text


def test_a_row_of_holes_is_no_text(reader: Reader) -> None:
    plate = np.full((500, 900), 180, np.uint8)
    for x in (250, 400, 550, 700):
        cv2.circle(plate, (x, 250), 45, 40, 8)
    image = Image.fromarray(plate)
    assert reader.read(image) == Reading.nothing(*image.size)


@pytest.mark.parametrize(("text", "angle"), HUBS)
def test_a_drawn_hub_is_read_exactly(reader: Reader, text: str, angle: float) -> None:
    reading = reader.read(draw_hub(text, angle=angle, seed=len(text) + int(angle) % 17))
    assert reading.text == text
    assert abs(upright(reading.marks[0].angle - angle)) < 15


@pytest.mark.parametrize("size", [320, 1600])
def test_the_size_of_the_photo_does_not_matter(reader: Reader, size: int) -> None:
    assert reader.read(draw_hub("A27", angle=30, seed=8, size=size)).text == "A27"


@pytest.mark.parametrize("name", ["hub/HOME1.jpg", "hub/HOME2.jpg"])
def test_turning_the_photo_turns_the_reading(reader: Reader, photo: Callable[[str], Image.Image], name: str) -> None:
    image = photo(name)
    before = reader.read(image)
    for quarter in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270):
        after = reader.read(image.transpose(quarter))
        turned = {Image.Transpose.ROTATE_90: -90, Image.Transpose.ROTATE_180: 180, Image.Transpose.ROTATE_270: 90}
        assert after.text == before.text
        assert abs(upright(after.marks[0].angle - before.marks[0].angle - turned[quarter])) < 6


def middle(mark: Mark) -> tuple[float, float]:
    x, y = np.mean(mark.polygon, axis=0)
    return float(x), float(y)


@pytest.mark.parametrize(("text", "angle", "seed"), [("A27", 40, 1), ("47", -100, 2), ("2168", 170, 3)])
def test_the_polygon_covers_the_mark_and_starts_at_its_top_left(
    reader: Reader, text: str, angle: float, seed: int
) -> None:
    (mark,) = reader.read(draw_hub(text, angle=angle, seed=seed)).marks
    x, y, radius = mark_place(seed)
    assert math.dist(middle(mark), (x, y)) < 0.12 * radius
    top_left, top_right, _, bottom_left = (np.asarray(corner) for corner in mark.polygon)
    along, down = top_right - top_left, bottom_left - top_left
    assert abs(upright(math.degrees(math.atan2(along[1], along[0])) - mark.angle)) < 1
    assert np.cross([*along, 0], [*down, 0])[2] > 0
    assert np.linalg.norm(along) > np.linalg.norm(down)
    assert 0.35 * radius < np.linalg.norm(down) < 1.2 * radius


@pytest.mark.parametrize("angle", [0, 12, -40, 90, 180])
def test_a_plate_is_read_at_any_angle(reader: Reader, angle: float) -> None:
    reading = reader.read(draw_plate("KD2041", angle=angle, size=(700, 700)))
    assert reading.text == "KD2041"
    assert abs(upright(reading.marks[0].angle - angle)) < 8


def test_the_lines_of_a_plate_are_joined_in_reading_order(reader: Reader) -> None:
    reading = reader.read(draw_plate("KD-2041\nLOT 77", angle=5))
    assert reading.text == "KD-2041 LOT 77"
    assert [mark.text for mark in reading.marks] == ["KD-2041", "LOT 77"]


@pytest.mark.parametrize("text", ["SERIAL NO 4471\nMODEL XJ-220\nMADE IN 2024", "PN 8841\nREV 12", "OD 80\nBORE 600"])
def test_the_round_middles_of_printed_letters_are_no_pads(reader: Reader, text: str) -> None:
    assert reader.read(draw_plate(text, size=(800, 500))).text == text.replace("\n", " ")


def test_what_is_hardly_likely_is_not_answered(reader: Reader) -> None:
    """Bare hubs in whose scratches something is seen."""
    seen = 0
    for number in (6, 55):
        bare = KINDS["bare_hub"].picture("bare_hub", "dev", number).grey
        unlikely = [each for each in reader.verdicts(bare) if confidence(each) < LEAST[each.way]]
        if unlikely:
            seen += 1
            reading = reader.read(Image.fromarray(bare))
            assert reading.text == "" and reading.doubted
    assert seen


def test_polygons_lie_inside_the_picture(reader: Reader, photo: Callable[[str], Image.Image]) -> None:
    for image in (photo("hub/HOME2.jpg"), photo("marks/blade-line.jpg"), draw_plate("KD2041", size=(240, 80))):
        marks = reader.read(image).marks
        assert marks
        corners = np.asarray([mark.polygon for mark in marks])
        assert corners.min() >= 0
        assert np.all(corners <= image.size)


@pytest.mark.parametrize("text", ["66", "9", "0"])
def test_a_mark_that_reads_upside_down_too_asks_for_review(reader: Reader, text: str) -> None:
    reading = reader.read(draw_hub(text, seed=6))
    assert reading.needs_review
    turned = text.translate(str.maketrans("69", "96"))
    assert {reading.text, *(each.text for each in reading.alternatives)} >= {text, turned}


def test_a_clear_mark_asks_for_none(reader: Reader) -> None:
    reading = reader.read(draw_hub("A27", angle=20, seed=2))
    assert not reading.needs_review
    assert Reader(review_below=1.01).read(draw_hub("A27", angle=20, seed=2)).needs_review


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width), dtype=np.uint8), "L")


ODD = {
    "one pixel": lambda: noise(1, 1),
    "a thread": lambda: noise(3, 5000),
    "a lying thread": lambda: noise(5000, 3),
    "a strip": lambda: noise(2000, 40),
    "a standing strip": lambda: noise(40, 2000),
    "black": lambda: Image.new("L", (640, 640)),
    "white": lambda: Image.new("L", (800, 600), 255),
    "noise": lambda: noise(640, 480),
    "tiny noise": lambda: noise(16, 16),
    "slope": lambda: Image.linear_gradient("L"),
    "disc": lambda: Image.radial_gradient("L"),
    "board": lambda: Image.fromarray((np.indices((400, 400)) // 40).sum(0).astype(np.uint8) % 2 * 255, "L"),
    "64 megapixels": lambda: Image.linear_gradient("L").resize((8000, 8000)),
    "a hub without a mark": lambda: draw_hub(" ", seed=3),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD.keys())
def test_an_odd_picture_is_the_empty_reading(reader: Reader, make: Callable[[], Image.Image]) -> None:
    image = make()
    assert reader.read(image) == Reading.nothing(*image.size)


def test_a_reading_of_a_photo_is_json(reader: Reader) -> None:
    reading = reader.read(draw_hub("A27", seed=2))
    text = json.dumps(reading.to_json())
    assert json.loads(text)["text"] == reading.text
    assert json.loads(text)["marks"][0]["polygon"][0] == [round(at, 1) for at in reading.marks[0].polygon[0]]


def test_four_threads_read_the_same_with_one_reader() -> None:
    fresh = Reader(threads=1)
    images = [
        draw_hub("A27", angle=20, seed=2),
        draw_hub("47", angle=120, seed=5),
        draw_plate("KD2041"),
        noise(300, 300),
    ]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fresh.read, images * 3))
    alone = [fresh.read(image) for image in images]
    assert [reading.text for reading in together] == [reading.text for reading in alone] * 3
    assert [reading.confidence for reading in together] == pytest.approx([r.confidence for r in alone] * 3, abs=1e-3)


def test_constructing_a_reader_opens_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    Reader()
