"""The parameters that `correct` and `confirm` share: which reading, who says it, and of what he saw."""

import re
import time
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Header, Query, Request
from fastapi.responses import JSONResponse

from handlers.errors import BadRequest

if TYPE_CHECKING:
    from handlers.records.corrections import Word

_TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})"?')
_MOST = 2**63
Number = Annotated[int, Query(ge=-_MOST, lt=_MOST, description="The reading's `id`, which is its `hub_id`.")]
Why = Annotated[str, Query(max_length=500, description="Why, for whoever looks at it later.")]
_By = Annotated[
    str,
    Query(max_length=64, description="The name of the person who says it; a token's own name goes before it."),
]


async def _who(request: Request, by: _By = "") -> str:
    """Whoever shows a named token is known; others say who they are, or do not."""
    return request.state.who or by


By = Annotated[str, Depends(_who)]
Seen = Annotated[
    str | None,
    Header(alias="If-Match", max_length=64, description="The `ETag` of what was looked at; 409 where it has changed."),
]


def word_of(by: str, why: str, seen: str | None) -> "Word":
    """Raises BadRequest for an `If-Match` that is none of ours."""
    from handlers.records.corrections import Word

    if seen in (None, "*"):
        return Word(by, time.time(), why)
    found = _TAG.fullmatch(seen or "")
    if not found:
        raise BadRequest("If-Match is wrong: it is the ETag of an answer of reading, correct or confirm.")
    return Word(by, time.time(), why, int(found[1]))


def told(reading: dict[str, Any]) -> JSONResponse:
    """A reading, with the tag by which it is told whether it has changed."""
    return JSONResponse(reading, headers={"ETag": f'"{reading["steps_taken"]}"', "Cache-Control": "no-store"})
