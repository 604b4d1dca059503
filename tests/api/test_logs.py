"""`getlogs`: what happened, and that requests are noted where they should be."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.function import Api, build_app
from handlers.settings import Settings

TOKEN = "a token of sixteen"
_OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
_UUID = "3f0c6d0e-1111-2222-3333-444455556666"


@pytest.fixture
def guarded(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(host="0.0.0.0", token=TOKEN)


def _events(client: TestClient, **params: Any) -> list[dict[str, str]]:
    answer = client.get("/getlogs", headers=_OPERATOR, params=params)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    events: list[dict[str, str]] = answer.json()
    return events


def _summed(client: TestClient) -> list[tuple[str, str, str]]:
    return [
        (event["event"], event["result"], re.sub("caller [0-9a-f]{12} at testclient", "caller X", event["remark"]))
        for event in _events(client)
    ]


def test_nothing_happened(guarded: TestClient) -> None:
    assert _events(guarded) == []


def test_events_are_paged_backwards(guarded: TestClient, tmp_path: Path) -> None:
    lines = [{"timestamp": f"2026-03-01 08:15:0{n}", "event": "e", "result": "ok", "remark": str(n)} for n in range(5)]
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [event["remark"] for event in _events(guarded, limit=2)] == ["3", "4"]
    assert [event["remark"] for event in _events(guarded, limit=2, after="2026-03-01 08:15:03")] == ["2", "3"]
    for wrong in ({"limit": 0}, {"limit": 1001}, {"after": "2026-02-30 08:15:00"}, {"after": "yesterday"}):
        answer = guarded.get("/getlogs", headers=_OPERATOR, params=wrong)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_uploads_and_readings_are_noted(guarded: TestClient, picture: Callable[..., bytes]) -> None:
    guarded.post("/upload", files=[("f", ("1.png", picture())), ("f", ("2.png", picture()))])
    guarded.post("/upload", files={"f": ("x.txt", b"text")})
    guarded.get("/start")
    guarded.get("/start?detail=1")
    guarded.get("/start?uuid=nobody")
    guarded.get("/start?detail=perhaps")
    nothing = "caller X: 2 pictures: (nothing legible), (nothing legible)"
    upload, refused, reading, again, absent, wrong = _summed(guarded)
    assert upload == ("upload", "ok", "caller X: 2 pictures")
    assert refused[:2] == ("upload", "refused") and "x.txt" in refused[2]
    assert reading == again == ("reading", "ok", nothing)
    assert absent[:2] == ("reading", "refused") and "nothing to read" in absent[2]
    assert wrong == ("reading", "refused", "caller X: A parameter is wrong.")


def test_task_is_noted_without_its_uuids(guarded: TestClient, picture: Callable[..., bytes]) -> None:
    guarded.post(f"/upload?uuid={_UUID}", files={_UUID: (f"{_UUID}.txt", b"text")})
    guarded.post(f"/upload?uuid={_UUID}", files={_UUID: (_UUID, picture())})
    task = guarded.get(f"/start?uuid={_UUID}").json()["task_uuid"]
    while isinstance(guarded.get(f"/status?task={task}").json()["status"], str):
        pass
    while len(events := _events(guarded)) < 4:
        pass
    assert {event["remark"].partition(": ")[2] for event in events[2:]} == {"submitted as a task", "(nothing legible)"}
    assert _UUID not in str(events)
    assert task not in str(events)


def test_refused_operator_calls_are_noted_and_granted_ones_are_not(guarded: TestClient) -> None:
    guarded.get(f"/getlogs?uuid={_UUID}")
    guarded.get("/test")
    for _ in range(2):
        (event,) = _summed(guarded)
    assert event[:2] == ("getlogs", "refused")
    assert event[2].startswith("caller X: This is for operators")


def test_what_an_operator_gets_wrong_is_no_event(make_settings: Callable[..., Settings]) -> None:
    api = Api()

    @api.route("command")
    async def command(number: int) -> None: ...

    app = build_app(make_settings(host="0.0.0.0", token=TOKEN), [api])
    client = TestClient(app)
    assert client.get("/command", headers=_OPERATOR).status_code == 400
    assert app.state.rooms.events.latest() == []
    assert client.get("/command").status_code == 401
    assert [event["event"] for event in app.state.rooms.events.latest()] == ["command"]


def test_log_that_is_switched_off_says_so_and_notes_nothing(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes], tmp_path: Path
) -> None:
    client = make_client(host="0.0.0.0", token=TOKEN, log_switch=False)
    client.post("/upload", files={"f": ("1.png", picture())})
    (event,) = _events(client)
    assert list(event) == ["timestamp", "event", "result", "remark"]
    assert "switched off" in event["remark"]
    assert not list((tmp_path / "data").glob("*.jsonl"))


def test_log_that_cannot_be_written_fails_no_request(
    guarded: TestClient, picture: Callable[..., bytes], tmp_path: Path
) -> None:
    (tmp_path / "data" / "callers.jsonl").mkdir(parents=True)
    assert guarded.post("/upload", files={"f": ("1.png", picture())}).status_code == 200
    assert _events(guarded) == []


def test_unforeseen_failure_is_noted_without_its_text(make_settings: Callable[..., Settings]) -> None:
    api = Api()

    @api.route("upload")
    async def upload() -> None:
        raise RuntimeError("the password is 1234")

    app = build_app(make_settings(), [api])
    TestClient(app, raise_server_exceptions=False).get("/upload")
    (event,) = app.state.rooms.events.latest()
    assert (event["event"], event["result"]) == ("upload", "failed")
    assert "1234" not in event["remark"]
