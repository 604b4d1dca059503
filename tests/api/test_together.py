"""Photos of one mark by the API: sent as one batch or one after the other, read as one."""

import io
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.drawing import draw_hub

Encoded = Callable[..., bytes]


def _hub(seed: int, text: str = "A27") -> bytes:
    file = io.BytesIO()
    draw_hub(text, seed=seed).save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(access="open", evidence="crop")


def test_batch_is_read_as_one_mark_and_recorded_once(client: TestClient) -> None:
    files = [("f", (f"{seed}.jpg", _hub(seed))) for seed in (1, 2)]
    client.post("/upload", files=files)
    assert client.get("/start?together=1").json() == ["A27"]
    (detail,) = client.get("/start?together=1&detail=1").json()
    assert [photo["shows"] for photo in detail["photos"]] == ["same", "same"]
    (row,) = client.get("/readings").json()["readings"]
    assert (row["id"], row["text"]) == (detail["id"], "A27")
    pictures = [client.get(f"/evidence?id={row['id']}&kind=small&photo={at}") for at in (0, 1, 2)]
    assert [each.status_code for each in pictures] == [200, 200, 404]
    assert pictures[0].content != pictures[1].content
    assert client.get(f"/evidence?id={row['id']}").status_code == 200


def test_task_is_read_together_and_one_more_photo_goes_on_with_its_record(client: TestClient) -> None:
    numbers = []
    for seed in (1, 2):
        client.post("/upload?uuid=c-1&keep=1", files={"f": (f"{seed}.jpg", _hub(seed))})
        task = client.get("/start?uuid=c-1&together=1").json()["task_uuid"]
        while not isinstance(client.get(f"/status?task={task}").json()["status"], dict):
            pass
        (reading,) = client.get(f"/status?task={task}&detail=1").json()["readings"]
        numbers.append(reading["id"])
    assert numbers[0] == numbers[1] and len(reading["photos"]) == 2


def test_another_part_is_said_not_to_be_the_same_mark(client: TestClient) -> None:
    files = [("f", ("1.jpg", _hub(1))), ("f", ("2.jpg", _hub(2, "B55")))]
    client.post("/upload", files=files)
    (detail,) = client.get("/start?together=1&detail=1").json()
    assert (detail["same_mark"], detail["needs_review"]) == (False, True)
    assert sorted(photo["shows"] for photo in detail["photos"]) == ["other", "same"]


def test_form_of_one_more_photo_joins_what_was_uploaded(client: TestClient, picture: Encoded) -> None:
    client.post("/upload?uuid=c-1", files={"f": ("1.png", picture(size=(40, 30)))})
    content = picture(size=(41, 30))
    query: dict[str, str | int] = {
        "name": "2.png",
        "content_type": "image/png",
        "size": len(content),
        "uuid": "c-1",
        "together": 1,
    }
    form = client.post("/presign", params=query).json()
    client.post(form["url"], data=form["fields"], files={"file": ("2.png", content)})
    task = client.get("/start?uuid=c-1&together=1").json()["task_uuid"]
    while not isinstance(client.get(f"/status?task={task}").json()["status"], dict):
        pass
    (detail,) = client.get(f"/status?task={task}&detail=1").json()["readings"]
    assert [photo["name"] for photo in detail["photos"]] == ["1.png", "2.png"]
