"""Shares of the queue, with real ones."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient


def _upload(client: TestClient, uuid: str, content: bytes) -> None:
    client.post(f"/upload?uuid={uuid}", files={"f": ("1.png", content)}).raise_for_status()


@pytest.fixture
def closed(make_client: Callable[..., TestClient]) -> TestClient:
    """A server of which no thread reads, so that what was submitted waits."""
    client = make_client(limits={"tasks": 3, "queue": 9})
    client.app.state.rooms.queue._closed.set()  # type: ignore[attr-defined]
    return client


def test_same_batch_submitted_again_while_it_waits_is_the_same_task(
    closed: TestClient, picture: Callable[..., bytes]
) -> None:
    _upload(closed, "me", picture())
    assert len({closed.get("/start?uuid=me").json()["task_uuid"] for _ in range(20)}) == 1
    assert len(closed.get("/status?uuid=me").json()["tasks"]) == 1
    _upload(closed, "me", picture())
    closed.get("/start?uuid=me")
    assert len(closed.get("/status?uuid=me").json()["tasks"]) == 2


def test_key_of_a_client_is_one_task_and_one_share_whatever_is_uploaded_meanwhile(
    closed: TestClient, picture: Callable[..., bytes]
) -> None:
    tasks = set()
    for _ in range(5):
        _upload(closed, "me", picture())
        tasks.add(closed.get("/start?uuid=me", headers={"Idempotency-Key": "k"}).json()["task_uuid"])
    assert len(tasks) == 1
    assert len(closed.get("/status?uuid=me").json()["tasks"]) == 1


def test_one_address_does_not_fill_the_queue_whatever_it_calls_itself(
    closed: TestClient, picture: Callable[..., bytes]
) -> None:
    answers = []
    for uuid in "abcde":
        _upload(closed, uuid, picture())
        answers.append(closed.get(f"/start?uuid={uuid}"))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"]
    assert "of your pictures" in answers[-1].json()["info"]
    assert closed.get("/start?uuid=a").status_code == 429


def test_share_is_free_again_when_tasks_are_over(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"tasks": 1})
    for uuid in "abc":
        _upload(client, uuid, picture())
        task = client.get(f"/start?uuid={uuid}").json()["task_uuid"]
        while isinstance(client.get(f"/status?task={task}").json()["status"], str):
            continue
