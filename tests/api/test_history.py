"""The routes of the history: from a reading to its correction, its picture and a file of it."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from handlers.access.caller import caller_with
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Mark, Reading

Encoded = Callable[..., bytes]


class Eyes(Reader):
    """A reader that sees one doubtful mark in every picture."""

    def read(self, image: Any, _: Any = None) -> Reading:
        corners = ((2.0, 2.0), (20.0, 2.0), (20.0, 12.0), (2.0, 12.0))
        return Reading("11", 0.5, True, (), (Mark("11", corners, 0.0, 0.5),), image.width, image.height)


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return _with_eyes(make_client(access="open", evidence="whole"))


def _with_eyes(client: TestClient) -> TestClient:
    client.app.state.rooms.reader = Eyes()  # type: ignore[attr-defined]
    return client


def _read(client: TestClient, content: bytes, **query: str) -> dict[str, Any]:
    client.post("/upload", files={"f": ("轮毂.png", content)}, params=query)
    if query:
        task = client.get("/start", params=query).json()["task_uuid"]
        client.app.state.rooms.queue.close()  # type: ignore[attr-defined]
        (reading,) = client.get(f"/status?task={task}&detail=1").json()["readings"]
    else:
        (reading,) = client.get("/start?detail=1").json()
    whole: dict[str, Any] = reading
    return whole


def test_reading_is_found_corrected_and_taken_away(client: TestClient, picture: Encoded) -> None:
    number = _read(client, picture())["id"]
    (row,) = client.get("/readings?state=open").json()["readings"]
    assert (row["id"], row["text"], row["picture"], row["evidence"]) == (
        number,
        "11",
        "轮毂.png",
        ["crop", "small", "whole"],
    )
    told = client.get(f"/reading?id={number}")
    assert told.headers["etag"] == '"0"' and told.headers["cache-control"] == "no-store"
    query = {"id": number, "text": "=A27", "why": "worn", "by": "李"}
    corrected = client.post("/correct", params=query, headers={"If-Match": told.headers["etag"]})
    assert (corrected.status_code, corrected.headers["etag"]) == (200, '"1"')
    assert corrected.json()["text"] == "=A27" and corrected.json()["steps"][0]["who"] == "李"
    assert client.get("/getdatabase").json()["result"][1][2] == "=A27"
    late = client.post("/confirm", params={"id": number}, headers={"If-Match": told.headers["etag"]})
    assert late.status_code == 409 and "meanwhile" in late.json()["error"]
    file = client.get("/export?state=corrected")
    assert "readings.csv" in file.headers["content-disposition"]
    (line,) = csv.DictReader(io.StringIO(file.content.decode("utf-8-sig")))
    assert (line["id"], line["text"], line["machine_text"]) == (str(number), "'=A27", "11")
    assert client.post(f"/correct?id={number}&undo=1").json()["text"] == "11"
    assert client.post(f"/confirm?id={number}").json()["state"] == "confirmed"


@pytest.mark.parametrize(("kind", "start"), [("crop", b"\xff\xd8"), ("small", b"\xff\xd8"), ("whole", b"\x89PNG")])
def test_picture_of_a_reading_is_answered(client: TestClient, picture: Encoded, kind: str, start: bytes) -> None:
    number = _read(client, picture())["id"]
    answer = client.get(f"/evidence?id={number}&kind={kind}")
    assert (answer.status_code, answer.content[: len(start)]) == (200, start)
    assert answer.headers["content-type"] == ("image/png" if kind == "whole" else "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    client.get("/clear")
    assert client.post(f"/evidence?id={number}&kind={kind}").status_code == 200, "it outlives the upload"


def test_reading_without_a_picture_says_so(make_client: Callable[..., TestClient], picture: Encoded) -> None:
    client = _with_eyes(make_client(access="open", evidence="none"))
    number = _read(client, picture())["id"]
    answer = client.get(f"/evidence?id={number}")
    assert (answer.status_code, answer.json()["error"][:10]) == (404, "No picture")


def test_history_of_a_client_is_found_by_its_uuid_and_as_listed(client: TestClient, picture: Encoded) -> None:
    _read(client, picture(), uuid="c-1")
    for said in ("c-1", caller_with("c-1").owner):
        (row,) = client.get("/readings", params={"client": said}).json()["readings"]
        assert row["client"] == caller_with("c-1").owner
    assert client.get("/readings?client=c-2").json() == {"readings": []}


def test_pages_and_counts(client: TestClient, picture: Encoded) -> None:
    numbers = [_read(client, picture())["id"] for _ in range(3)]
    first = client.get("/readings?limit=2&counts=1").json()
    rest = client.get("/readings", params={"limit": 2, "after": first["next"]}).json()
    assert [row["id"] for row in first["readings"] + rest["readings"]] == numbers[::-1]
    assert "next" not in rest and "counts" not in rest
    assert first["counts"]["texts"] == [["11", 3]]
    assert [number for _, number in first["counts"]["days"]] == [3]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/readings?limit=0", 400),
        ("GET", "/readings?after=x", 400),
        ("GET", "/readings?state=lost", 400),
        ("GET", "/readings?since=yesterday", 400),
        ("GET", "/readings?counts=1&since=1999-01-01", 400),
        ("GET", "/reading?id=9", 404),
        ("GET", "/reading", 400),
        ("GET", "/evidence?id=9", 404),
        ("GET", "/evidence?id=9&kind=other", 400),
        ("GET", "/correct?id=9&text=1", 405),
        ("POST", "/correct?id=9&text=1", 404),
        ("POST", "/correct?id=9", 400),
        ("POST", "/correct?id=9&text=1&undo=1", 400),
        ("POST", "/confirm?id=9", 404),
        ("GET", "/export?format=exe", 400),
    ],
)
def test_wrong_requests_are_told_so(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_text_or_tag_that_can_be_none_is_refused(client: TestClient, picture: Encoded) -> None:
    number = _read(client, picture())["id"]
    assert client.post("/correct", params={"id": number, "text": "x" * 201}).status_code == 422
    assert client.post(f"/confirm?id={number}", headers={"If-Match": "W/x"}).status_code == 400


def test_molds_are_imported_from_the_body(client: TestClient) -> None:
    answer = client.post("/molds?by=Li", content=b"11,Front\n,x\n")
    assert answer.json()["added"] == 1 and answer.json()["refused"][0]["line"] == 2
    assert client.post("/molds", content=b"\xff\xfe\x00").status_code == 400
    assert client.post("/molds", content=b"1,a\n" * 1_100_000).status_code == 413


def test_routes_may_be_renamed(make_client: Callable[..., TestClient]) -> None:
    names = {"readings": "history", "reading": "one", "evidence": "proof", "correct": "fix", "confirm": "yes"}
    client = make_client(access="open", routes=names | {"export": "take", "molds": "known"})
    assert client.get("/history").status_code == client.get("/take").status_code == 200
    for path in ("one?id=1", "proof?id=1"):
        assert client.get(f"/{path}").status_code == 404
    assert "error" in client.post("/fix?id=1&text=1").json() and client.get("/readings").status_code == 404
