"""Events are kept in the transaction of what they tell of: both are there, or neither."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handlers.outbox import table
from handlers.outbox.events import Event, of_reading, of_step
from handlers.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from handlers.records.corrections import Step
    from handlers.records.readings import Origin


class Teller:
    """Keeps events for the targets of the settings. Without targets and rules it keeps none."""

    def __init__(self, settings: Settings) -> None:
        self._targets = settings.outbox.targets
        self._rules = settings.rules

    def reading(self, connection: "Connection", number: int, origin: "Origin", detail: Mapping[str, Any]) -> None:
        """Tell of a reading that was recorded under `number`, and of what is alarming about it."""
        if self._targets:
            self._tell(connection, of_reading(number, origin, detail))
        if self._rules.on:
            from handlers.outbox.rules import alarms

            for alarm in alarms(connection, self._rules, number, detail):
                self._tell(connection, alarm)

    def step(self, connection: "Connection", number: int, step: "Step") -> None:
        """Tell of what a person said of the reading `number`."""
        if self._targets:
            self._tell(connection, of_step(number, step))

    def _tell(self, connection: "Connection", event: Event) -> None:
        table.add(connection, event, self._targets)
