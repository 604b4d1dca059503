"""Shares of the queue, with real ones."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from handlers.records.tables import share
from handlers.records.tables import task as tasks
from handlers.tasks import table


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
    assert closed.get("/start?uuid=a").json()["task_uuid"] == answers[0].json()["task_uuid"], "it waits already"


def test_share_holds_across_servers_of_one_database(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes], database_url: str
) -> None:
    """As across the copies of a function in a cloud: what one entered, the others count."""
    servers = [make_client(database_url=database_url, limits={"tasks": 2}) for _ in range(3)]
    for server in servers:
        server.app.state.rooms.queue._closed.set()  # type: ignore[attr-defined]
    statuses = []
    for number, server in enumerate(servers):
        _upload(server, f"c{number}", picture())
        statuses.append(server.get(f"/start?uuid=c{number}").status_code)
    assert statuses == [200, 200, 429]
    other = TestClient(servers[0].app, client=("10.0.0.7", 1))
    assert other.get("/start?uuid=c2").status_code == 200


def test_addresses_are_not_kept(closed: TestClient, picture: Callable[..., bytes]) -> None:
    _upload(closed, "me", picture())
    closed.get("/start?uuid=me")
    database = closed.app.state.rooms.database  # type: ignore[attr-defined]
    with database.read() as connection:
        (row,) = connection.execute(select(share)).all()
        task = table.find(connection, row.task_id)
    assert task is not None
    assert "testclient" not in row.network
    assert len(row.network) == 32
    # A share goes with its task, long after that is over.
    database.write(lambda connection: connection.execute(update(tasks).values(state="completed")))
    assert database.write(lambda connection: table.forget(connection, time.time() + 1)) == 1
    with database.read() as connection:
        assert connection.execute(select(share)).all() == []


def test_share_is_free_again_when_tasks_are_over(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"tasks": 1})
    for uuid in "abc":
        _upload(client, uuid, picture())
        task = client.get(f"/start?uuid={uuid}").json()["task_uuid"]
        while isinstance(client.get(f"/status?task={task}").json()["status"], str):
            continue
