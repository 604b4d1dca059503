"""Scenes with text on them: blocks of lines, discs and rings, single marks that fill the picture, pads of hubs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from training.clutter import clutter, held
from training.glyphs import HEIGHT, Grey
from training.layout import SIDE, Doubles, Layout, Line, spot
from training.setting import Style, length, letters, strip, style
from training.texts import text

Random = np.random.Generator
MIDDLE = np.array([SIDE / 2, SIDE / 2])


def draw(random: Random, fonts: Sequence[str]) -> Layout:
    """A scene, whose text is set in `fonts` and those of dots: 46 in 100 have blocks of lines, 16 discs, 18 a text that
    fills them, 14 pads, and 6 no text."""
    scene = _Scene(random, fonts)
    kind = random.random()
    if kind < 0.46:
        clutter(random, scene.layout)
        for _ in range(int(random.integers(2, 7))):
            scene.block()
    elif kind < 0.62:
        scene.disc()
    elif kind < 0.8:
        scene.close()
    elif kind < 0.94:
        scene.pads()
    else:
        clutter(random, scene.layout)
        clutter(random, scene.layout)
    return scene.layout


def _way(radians: float) -> Doubles:
    """The unit vector (x, y) at an angle, clockwise on the screen."""
    return np.array([math.cos(radians), math.sin(radians)])


def _across(radians: float) -> Doubles:
    """The same, a quarter of a turn on: down from a text at that angle."""
    return np.array([-math.sin(radians), math.cos(radians)])


class _Scene:
    """One layout while it is drawn; the order of random numbers is the scene."""

    def __init__(self, random: Random, fonts: Sequence[str]) -> None:
        self.random, self.fonts, self.layout = random, fonts, Layout()

    def style(self) -> Style:
        return style(self.random, self.fonts)

    def text(self, look: Style) -> str:
        return text(self.random, letters(look))

    def place(self, line: Line, mask: Grey) -> bool:
        """Lays the line at the length that its mask has."""
        long = length(mask) * line.cap / HEIGHT
        middle = (float(line.middle[0]), float(line.middle[1]))
        laid = Line(line.text, middle, line.angle, line.cap, long, line.bend, line.shear, line.layer)
        return self.layout.place(laid, mask)

    def bent(self, cap: float, most: float) -> float:
        """A radius of 6 to `most` cap heights, to either side."""
        return float(self.random.choice([-1, 1]) * cap * self.random.uniform(6, most))

    def block(self) -> None:
        """One to five lines of one style below one another, on a label or not."""
        random = self.random
        look, layer = self.style(), int(random.random() < 0.35)
        angle, cap = held(random), float(np.exp(random.uniform(math.log(9), math.log(80))))
        count = int(random.choice([1, 1, 2, 2, 3, 4, 5]))
        middle = random.uniform(0.15, 0.85, 2) * SIDE
        bend = self.bent(cap, 40) if random.random() < 0.2 else 0.0
        step = cap * random.uniform(1.5, 2.4)
        align = float(random.choice([0.0, 0.0, -0.5]))
        if layer or random.random() < 0.2:
            self.label(middle, angle, (cap * random.uniform(3, 12), step * count), layer)
        turn = math.radians(angle)
        for number in range(count):
            at = middle + _across(turn) * (number - (count - 1) / 2) * step
            self.block_line(look, Line("", (at[0], at[1]), angle, cap, 0.0, bend, look.shear, layer), align)

    def block_line(self, look: Style, line: Line, align: float) -> None:
        """One line of a block; `align`: which part of its length it is shifted by."""
        random = self.random
        size = line.cap * (1.0 if random.random() < 0.75 else random.uniform(0.6, 1.5))
        said = self.text(look)
        mask = strip(random, said, look)
        long = length(mask) * size / HEIGHT
        if long > 1.25 * SIDE or (line.bend and long > 1.5 * abs(line.bend)):
            return
        x, y = np.array(line.middle) + _way(math.radians(line.angle)) * align * -long
        self.place(Line(said, (x, y), line.angle, size, long, line.bend, line.shear, line.layer), mask)

    def label(self, middle: Doubles, angle: float, size: tuple[float, float], layer: int) -> None:
        """A rectangle of another material or height behind a block, with an edge or without."""
        random, parts = self.random, self.layout.parts
        box = (float(size[0] * 1.6), float(size[1] * random.uniform(1.1, 1.8)))
        corners = cv2.boxPoints(((float(middle[0]), float(middle[1])), box, angle))
        points = [np.round(corners * 16).astype(np.int32)]
        part = parts[1 if layer or random.random() < 0.6 else 0]
        cv2.fillPoly(part, points, (int(random.integers(60, 256)),), cv2.LINE_AA, 4)
        if random.random() < 0.5:
            value, thick = int(random.integers(80, 256)), int(random.integers(1, 6))
            cv2.polylines(parts[0], points, True, (value,), thick, cv2.LINE_AA, 4)

    def disc(self) -> None:
        """Text around circles, and in their middle, as on covers, caps, tyres and survey marks."""
        random = self.random
        radius = float(np.exp(random.uniform(math.log(90), math.log(900))))
        huge = radius > 0.6 * SIDE
        centre = random.uniform(0.35, 0.65, 2) * SIDE
        if huge:
            toward = random.uniform(0, 2 * math.pi)
            centre = MIDDLE + radius * random.uniform(0.8, 1.1) * _way(toward)
        self.rims(spot(centre), radius)
        ring = radius
        for _ in range(int(random.integers(1, 4))):
            cap = self.ring(centre, radius, ring, huge)
            ring -= cap * random.uniform(1.6, 3)
            if ring < 40:
                break
        if not huge and random.random() < 0.7:
            self.centred(centre, radius)

    def rims(self, centre: tuple[int, int], radius: float) -> None:
        random = self.random
        for _ in range(int(random.integers(1, 5))):
            rim = int(radius * random.uniform(0.3, 1.25))
            part = self.layout.parts[int(random.integers(0, 2))]
            value, thick = int(random.integers(60, 256)), int(random.choice([-1, 2, 4, 8]))
            cv2.circle(part, centre, rim, (value,), thick, cv2.LINE_AA)

    def ring(self, centre: Doubles, radius: float, ring: float, huge: bool) -> float:
        """Two to seven texts along the circle of radius `ring`; returns their cap height in pixels."""
        random = self.random
        cap = float(np.clip(radius * random.uniform(0.06, 0.25), 9, 90))
        look, layer = self.style(), int(random.random() < 0.12)
        for _ in range(int(random.integers(2, 8))):
            said = self.text(look)
            mask = strip(random, said, look)
            if length(mask) * cap / HEIGHT > 2.6 * ring:
                continue
            inside = random.random() < 0.25
            phi = random.uniform(0, 2 * math.pi)
            if huge:
                toward = math.atan2(SIDE / 2 - centre[1], SIDE / 2 - centre[0])
                phi = toward + random.normal(0, 0.25)
            angle = math.degrees(phi) + (90 if not inside else -90)
            x, y = centre + ring * _way(phi)
            self.place(Line(said, (x, y), angle, cap, 0.0, -ring if inside else ring, 0.0, layer), mask)
        return cap

    def centred(self, centre: Doubles, radius: float) -> None:
        random = self.random
        look, angle = self.style(), held(random)
        said = self.text(look)
        mask = strip(random, said, look)
        cap = max(min(1.2 * radius * HEIGHT / mask.shape[1], 0.4 * radius), 8)
        self.place(Line(said, (centre[0], centre[1]), angle, cap, 0.0, 0.0, look.shear), mask)

    def close(self) -> None:
        """One text that fills the picture, as who cuts a photo to its mark sends it; often one character."""
        random = self.random
        if random.random() < 0.3:
            clutter(random, self.layout)
        look, angle = self.style(), held(random)
        said = self.text(look)
        if random.random() < 0.4:
            said = said[:1].strip() or "7"
        mask = strip(random, said, look)
        room = SIDE * random.uniform(0.45, 0.95)
        cap = min(room * HEIGHT / max(length(mask), 1), SIDE * random.uniform(0.2, 0.7))
        bend = self.bent(cap, 30) if len(said) > 3 and random.random() < 0.25 else 0.0
        x, y = SIDE / 2 + random.normal(0, 0.04 * SIDE, 2)
        layer = int(random.random() < 0.2)
        laid = self.place(Line(said, (x, y), angle, cap, 0.0, bend, look.shear, layer), mask)
        if laid and random.random() < 0.4:
            self.block()

    def pads(self) -> None:
        """Round pads, one or more with a short mark, among bores, as on hubs and flanges."""
        random = self.random
        count = int(random.integers(1, 7))
        far, start = random.uniform(0.22, 0.36) * SIDE, random.uniform(0, 2 * math.pi)
        radius = random.uniform(0.05, 0.14) * SIDE if count > 2 else random.uniform(0.12, 0.42) * SIDE
        middle = MIDDLE + random.normal(0, 0.05 * SIDE, 2)
        if count > 2:
            self.bore(middle, far + 1.4 * radius)
        for number in range(count):
            if count > 2:
                at = middle + far * _way(start + 2 * math.pi * number / count)
            else:
                at = middle + random.normal(0, 0.2 * SIDE, 2) * (count > 1)
            self.pad(at, radius)

    def bore(self, middle: Doubles, face: float) -> None:
        """A hole in the middle of a round face of so many pixels radius."""
        x, y = int(middle[0]), int(middle[1])
        hole, material = (int(self.random.integers(*span)) for span in ((0, 120), (30, 120)))
        cv2.circle(self.layout.parts[0], (x, y), int(0.16 * SIDE), (hole,), -1, cv2.LINE_AA)
        cv2.circle(self.layout.parts[1], (x, y), int(face), (material,), -1, cv2.LINE_AA)

    def pad(self, at: Doubles, radius: float) -> None:
        """A pad, seven times in ten with one to four characters."""
        random = self.random
        for part in (0, 1):
            value = int(random.integers(120, 256))
            cv2.circle(self.layout.parts[part], spot(at), int(radius), (value,), -1, cv2.LINE_AA)
        if random.random() >= 0.7:
            return
        look = self.style()
        said = self.text(look)
        said = said.replace(" ", "")[: int(random.choice([1, 2, 2, 3, 3, 4]))]
        mask = strip(random, said, look)
        cap = min(radius * random.uniform(0.5, 1.0), 1.5 * radius * HEIGHT / max(length(mask), 1))
        if cap >= 8:
            x, y = at + random.normal(0, 0.1 * radius, 2)
            self.place(Line(said, (x, y), float(random.uniform(0, 360)), cap, 0.0), mask)
