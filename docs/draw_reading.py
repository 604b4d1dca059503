"""Draws docs/hub.jpg, by the tests' generator, and docs/reading.jpg, the README's picture of how it is read for real.

Run it as `python -m docs.draw_reading`.
"""

import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from handlers.recognition.reader import Reader
from handlers.recognition.reading import Mark, Reading
from tests.drawing import draw_hub

_SIZE = (1180, 640)
_PAPER, _INK, _QUIET, _ACCENT = "#f3f2ef", "#16181a", "#5f6469", "#e2500b"
_LEFT = 690  # where the words begin


def main() -> None:
    hub = draw_hub("A27", angle=-38, seed=8)
    hub.save(Path(__file__).with_name("hub.jpg"), quality=85)
    reading = Reader().read(hub)
    picture = Image.new("RGB", _SIZE, _PAPER)
    picture.paste(hub.convert("RGB"), (0, 0))
    _outline(picture, reading.marks[0])
    _close_up(picture, hub, reading.marks[0])
    _words(picture, reading)
    picture.save(Path(__file__).with_name("reading.jpg"), quality=85)


def _outline(picture: Image.Image, mark: Mark) -> None:
    corners = [*mark.polygon, mark.polygon[0], mark.polygon[1]]
    ImageDraw.Draw(picture).line(corners, fill=_ACCENT, width=4, joint="curve")


def _close_up(picture: Image.Image, hub: Image.Image, mark: Mark) -> None:
    """The mark enlarged and turned upright."""
    top_left, top_right, bottom_right, bottom_left = mark.polygon
    width = 420
    height = round(width * math.dist(top_right, bottom_right) / math.dist(top_left, top_right))
    quad = (*top_left, *bottom_left, *bottom_right, *top_right)
    close_up = hub.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    picture.paste(close_up.convert("RGB"), (_LEFT, 70))
    ImageDraw.Draw(picture).rectangle((_LEFT, 70, _LEFT + width, 70 + height), outline=_ACCENT, width=4)


def _words(picture: Image.Image, reading: Reading) -> None:
    draw = ImageDraw.Draw(picture)
    draw.text((_LEFT, 360), reading.text, _INK, ImageFont.load_default(150), stroke_width=3)
    facts = f"confidence {reading.confidence:.2f}   {reading.marks[0].angle:.0f}°"
    draw.text((_LEFT, 550), facts, _QUIET, ImageFont.load_default(34))


if __name__ == "__main__":
    main()
