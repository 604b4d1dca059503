"""`start` where strangers get tasks: who is signed in is answered readings, everybody else a task, and none waits."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

_TOKEN = "a token of sixteen"
_SIGNED_IN = {"Authorization": f"Bearer {_TOKEN}"}


@pytest.fixture
def client(make_client: Callable[..., TestClient], picture: Callable[..., bytes]) -> TestClient:
    client = make_client(token=_TOKEN, start_for_strangers="tasks")
    client.post("/upload", files={"f": ("1.png", picture())}).raise_for_status()
    return client


def test_stranger_gets_a_task_as_with_a_uuid(client: TestClient) -> None:
    told = client.get("/start").json()
    assert told == {"info": "Task has been submitted", "task_uuid": told["task_uuid"], "client_uuid": None}
    assert client.get(f"/status?task={told['task_uuid']}").json()["task_uuid"] == told["task_uuid"]
    again = client.get("/start?detail=1").json()
    assert again["task_uuid"] == told["task_uuid"], "the same batch is the same task, and no way round it"


@pytest.mark.parametrize("role", ["operator", "reviewer", "reader"])
def test_who_is_signed_in_is_answered_readings(client: TestClient, role: str) -> None:
    issued = client.post(f"/issue?name=Anna&role={role}", headers=_SIGNED_IN).json()["token"]
    assert client.get("/start", headers={"Authorization": f"Bearer {issued}"}).json() == [""]
    assert client.get("/start", headers=_SIGNED_IN).json() == [""]


def test_wrong_token_is_a_strangers(client: TestClient) -> None:
    assert "task_uuid" in client.get("/start", headers={"Authorization": "Bearer something wrong"}).json()


def test_by_default_everybody_is_answered_readings(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(token=_TOKEN)
    client.post("/upload", files={"f": ("1.png", picture())}).raise_for_status()
    assert client.get("/start").json() == [""]
