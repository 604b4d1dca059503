"""A function's process in which nothing is installed but what its extras bring: run as `only.py MODULE BLOCKED...`.

The event comes on standard input, the answer goes to standard output. BLOCKED are the other packages of this machine.
"""

import asyncio
import importlib
import json
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


if __name__ == "__main__":
    sys.meta_path.insert(0, Blocked(sys.argv[2:]))
    asyncio.set_event_loop(asyncio.new_event_loop())
    handler = getattr(importlib.import_module("handlers.lambda_.functions"), sys.argv[1])
    sys.stdout.write(f"\n{json.dumps(handler(json.load(sys.stdin), Context()))}\n")
