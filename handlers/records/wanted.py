"""What somebody wants of the history: a filter and a place in it. Plain values, which any function may have at hand."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from handlers.errors import BadRequest

_PLACE = re.compile(r"(.{1,100}),(-?[0-9]{1,19})", re.DOTALL)


class State(StrEnum):
    """Where a reading stands."""

    SURE = "sure"
    """The machine was, and nobody has looked."""
    OPEN = "open"
    """It asks for a person's look."""
    CONFIRMED = "confirmed"
    """A person says what the machine said."""
    CORRECTED = "corrected"
    UNMARKED = "unmarked"
    """A person says that there is no mark at all."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the time and the number of its last record."""

    time: str
    number: int

    def __str__(self) -> str:
        return f"{self.time},{self.number}"


def place_of(written: str) -> Place | None:
    """The place that an answer called `next`; None for an empty one. Raises BadRequest."""
    if not written:
        return None
    found = _PLACE.fullmatch(written)
    if not found or not -(2**63) <= int(found[2]) < 2**63:
        raise BadRequest("The parameter after is wrong: it is the next of the answer before.")
    return Place(found[1], int(found[2]))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A filter; what is None or empty does not matter. Dates are days, both included; `owners` are alternatives."""

    text: str | None = None
    part: str = ""
    since: date | None = None
    until: date | None = None
    least: float | None = None
    most: float | None = None
    state: State | None = None
    owners: tuple[str, ...] = ()

    @property
    def only_reviewed(self) -> bool:
        """Whether a record that no machine read and nobody corrected can be none of them."""
        return bool(self.state or self.owners or self.least is not None or self.most is not None)
