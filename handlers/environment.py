"""Settings in environment variables: `CASTMARK_HOST`, and for one of a group `CASTMARK_LIMITS__FILE_MB`.

The few lines of pydantic-settings that are needed here, without the 40 ms that its sources of all other kinds cost each
cold start.
"""

import json
import os
from collections.abc import Collection
from typing import Any

_DELIMITER = "__"


def environment(prefix: str, names: Collection[str], groups: Collection[str]) -> dict[str, Any]:
    """What the variables say of the settings `names`, whatever the case; an empty one says nothing.

    Of `groups` a variable may hold all as JSON, and others one each, which win. Raises ValueError where it is no JSON.
    """
    said = {name.lower(): value for name, value in os.environ.items() if value}
    found: dict[str, Any] = {}
    for name in names:
        whole = said.get(f"{prefix.lower()}{name}")
        if name in groups:
            group = _group(name, whole) | _members(said, f"{prefix.lower()}{name}{_DELIMITER}")
            found |= {name: group} if group else {}
        elif whole is not None:
            found[name] = whole
    return found


def _group(name: str, whole: str | None) -> dict[str, Any]:
    try:
        group = json.loads(whole) if whole else {}
    except ValueError:
        group = None
    if not isinstance(group, dict):
        raise ValueError(f"what it says of {name} is no JSON object")
    return group


def _members(said: dict[str, str], beginning: str) -> dict[str, Any]:
    return {name.removeprefix(beginning): value for name, value in said.items() if name.startswith(beginning)}
