"""What every target can do."""

from importlib import import_module
from typing import Any, Protocol

from handlers.errors import ConfigurationError
from handlers.outbox.events import Event


class Target(Protocol):
    """Used by one thread at a time."""

    name: str

    def open(self) -> bool:
        """Connect, where a target stays connected while nothing is due; whether that was done just now.

        Raises NotDelivered where it cannot be reached.
        """
        ...

    def deliver(self, event: Event) -> None:
        """Return once the target has it for sure. The same event may come again. Raises NotDelivered."""
        ...

    def close(self) -> None:
        """Give up the connection, if there is one; `open` and `deliver` make it again."""
        ...


def part(module: str, setting: str, extra: str) -> Any:
    """An outside part. Raises ConfigurationError where it is not installed."""
    try:
        return import_module(module)
    except ModuleNotFoundError:
        raise ConfigurationError(f"CASTMARK_{setting} needs {module}: install castmark[{extra}].") from None
