"""Teaching by API: operators start it, look at before and after, and use it or take it back."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.records import audit
from handlers.rooms import Rooms
from tests.teaching.conftest import Plant
from tests.teaching.test_files import TEACHING
from tests.teaching.test_teaching import MOLDS, SHOWN, mark

_TOKEN = "a token of sixteen"
_SECONDS = 240.0


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """An operator's."""
    client = make_client(host="0.0.0.0", token=_TOKEN)
    client.headers["Authorization"] = f"Bearer {_TOKEN}"
    return client


@pytest.fixture
def rooms(client: TestClient) -> Rooms:
    opened: Rooms = client.app.state.rooms  # type: ignore[attr-defined]
    return opened


def _when_learned(client: TestClient) -> dict[str, Any]:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        told: dict[str, Any] = client.get("/teaching").json()
        if not told["running"]:
            return told
        time.sleep(0.05)
    raise AssertionError(f"it still learns after {_SECONDS} seconds")


def _teach(client: TestClient, code: int = 200, **values: str) -> dict[str, Any]:
    answer = client.post("/teach", params=values)
    assert answer.status_code == code, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_it_is_learned_looked_at_used_and_taken_back(client: TestClient, rooms: Rooms) -> None:
    plant = Plant(rooms)
    for number in SHOWN:
        plant.check(MOLDS[number % 4], mark(number))
    assert _teach(client, do="start")["used"] == []
    assert "learning already" in _teach(client, 409, do="start")["error"]
    learned = _when_learned(client)["learned"]
    assert learned["refusal"] == ""
    assert learned["own"]["after"]["right"] > learned["own"]["before"]["right"]
    assert learned["standard"]["before"]["readings"] == 50
    # Nothing is used that nobody looked at.
    assert rooms.shelf.names() == []
    (used,) = _teach(client, do="use", name=learned["name"], by="Wang")["used"]
    assert (used["name"], used["readings"], used["texts"]) == (learned["name"], 12, 4)
    assert rooms.reader.read(mark(24)).taught == learned["name"]
    assert _teach(client, do="undo", by="Wang")["used"] == []
    with rooms.database.read() as connection:
        entries = [(entry["who"], entry["what"]) for entry in audit.newest(connection, 2)]
    assert entries == [("Wang", "unteach"), ("Wang", "teach")]


def test_what_nobody_learned_is_not_used(client: TestClient) -> None:
    assert "not what was learned last" in _teach(client, 409, do="use", name=TEACHING.name)["error"]


def test_what_was_refused_is_not_used(client: TestClient, rooms: Rooms) -> None:
    Plant(rooms).check("A27")
    _teach(client, do="start")
    learned = _when_learned(client)["learned"]
    assert "at least 12 are needed" in learned["refusal"]
    assert "It may not be used." in _teach(client, 409, do="use", name=learned["name"])["error"]
    assert rooms.shelf.names() == []


def test_why_nothing_was_learned_is_said(client: TestClient) -> None:
    _teach(client, do="start")
    assert "no reading was confirmed or corrected" in _when_learned(client)["error"]


def test_teachings_are_listed_the_newest_first_and_a_garbled_list_is_said(client: TestClient, rooms: Rooms) -> None:
    rooms.shelf.use(TEACHING)
    rooms.shelf.use(replace(TEACHING, made=2.5))
    assert [each["made"] for each in client.get("/teaching").json()["used"]] == [2.5, 1.5]
    (rooms.settings.data / "teaching" / "used.json").write_bytes(b"garbage")
    told = client.get("/teaching").json()
    assert (told["used"], "cannot be read" in told["error"]) == ([], True)
    assert "cannot be read" in _teach(client, 409, do="undo")["error"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/teaching"), ("POST", "/teach?do=undo")])
def test_it_is_for_operators(make_client: Callable[..., TestClient], method: str, path: str) -> None:
    client = make_client(host="0.0.0.0", token=_TOKEN)
    assert client.request(method, path).status_code in (401, 403)
