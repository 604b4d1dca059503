"""The whole way from a photo to its reading, with real models: hubs, lines, lone characters, and nothing at all."""

import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from handlers.recognition.geometry import upright
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Mark, Reading
from tests.drawing import draw_hub, draw_plate, mark_place

QUARTERS = {Image.Transpose.ROTATE_90: -90, Image.Transpose.ROTATE_180: 180, Image.Transpose.ROTATE_270: 90}
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


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width), dtype=np.uint8), "L")


def is_nothing(reading: Reading, image: Image.Image) -> bool:
    """Whether it is empty and says why."""
    why = reading.causes
    return bool(why) and replace(reading, causes=()) == Reading.nothing(*image.size)


def middle(mark: Mark) -> tuple[float, float]:
    x, y = np.mean(mark.polygon, axis=0)
    return float(x), float(y)


@pytest.mark.parametrize("name", ["HOME1.jpg", "HOME2.jpg", "HOME3.jpg"])
def test_a_real_hub_is_read(reader: Reader, photo: Callable[[str], Image.Image], name: str) -> None:
    reading = reader.read(photo(f"hub/{name}"))
    assert reading.text == "11"
    assert reading.confidence > 0.85
    assert abs(upright(reading.marks[0].angle - 64)) < 6


@pytest.mark.parametrize(
    ("name", "text"), [("roll-2.jpg", "1W2002H"), ("roll-3.jpg", "1X1168H"), ("roll-5-crop.png", "1W3054H")]
)
def test_a_real_line_in_metal_is_read(
    reader: Reader, photo: Callable[[str], Image.Image], name: str, text: str
) -> None:
    assert reader.read(photo(f"marks/{name}")).text == text


@pytest.mark.parametrize(("name", "text", "angle"), [("single_8.png", "8", 0), ("single_A.png", "A", 0)])
def test_one_raised_character_on_a_plate_is_read(
    reader: Reader, case: Callable[[str], Image.Image], name: str, text: str, angle: float
) -> None:
    reading = reader.read(case(name))
    assert reading.text == text
    assert abs(upright(reading.marks[0].angle - angle)) < 15


def test_one_character_that_is_turned_is_seen_and_asks_for_review(
    reader: Reader, case: Callable[[str], Image.Image]
) -> None:
    """A 7 turned by 33 degrees may be read as the 1 that its long stroke is."""
    reading = reader.read(case("single7_rot33.png"))
    assert reading.text in ("7", "1")
    assert reading.needs_review


@pytest.mark.parametrize(("text", "angle"), HUBS)
def test_a_drawn_hub_is_read_exactly(reader: Reader, text: str, angle: float) -> None:
    reading = reader.read(draw_hub(text, angle=angle, seed=len(text) + int(angle) % 17))
    assert reading.text == text
    assert abs(upright(reading.marks[0].angle - angle)) < 30


@pytest.mark.parametrize("size", [320, 1600])
def test_the_size_of_the_photo_does_not_matter(reader: Reader, size: int) -> None:
    assert reader.read(draw_hub("A27", angle=30, seed=8, size=size)).text == "A27"


@pytest.mark.parametrize("angle", [0, 12, -40, 90, 180])
def test_a_plate_is_read_at_any_angle(reader: Reader, angle: float) -> None:
    reading = reader.read(draw_plate("KD2041", angle=angle, size=(500, 500)))
    assert reading.text == "KD2041"
    assert abs(upright(reading.marks[0].angle - angle)) < 8


@pytest.mark.parametrize(
    ("text", "size"),
    [("AB4711", (1600, 1200)), ("AB4711", (800, 600)), ("1W2011H", (1600, 1200)), ("P3H951", (320, 240))],
)
def test_a_line_is_read_to_its_end_at_any_size(reader: Reader, text: str, size: tuple[int, int]) -> None:
    assert reader.read(draw_plate(text, size=size)).text == text


@pytest.mark.parametrize("angle", [0, 180])
@pytest.mark.parametrize(("text", "size"), [("K46", (70, 40)), ("1R3125H", (140, 40)), ("A8", (52, 40))])
def test_a_small_picture_may_be_the_mark_itself(reader: Reader, text: str, size: tuple[int, int], angle: int) -> None:
    assert reader.read(draw_plate(text, angle=angle, size=size)).text == text


@pytest.mark.parametrize("angle", [5, -30, 90])
def test_the_lines_of_a_plate_are_joined_in_reading_order(reader: Reader, angle: float) -> None:
    reading = reader.read(draw_plate("KD-2041\nLOT 77", angle=angle, size=(520, 520)))
    assert reading.text == "KD-2041 LOT 77"
    assert [mark.text for mark in reading.marks] == ["KD-2041", "LOT 77"]
    above, below = (middle(mark) for mark in reading.marks)
    assert abs(upright(math.degrees(math.atan2(below[1] - above[1], below[0] - above[0])) - angle - 90)) < 30


@pytest.mark.parametrize("text", ["SERIAL NO 4471\nMODEL XJ-220\nMADE IN 2024", "PN 8841\nREV 12", "OD 80\nBORE 600"])
def test_the_round_middles_of_printed_letters_are_no_pads(reader: Reader, text: str) -> None:
    assert reader.read(draw_plate(text, size=(800, 500))).text == text.replace("\n", " ")


def arch(text: str, degrees: float, height: int, side: int = 520, radius: float = 190) -> Image.Image:
    """A text whose characters stand on the top of a circle, so many degrees apart."""
    font = ImageFont.load_default(height)
    plate = Image.new("L", (side, side), 195)
    for at, character in enumerate(text):
        turn = degrees * (at - (len(text) - 1) / 2)
        layer = Image.new("L", (side, side), 0)
        ImageDraw.Draw(layer).text((side / 2, side / 2 - radius), character, fill=255, font=font, anchor="mm")
        plate.paste(50, mask=layer.rotate(-turn, Image.Resampling.BICUBIC))
    return plate


@pytest.mark.parametrize("turn", [0, 130])
@pytest.mark.parametrize(("degrees", "height"), [(13, 60)])
def test_a_text_around_a_circle_is_read(reader: Reader, degrees: float, height: int, turn: float) -> None:
    image = arch("KD2041", degrees, height).rotate(-turn, Image.Resampling.BICUBIC, fillcolor=195)
    reading = reader.read(image)
    assert reading.text == "KD2041"
    assert abs(upright(reading.marks[0].angle - turn)) < 12


def turned(reader: Reader, image: Image.Image, tolerance: float) -> None:
    before = reader.read(image)
    assert before.text
    for quarter, degrees in QUARTERS.items():
        after = reader.read(image.transpose(quarter))
        assert after.text == before.text
        assert abs(upright(after.marks[0].angle - before.marks[0].angle - degrees)) < tolerance


@pytest.mark.parametrize("name", ["hub/HOME2.jpg", "hub/HOME3.jpg", "marks/roll-5-crop.png"])
def test_turning_a_photo_turns_the_angle_and_not_the_text(
    reader: Reader, photo: Callable[[str], Image.Image], name: str
) -> None:
    turned(reader, photo(name), 8)


def test_turning_a_drawing_turns_the_angle_and_not_the_text(reader: Reader) -> None:
    turned(reader, draw_hub("A27", angle=20, seed=2), 8)
    turned(reader, draw_plate("KD2041", angle=10, size=(480, 360)), 4)


LIGHTS: dict[str, Callable[[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], object]] = {
    "dimmer": lambda grey: 0.5 * grey,
    "darker middle greys": lambda grey: 255 * (grey / 255) ** 1.8,
    "lighter middle greys": lambda grey: 255 * (grey / 255) ** 0.6,
    "from the left": lambda grey: grey * np.linspace(1.0, 0.5, grey.shape[1]),
    "from below": lambda grey: grey * np.linspace(0.5, 1.0, grey.shape[0])[:, None],
    "hazy": lambda grey: 110 + 0.4 * grey,
}


@pytest.mark.parametrize("light", LIGHTS)
def test_lighting_a_picture_differently_keeps_the_text(reader: Reader, light: str) -> None:
    for image, text in ((draw_hub("A27", angle=20, seed=2), "A27"), (draw_plate("KD2041", size=(480, 240)), "KD2041")):
        lit = np.asarray(LIGHTS[light](np.asarray(image, np.float64)), np.uint8)
        assert reader.read(Image.fromarray(lit)).text == text


def test_light_characters_on_dark_are_read(reader: Reader) -> None:
    plate = np.asarray(draw_plate("KD2041", size=(480, 240)), np.uint8)
    assert reader.read(Image.fromarray(255 - plate)).text == "KD2041"


@pytest.mark.parametrize(("text", "angle", "seed"), [("A27", 40, 1), ("47", -100, 2), ("2168", 170, 3)])
def test_the_polygon_covers_the_mark_and_starts_at_its_top_left(
    reader: Reader, text: str, angle: float, seed: int
) -> None:
    (mark,) = reader.read(draw_hub(text, angle=angle, seed=seed)).answered
    x, y, radius = mark_place(seed)
    assert math.dist(middle(mark), (x, y)) < 0.12 * radius
    top_left, top_right, _, bottom_left = (np.asarray(corner) for corner in mark.polygon)
    along, down = top_right - top_left, bottom_left - top_left
    assert abs(upright(math.degrees(math.atan2(along[1], along[0])) - mark.angle)) < 1
    assert along[0] * down[1] > along[1] * down[0]
    assert np.linalg.norm(along) > np.linalg.norm(down)
    assert 0.35 * radius < np.linalg.norm(down) < 1.2 * radius


def test_polygons_lie_inside_the_picture(reader: Reader, photo: Callable[[str], Image.Image]) -> None:
    for image in (photo("hub/HOME2.jpg"), photo("marks/roll-5-crop.png"), draw_plate("KD2041", size=(240, 80))):
        marks = reader.read(image).marks
        assert marks
        corners = np.asarray([mark.polygon for mark in marks])
        assert corners.min() >= 0
        assert np.all(corners <= image.size)


def test_a_reduced_picture_is_placed_in_pixels_of_the_one_that_was_given(reader: Reader) -> None:
    image = draw_plate("KD2041", size=(600, 300)).resize((6000, 3000))
    reading = reader.read(image)
    (mark,) = reading.marks
    assert (reading.text, reading.width, reading.height) == ("KD2041", 6000, 3000)
    assert math.dist(middle(mark), (3000, 1500)) < 150
    assert 3000 < math.dist(mark.polygon[0], mark.polygon[1]) < 5700


@pytest.mark.parametrize("text", ["66", "9", "0"])
def test_a_mark_that_reads_upside_down_too_asks_for_review(reader: Reader, text: str) -> None:
    reading = reader.read(draw_hub(text, seed=6))
    assert reading.needs_review
    upside_down = text.translate(str.maketrans("69", "96"))
    assert {reading.text, *(each.text for each in reading.alternatives)} >= {text, upside_down}


def test_a_clear_mark_asks_for_none(reader: Reader) -> None:
    image = draw_hub("A27", angle=20, seed=2)
    assert not reader.read(image).needs_review
    assert Reader(review_below=1.01).read(image).needs_review


def test_characters_and_alternatives_are_those_of_the_text(reader: Reader) -> None:
    for image in (draw_hub("A27", seed=2), draw_plate("AB-4711 X", size=(480, 160))):
        reading = reader.read(image)
        (mark,) = reading.marks
        assert "".join(each.text for each in mark.characters) == mark.text.replace(" ", "")
        assert all(0 < each.confidence <= 1 for each in mark.characters)
        said = [each.confidence for each in reading.alternatives]
        assert said == sorted(said, reverse=True)
        assert reading.text not in [each.text for each in reading.alternatives]
        assert all(each <= reading.confidence for each in said)


def test_a_row_of_holes_is_no_text(reader: Reader) -> None:
    plate = np.full((500, 900), 180, np.uint8)
    for x in (250, 400, 550, 700):
        cv2.circle(plate, (x, 250), 45, 40, 8)
    image = Image.fromarray(plate)
    assert is_nothing(reader.read(image), image)


ODD = {
    "one pixel": lambda: noise(1, 1),
    "a thread": lambda: noise(3, 5000),
    "a lying thread": lambda: noise(5000, 3),
    "a strip": lambda: noise(2000, 40),
    "a standing strip": lambda: noise(40, 2000),
    "a long strip": lambda: noise(20000, 12),
    "black": lambda: Image.new("L", (640, 640)),
    "white": lambda: Image.new("L", (800, 600), 255),
    "noise": lambda: noise(640, 480),
    "tiny noise": lambda: noise(16, 16),
    "slope": lambda: Image.linear_gradient("L"),
    "disc": lambda: Image.radial_gradient("L"),
    "board": lambda: Image.fromarray((np.indices((400, 400)) // 40).sum(0).astype(np.uint8) % 2 * 255, "L"),
    "64 megapixels": lambda: Image.linear_gradient("L").resize((8000, 8000)),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD.keys())
def test_an_odd_picture_is_the_empty_reading(reader: Reader, make: Callable[[], Image.Image]) -> None:
    image = make()
    assert is_nothing(reader.read(image), image)


@pytest.mark.parametrize("seed", [3, 4])
def test_a_hub_without_a_mark_has_no_answer(reader: Reader, seed: int) -> None:
    reading = reader.read(draw_hub(" ", seed=seed))
    assert (reading.text, reading.answered, reading.confidence) == ("", (), 0.0)
    assert reading.needs_review


def test_a_reading_of_a_photo_is_json(reader: Reader) -> None:
    reading = reader.read(draw_hub("A27", seed=2))
    said = json.loads(json.dumps(reading.to_json()))
    assert said["text"] == reading.text == "A27"
    assert said["marks"][0]["polygon"][0] == [round(at, 1) for at in reading.marks[0].polygon[0]]
    assert [each["text"] for each in said["marks"][0]["characters"]] == ["A", "2", "7"]


def test_four_threads_read_the_same_with_one_reader() -> None:
    fresh = Reader(threads=1)
    images = [
        draw_hub("A27", angle=20, seed=2),
        draw_hub("2168", angle=170, seed=3),
        draw_plate("KD2041", size=(320, 160)),
        noise(300, 300),
    ]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fresh.read, images))
    alone = [fresh.read(image) for image in images]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert [reading.confidence for reading in together] == pytest.approx([r.confidence for r in alone], abs=1e-3)
