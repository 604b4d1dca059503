"""The rule `drift`: what moves beyond chance is one alarm, and then it is learnt anew."""

from typing import Any

import pytest

from handlers.outbox import drifting
from handlers.outbox.book import OutboxBook
from handlers.outbox.listing import Asked
from handlers.promise import drift
from handlers.promise.verdict import judged
from handlers.records.database import Database
from handlers.settings import Settings
from tests.outbox.conftest import Records

_SETTINGS = Settings.model_validate({"rules": {"drift": True}})


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with hundreds of readings, with tens; every reading is looked at."""
    for name, value in {"RECENT": 20, "USUAL": 60, "LEAST_USUAL": 40, "RARELY": 100}.items():
        monkeypatch.setattr(drift, name, value)
    for name, value in {"RECENT": 20, "USUAL": 60, "_EVERY": 1}.items():
        monkeypatch.setattr(drifting, name, value)


def _alarms(database: Database) -> list[dict[str, Any]]:
    return [event["data"] for event in OutboxBook(Settings(), database).events(Asked(type="alarm.raised"), 200)]


def test_empty_readings_beyond_chance_are_one_alarm(database: Database, records: Records) -> None:
    for _ in range(60):
        records(_SETTINGS)
    assert _alarms(database) == []
    for _ in range(15):
        records(_SETTINGS, "")
    (alarm,) = _alarms(database)
    assert alarm["rule"] == "drift"
    assert alarm["sentence"].endswith("of the last 20 readings are empty, 0.0% of the 43 before.")


def test_threshold_that_moves_is_no_drift(database: Database, records: Records) -> None:
    detail = {"confidence": 0.9, "unclear": False, "needs_review": False, "marks": [{"answered": True, "pad": False}]}
    for least in [0.7] * 60 + [0.95] * 20:
        told = judged(detail | {"text": "A27"}, least, 0.1, 0.5)
        records(_SETTINGS, needs_review=told["needs_review"], judged=told["judged"], confidence=0.9)
    assert _alarms(database) == []
    # What is less sure than before is.
    for _ in range(20):
        told = judged(detail | {"text": "A27", "confidence": 0.5}, 0.95, 0.1, 0.5)
        records(_SETTINGS, needs_review=True, judged=told["judged"], confidence=0.5)
    assert "ask for a person's look" in _alarms(database)[0]["sentence"]
