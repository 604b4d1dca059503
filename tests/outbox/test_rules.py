"""Rules: what raises an alarm, what does not, and that an alarm is an event like others."""

import sys
from typing import Any

import pytest

from handlers.errors import ConfigurationError
from handlers.outbox.book import OutboxBook
from handlers.outbox.listing import Asked
from handlers.outbox.rules import _CHECKS, following
from handlers.records.database import Database
from handlers.records.tables import mold_info
from handlers.rooms import Rooms
from handlers.settings import Settings, read_settings
from tests.outbox.conftest import Records


def _rules(**rules: Any) -> Settings:
    return Settings.model_validate({"rules": rules})


def _alarms(database: Database) -> list[tuple[str, str]]:
    events = OutboxBook(Settings(), database).events(Asked(type="alarm.raised"), 200)
    return [(event["data"]["rule"], event["data"]["sentence"]) for event in reversed(events)]


@pytest.mark.parametrize(
    ("rules", "texts", "alarming"),
    [
        ({"known": True}, ["11", "12"], ["12"]),
        ({"pattern": "[A-Z][0-9]+"}, ["A27", "27", "A27\nB3", ""], ["27", "A27\nB3"]),
        ({"check": "iso6346"}, ["CSQU3054383", "CSQU3054384"], ["CSQU3054384"]),
        ({"unique": True}, ["1", "2", "1", "", ""], ["1"]),
        ({"sequence": True}, ["A09", "A10", "A12", "", "A13", "B", "7"], ["A12", "B"]),
        ({}, ["1", "1"], []),
    ],
)
def test_rule_finds_what_is_alarming_and_nothing_else(
    database: Database, records: Records, rules: dict[str, Any], texts: list[str], alarming: list[str]
) -> None:
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number="11", mold_name="")))
    for text in texts:
        records(_rules(**rules), text)
    found = _alarms(database)
    assert [rule for rule, _ in found] == [rule for rule in rules for _ in alarming]
    assert all(repr(text) in sentence for text, (_, sentence) in zip(alarming, found, strict=True))


@pytest.mark.parametrize(("rule", "detail"), [("review_share", {"needs_review": True}), ("empty_share", {"text": ""})])
def test_share_above_its_limit_is_one_alarm_for_so_many_readings(
    database: Database, records: Records, rule: str, detail: dict[str, Any]
) -> None:
    settings = _rules(**{rule: 0.4, "last": 5})
    for _ in range(4):
        records(settings, **detail)
    assert _alarms(database) == [], "four are too few to say"
    for _ in range(4):
        records(settings, **detail)
    assert [each for each, _ in _alarms(database)] == [rule]
    assert "5 of the last 5 readings" in _alarms(database)[0][1]
    for _ in range(2):
        records(settings, **detail)
    assert len(_alarms(database)) == 2, "it goes on, and is said again"


def test_share_at_its_limit_is_no_alarm(database: Database, records: Records) -> None:
    settings = _rules(review_share=0.4, last=5)
    for doubtful in (True, True, False, False, False, True, True):
        records(settings, needs_review=doubtful)
    assert _alarms(database) == []


def test_alarm_goes_to_every_target_after_its_reading(database: Database, records: Records) -> None:
    settings = Settings.model_validate(
        {"rules": {"known": True}, "outbox": {"sns": "arn:aws:sns:us-east-1:123456789012:castmark", "mqtt": "mqtt://x"}}
    )
    records(settings, "99")
    alarm, recorded = OutboxBook(settings, database).events(Asked(), 10)
    assert (alarm["type"], recorded["type"]) == ("alarm.raised", "reading.recorded")
    assert [each["target"] for each in alarm["deliveries"]] == ["mqtt", "sns"]


@pytest.mark.parametrize(
    ("kind", "text", "right"),
    [
        ("vin", "1M8GDM9AXKP042788", True),
        ("vin", "11111111111111111", True),
        ("vin", "1M8GDM9A1KP042788", False),
        ("vin", "1M8GDM9AXKP04278", False),
        ("vin", "1M8GDM9AXKP0427O8", False),
        ("iso6346", "CSQU3054383", True),
        ("iso6346", "CSQU 305438 3", True),
        ("iso6346", "A27", False),
        ("gs1", "4006381333931", True),
        ("gs1", "4006381333930", False),
        ("gs1", "(00) 1", False),
        ("gs1", "106141412345678908", True),
        ("gs1", "96385074", True),
        ("gs1", "A27", False),
    ],
)
def test_check_digits(kind: str, text: str, right: bool) -> None:
    assert _CHECKS[kind](text) is right


@pytest.mark.parametrize(
    ("text", "expected"), [("A09", "A10"), ("99", "100"), ("A", ""), ("", ""), ("007", "008"), ("A1\nB2", "A1\nB3")]
)
def test_next_of_a_series(text: str, expected: str) -> None:
    assert following(text) == expected


def test_rules_that_are_on_are_told(database: Database) -> None:
    assert OutboxBook(_rules(known=True, check="vin", review_share=0.2), database).rules() == [
        *("known", "check", "review_share")
    ]
    assert OutboxBook(Settings(), database).rules() == []


@pytest.mark.parametrize(("name", "value"), [("CHECK", "luhn"), ("REVIEW_SHARE", "1"), ("LAST", "2"), ("PATTERN", "[")])
def test_wrong_rule_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CASTMARK_RULES__{name}", value)
    with pytest.raises(ConfigurationError, match=f"CASTMARK_RULES__{name} is .* but must be"):
        read_settings()


def test_rule_whose_part_is_missing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stdnum.iso6346", None)
    with pytest.raises(
        ConfigurationError, match=r"CASTMARK_RULES__CHECK needs stdnum\.iso6346: install castmark\[rules"
    ):
        Rooms(_rules(check="iso6346")).prepare_rules()
    Rooms(_rules(check="gs1", pattern="A")).prepare_rules()
