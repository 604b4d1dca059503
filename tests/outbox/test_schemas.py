"""What is sent is what docs/events says, for every type of event and every rule."""

import json
import time
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from handlers.outbox.events import TYPES, VERSION
from handlers.outbox.rules import _RULES
from handlers.outbox.table import due
from handlers.outbox.telling import Teller
from handlers.records.corrections import Word, confirm, correct, undo
from handlers.records.database import Database
from handlers.settings import Settings
from tests.outbox.conftest import Records

_DOCS = Path(__file__).parents[2] / "docs" / "events"


def _schema(type_: str) -> Any:
    return json.loads((_DOCS / f"{type_}.v{VERSION}.json").read_text("utf-8"))


def test_every_type_has_a_schema_and_every_schema_a_type() -> None:
    assert {file.name for file in _DOCS.glob("*.json")} == {f"{each}.v{VERSION}.json" for each in TYPES}
    assert set(_schema("alarm.raised")["properties"]["data"]["properties"]["rule"]["enum"]) == set(_RULES)


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_what_is_sent_is_what_the_schemas_say(database: Database, records: Records, tmp_path: Path) -> None:
    settings = Settings.model_validate({"outbox": {"folder": tmp_path}, "rules": {"known": True}})
    told, word = Teller(settings).step, Word("李", time.time(), "worn")
    number = records(settings, alternatives=[{"text": "A21", "confidence": 0.02}])
    records(settings, "", marks=[], needs_review=True, confidence=0.0)
    database.write(lambda connection: correct(connection, number, "A28", word, told))
    database.write(lambda connection: undo(connection, number, word, told))
    database.write(lambda connection: confirm(connection, number, word, told))
    with database.read() as connection:
        events = [each.event for each in due(connection, "folder", 100)]
    assert {event.type for event in events} == set(TYPES)
    for event in events:
        jsonschema_rs.validator_for(_schema(event.type)).validate(json.loads(event.body()))
