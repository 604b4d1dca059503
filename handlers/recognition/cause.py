"""Why a reading is empty or doubtful: plain values, which a page says in its language and shows on the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from handlers.recognition.reading import Polygon

Code = Literal[
    "blank",
    "dark",
    "nothing",
    "small",
    "glare",
    "moved",
    "blurred",
    "cut_off",
    "faint",
    "unlike",
    "rivals",
    "lone",
    "known",
    "more",
    "apart",
    "unsure",
]

SENTENCES: Mapping[Code, str] = {
    "blank": "The picture is blank: nothing in it is brighter than the rest.",
    "dark": "The picture is too dark.",
    "nothing": "Nothing that looks like characters was found: fill the picture with the mark.",
    "small": "The characters are {pixels} pixels high, and {needed} are needed: go nearer.",
    "glare": "Glare covers {percent} % of the mark: move the lamp, or the camera.",
    "moved": "The mark is blurred along a movement: hold the camera still.",
    "blurred": "The mark is out of focus.",
    "cut_off": "The mark is cut off by the edge of the picture.",
    "faint": "The characters hardly stand out from the metal: light from the side shows them.",
    "unlike": "{text} was seen, but it is not as readings are expected here.",
    "rivals": "It may be {text} as well as {other}.",
    "lone": "A character by itself may be another one, or no mark at all.",
    "known": "{other} was read, and {text} is a known mold number.",
    "more": "More may be there, too unclear to answer: {text}.",
    "apart": "The photos do not show the same mark.",
    "unsure": "The characters are worn or unclear: light from another side may show more.",
}
"""In English, for programs and the command line; what stands in braces is among a cause's facts."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason for doubt. `polygon`: where, in pixels of the upright picture, None where it is about all of it;
    `facts`: what its sentence says in figures and texts."""

    code: Code
    polygon: Polygon | None = None
    facts: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return SENTENCES[self.code].format(**self.facts)

    def to_json(self) -> dict[str, object]:
        place = [[round(x, 1), round(y, 1)] for x, y in self.polygon] if self.polygon else None
        return {"code": self.code, "text": self.sentence, "polygon": place, "facts": dict(self.facts)}
