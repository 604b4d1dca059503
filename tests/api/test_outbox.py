"""`outbox` and `resend` as callers see them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.outbox import table
from handlers.outbox.events import new_event
from handlers.records.audit import newest

_Make = Callable[..., TestClient]
_UNKNOWN = "01939f1c-9c2a-7000-8a3b-6f1c52d90e11"


@pytest.fixture
def client(make_client: _Make, tmp_path: Path) -> TestClient:
    """With three events of which a folder has not heard yet."""
    made = make_client(access="open", outbox={"folder": tmp_path / "drop"}, rules={"unique": True})
    rooms: Any = made.app.state.rooms  # type: ignore[attr-defined]
    for number in range(3):
        event = new_event("alarm.raised", number, {"reading": number, "rule": "unique", "text": "1"}, "unique")
        rooms.database.write(lambda connection, event=event: table.add(connection, event, ["folder"]))
    return made


def test_events_come_in_pages_with_targets_and_rules(client: TestClient) -> None:
    first = client.get("/outbox?limit=2").json()
    assert [event["reading"] for event in first["events"]] == [2, 1]
    assert first["events"][0]["deliveries"][0] | {"tried_at": 0.0} == {
        **{"target": "folder", "state": "waiting", "attempts": 0, "tried_at": 0.0, "error": ""}
    }
    assert (first["rules"], first["targets"][0]["waiting"]) == (["unique"], 3)
    rest = client.get("/outbox", params={"limit": 2, "after": first["next"]}).json()
    assert [event["reading"] for event in rest["events"]] == [0] and "next" not in rest


def test_event_is_sent_again_and_that_is_in_the_audit_trail(client: TestClient) -> None:
    rooms: Any = client.app.state.rooms  # type: ignore[attr-defined]
    rooms.courier.run(5)
    (event, *_) = client.get("/outbox?state=delivered").json()["events"]
    assert client.post("/resend", params={"event": event["id"], "by": "Li"}).json() == {"sent_again": 1}
    assert [each["id"] for each in client.get("/outbox?state=waiting").json()["events"]] == [event["id"]]
    with rooms.database.read() as connection:
        (entry, *_) = newest(connection)
    assert (entry["who"], entry["what"]) == ("Li", "resend") and event["id"] in entry["remark"]
    assert client.post("/resend?all=1").json() == {"sent_again": 0}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        (f"event={_UNKNOWN}&all=1", 400),
        (f"event={_UNKNOWN}", 404),
        ("event=1", 400),
        ("all=1&target=x", 400),
    ],
)
def test_wrong_question_is_a_sentence(client: TestClient, query: str, status: int) -> None:
    answer = client.post(f"/resend?{query}")
    assert answer.status_code == status and answer.json()["error"].endswith(".")


def test_confirmed_and_corrected_readings_leave_through_the_api(client: TestClient) -> None:
    rooms: Any = client.app.state.rooms  # type: ignore[attr-defined]
    from handlers.records.readings import insert_record

    number = rooms.database.write(lambda connection: insert_record(connection, "11", "2026-01-02 03:04:05"))
    for path in (f"confirm?id={number}", f"correct?id={number}&text=12", f"correct?id={number}&undo=1"):
        assert client.post(f"/{path}").status_code == 200
    events = client.get("/outbox").json()["events"][:3]
    assert [event["data"]["kind"] for event in events] == ["undo", "correct", "confirm"]
