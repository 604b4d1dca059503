"""`adduuid` and `removeuuid`."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_registering_is_accepted_and_never_required(
    client: TestClient, picture: Callable[..., bytes], method: str
) -> None:
    assert isinstance(client.request(method, "/adduuid?uuid=c").json()["result"], str)
    assert client.post("/upload?uuid=other", files={"f": ("1.png", picture())}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_removing_removes_the_pictures_of_that_client_only(
    client: TestClient, picture: Callable[..., bytes], method: str
) -> None:
    for uuid in ("c", "other"):
        client.post(f"/upload?uuid={uuid}", files={"f": ("1.png", picture())})
    for _ in range(2):
        answer = client.request(method, "/removeuuid?uuid=c")
        assert (answer.status_code, type(answer.json()["result"])) == (200, str)
    assert client.get("/info?uuid=c").json()["file_count"] == 0
    assert client.get("/info?uuid=other").json()["file_count"] == 1


@pytest.mark.parametrize("query", ["", "?uuid=", "?UUID=x"])
@pytest.mark.parametrize("route", ["adduuid", "removeuuid"])
def test_without_a_uuid(client: TestClient, route: str, query: str) -> None:
    for method in ("GET", "POST"):
        answer = client.request(method, f"/{route}{query}")
        assert answer.status_code == 400
        assert "uuid" in answer.json()["error"]
