"""The parameters that `readings` and `export` share: which readings are wanted."""

import re
from datetime import date
from typing import Annotated

from fastapi import Depends, Query

from handlers.access.caller import caller_with
from handlers.records.wanted import State, Wanted

_OWNER = re.compile("[0-9a-f]{32}")
_Text = Annotated[str | None, Query(max_length=200, description="The valid text; empty: where there is none.")]
_Part = Annotated[str, Query(max_length=200, description="A part of the valid text, in capitals or not.")]
_Since = Annotated[date | None, Query(description="The first day.", examples=["2026-03-01"])]
_Until = Annotated[date | None, Query(description="The last day.", examples=["2026-03-31"])]
_Least = Annotated[float | None, Query(ge=0, le=1, description="The least confidence of the machine.")]
_Most = Annotated[float | None, Query(ge=0, le=1, description="The most.")]
_Standing = Annotated[
    State | None,
    Query(
        description="`open` asks for review, `sure` does not; people `confirmed`, `corrected`, or saw no mark at all."
    ),
]
_Client = Annotated[str, Query(max_length=200, description="A client's uuid, or a client as a list shows it.")]


async def _wanted(
    text: _Text = None,
    part: _Part = "",
    since: _Since = None,
    until: _Until = None,
    least: _Least = None,
    most: _Most = None,
    state: _Standing = None,
    client: _Client = "",
) -> Wanted:
    return Wanted(text, part, since, until, least, most, state, _owners(client))


def _owners(client: str) -> tuple[str, ...]:
    """A uuid may look like what a list shows; then both are meant."""
    owner = (caller_with(client).owner,) if client else ()
    return (client, *owner) if _OWNER.fullmatch(client) else owner


WantedOf = Annotated[Wanted, Depends(_wanted)]
