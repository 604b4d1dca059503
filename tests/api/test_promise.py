"""`promise` as callers see it, the command that prints the same, and the metrics."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.promise.verdict import judged
from handlers.records.corrections import Word, confirm
from handlers.records.readings import Clock, Origin, record

_Make = Callable[..., TestClient]


def _fill(client: TestClient, number: int) -> None:
    """So many readings that chance drew and people confirmed."""
    rooms: Any = client.app.state.rooms  # type: ignore[attr-defined]
    facts = {"name": "1.jpg", "sha256": "a" * 64, "text": "A27", "confidence": 0.95, "needs_review": False}
    detail = {**facts, "alternatives": [], "unclear": False, "marks": [{"answered": True, "pad": True}]}

    def keep(connection: Any) -> None:
        for at in range(number):
            (hub_id,) = record(connection, Origin(f"{at:032}", "", "m"), [judged(detail, 0.7, 0.5, 0.1)], Clock())
            confirm(connection, hub_id, Word("Li", 1.8e9))

    rooms.database.write(keep)


def test_promise_its_evidence_and_its_days_are_answered(make_client: _Make) -> None:
    client = make_client(access="open", wrong_at_most=100, checked_share=0.5)
    _fill(client, 60)
    told = client.get("/promise").json()
    assert (told["wrong_at_most"], told["checked_share"], told["certainty"], told["model"]) == (100, 0.5, 0.95, "m")
    assert told["kinds"] == [
        {
            **{"kinds": ["pad"], "kept": True, "least": 0.9427, "checked": 60, "wrong": 0, "at_most": 48.7},
            **{"asked": 60, "asked_wrong": 0, "needed": 0, "share": 1.0},
        }
    ]
    assert told["days"] == [[str(Clock().today()), 60, 60, 60, 60, 0]] and told["waiting"] == 0
    assert client.get("/promise?since=2020-01-01&until=2020-01-31").json()["days"] == []


@pytest.mark.parametrize("query", ["since=2020-01-01&until=2021-01-01", "since=yesterday"])
def test_too_many_days_and_no_days_are_a_sentence(make_client: _Make, query: str) -> None:
    answer = make_client(access="open").get(f"/promise?{query}")
    assert answer.status_code == 400 and answer.json()["error"].endswith(".")


def test_without_a_promise_nothing_is_told_of_kinds(make_client: _Make) -> None:
    told = make_client(access="open").get("/promise").json()
    assert (told["wrong_at_most"], told["kinds"], told["days"]) == (0, [], [])


def test_metrics_have_what_is_promised_and_whether_it_is_kept(make_client: _Make) -> None:
    client = make_client(access="open", wrong_at_most=100)
    _fill(client, 60)
    rooms: Any = client.app.state.rooms  # type: ignore[attr-defined]
    rooms.count()
    lines = client.get("/metrics").text.splitlines()
    for line in (
        "castmark_promise_wrong_at_most 0.1",
        'castmark_promise_kept{kinds="pad"} 1.0',
        'castmark_promise_least_confidence{kinds="pad"} 0.9427',
        'castmark_promise_checks{kinds="pad"} 60.0',
        'castmark_promise_wrong{kinds="pad"} 0.0',
        'castmark_promise_checks_needed{kinds="pad"} 0.0',
    ):
        assert line in lines
