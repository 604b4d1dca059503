"""A process in which nothing is installed but what some extras bring: run as `only.py BLOCKED...`.

BLOCKED are the other packages of this machine. Each line of standard input is a request, [FUNCTION, VARIABLES, EVENT]:
what the function answers to the event, made with these variables at its first, is a line of standard output.
"""

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec


class Context:
    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
    function_name = "castmark-test"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


class Blocked:
    """A finder before all others, to which other packages are not there."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        if name.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r} (not among the function's extras)", name=name)
        return None


def answer(function: str, variables: dict[str, str], event: object) -> object:
    os.environ.update(variables)
    try:
        return getattr(importlib.import_module("handlers.lambda_.functions"), function)(event, Context())
    finally:
        for name in variables:
            del os.environ[name]


if __name__ == "__main__":
    sys.meta_path.insert(0, Blocked(sys.argv[1:]))
    asyncio.set_event_loop(asyncio.new_event_loop())
    with os.fdopen(os.dup(1), "w") as answers:
        # Functions log to standard output.
        os.dup2(2, 1)
        for line in sys.stdin:
            answers.write(f"{json.dumps(answer(*json.loads(line)))}\n")
            answers.flush()
