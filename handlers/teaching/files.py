"""One teaching as a file: JSON, small, named by its hash. What is no teaching is refused with a sentence.

{"castmark": "teaching", "format": 1, "texts": {"A27": 31, ...}, "made": 1796000000.0, "readings": 64,
 "networks": "0123456789ab", "before": {...}, "after": {...}}
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from handlers.errors import ConfigurationError

FORMAT = 1
LARGEST = 1_000_000
"""Bytes of a file at the most: some ten thousand texts."""
_LONGEST_TEXT = 200
_MOST_TIMES = 10**9


@dataclass(frozen=True, slots=True)
class Score:
    """How readings came out: all of them, those read right, those that ask for nobody's look, and wrong ones among
    these; characters that were wrong (insertions, deletions and replacements), and all of the true ones."""

    readings: int = 0
    right: int = 0
    accepted: int = 0
    wrong_accepted: int = 0
    wrong_characters: int = 0
    characters: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(Score)})

    def __str__(self) -> str:
        return (
            f"{self.right:,} of {self.readings:,} right, {self.accepted:,} accepted, {self.wrong_accepted:,} of them "
            f"wrong; {self.wrong_characters:,} of {self.characters:,} characters wrong"
        )


NONE = Score()


@dataclass(frozen=True, slots=True)
class Teaching:
    """`texts`: how often each was confirmed; `made`: in seconds since 1970; `readings`: how many it was learned from;
    `networks`: whose readings it was judged with; `before` and `after`: on readings that were held back."""

    texts: Mapping[str, int]
    made: float
    readings: int
    networks: str
    before: Score
    after: Score

    def content(self) -> bytes:
        told = {"castmark": "teaching", "format": FORMAT, **asdict(self), "texts": dict(sorted(self.texts.items()))}
        return json.dumps(told, ensure_ascii=False, indent=1).encode()

    @property
    def name(self) -> str:
        return name_of(self.content())

    def told(self) -> dict[str, Any]:
        """As it is listed."""
        facts: dict[str, Any] = {"name": self.name, "made": self.made, "readings": self.readings}
        return facts | {"texts": len(self.texts), "before": asdict(self.before), "after": asdict(self.after)}


def name_of(content: bytes) -> str:
    """The name of what has this content."""
    return hashlib.sha256(content).hexdigest()[:12]


def teaching_of(content: bytes, name: str) -> Teaching:
    """What a file of that name holds. Raises ConfigurationError, with a sentence, for anything but a teaching."""
    if len(content) > LARGEST:
        raise _unusable(name, f"it is larger than {LARGEST:,} bytes")
    if name_of(content) != name:
        raise _unusable(name, "its content is not what its name says")
    try:
        told = json.loads(content)
        if told["castmark"] != "teaching" or told["format"] != FORMAT:
            raise _unusable(name, "another version of Castmark wrote it")
        facts = float(told["made"]), int(told["readings"]), str(told["networks"])
        return Teaching(_texts(told["texts"]), *facts, Score(**told["before"]), Score(**told["after"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unusable(name, f"{type(error).__name__}: {error}") from None


def _texts(told: Mapping[str, object]) -> dict[str, int]:
    """Raises ValueError for what is no text, or no number of times."""
    texts: dict[str, int] = {}
    for text, times in told.items():
        if not isinstance(times, int) or not 0 < times <= _MOST_TIMES or not 0 < len(text) <= _LONGEST_TEXT:
            raise ValueError(f"{text[:40]!r} was not confirmed {times!r} times")
        texts[text] = times
    return texts


def _unusable(name: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"The teaching {name} cannot be used ({why}); take it back with castmark teach --undo.")
