"""Where events go: one file a kind, each with its outside parts to itself."""

from importlib import import_module

from handlers.outbox.targets.base import Target
from handlers.plant import TARGETS
from handlers.settings import Settings

# Each module has a function `target`.
_MODULES = {name: name for name in TARGETS} | dict.fromkeys(("sns", "event_bus"), "aws")


def targets_of(settings: Settings) -> list[Target]:
    """Those of the settings. Raises ConfigurationError for one that can never work, in a sentence."""
    return [
        import_module(f"handlers.outbox.targets.{_MODULES[name]}").target(name, settings)
        for name in settings.outbox.targets
    ]
