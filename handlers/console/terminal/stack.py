"""The stack's working functions in the cloud: stopped by reserving no execution for them, and let go again.

A stopped function's callers are refused by Lambda at once; what runs in it is finished. The console's own function is
not among them, so that there is a way back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from handlers.aws.clients import client
from handlers.aws.refusals import Refusal, refusals
from handlers.console.terminal import texts

_log = logging.getLogger("castmark.console")
# The gateway waits 30 seconds for an answer; one function that Lambda is silent about may take the rest.
_SECONDS = 12.0


class Stack:
    """`functions` are names; `changed` hears "stopped" or "started" and the functions for which that came true.

    Verbs answer a line for each thing that happened, with the functions to which it happened. Failures are such lines.
    """

    def __init__(self, functions: Sequence[str], changed: Callable[[str, str], None] = lambda *_: None) -> None:
        self._functions = functions
        self._changed = changed

    def stop(self) -> str:
        """Reserve no execution for every function."""
        return self._each(self._stop, "stopped", texts.NOT_STOPPED)

    def lift(self) -> str:
        """Take back what `stop` did, and nothing that somebody else reserved."""
        return self._each(self._lift, "started", texts.NOT_LIFTED)

    @cached_property
    def _client(self) -> Any:
        return client("lambda")

    def _each(self, change: Callable[[str], tuple[str, bool]], event: str, failed: str) -> str:
        lines: dict[str, list[str]] = {}
        changed: list[str] = []
        end, late = time.monotonic() + _SECONDS, failed.format(texts.NO_TIME)
        for name in self._functions:
            said, is_changed = self._tried(change, name, failed) if time.monotonic() < end else (late, False)
            lines.setdefault(said, []).append(name)
            changed += [name] if is_changed else []
        if changed:
            self._changed(event, ", ".join(changed))
        return "\n".join(f"{said}: {', '.join(names)}" for said, names in lines.items())

    def _tried(self, change: Callable[[str], tuple[str, bool]], name: str, failed: str) -> tuple[str, bool]:
        try:
            return change(name)
        except Refusal as error:
            _log.error("%s was not changed: %s", name, error.code)
            return failed.format(texts.REFUSALS.get(error.kind) or f"Lambda: {error.code}"), False

    def _stop(self, name: str) -> tuple[str, bool]:
        reserved = self._reserved(name)
        if reserved == 0:
            return texts.STOPPED_BEFORE, False
        with refusals():
            self._client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        return (texts.STOPPED if reserved is None else texts.STOPPED_FROM.format(reserved)), True

    def _lift(self, name: str) -> tuple[str, bool]:
        if self._reserved(name) != 0:
            return texts.NOT_STOPPED_BEFORE, False
        with refusals():
            self._client.delete_function_concurrency(FunctionName=name)
        return texts.LIFTED, True

    def _reserved(self, name: str) -> int | None:
        with refusals():
            answer = self._client.get_function_concurrency(FunctionName=name)
        found: int | None = answer.get("ReservedConcurrentExecutions")
        return found
