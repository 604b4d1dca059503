"""The contract, row by row, on the wire of a real server and through each function's own handler."""

import importlib
import io
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from unittest.mock import patch

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from handlers.function import build_app
from handlers.lambda_.handler import to_lambda
from handlers.recognition.reader import Reader
from handlers.recognition.reading import Reading
from handlers.settings import Settings
from tests.clouds import KINDS, Answer, event_loop, invoke
from tests.drawing import draw_hub
from tests.servers import Server

ROUTES = {
    "isHTTPS": "ishttps",
    "getdatabase": "records",
    "getlogs": "logs",
    "adduuid": "clients",
    "removeuuid": "clients",
}
_TOKEN = "a token of sixteen"
BOTH = ("GET", "POST")


class Wire(Protocol):
    def __call__(
        self, method: str, route: str, query: str = "", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer: ...


@pytest.fixture(params=["server", *KINDS])
def wire(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Wire]:
    """One way to send a request and get its answer."""
    if request.param == "server":
        yield _over_http(request.getfixturevalue("server"))
        return
    functions = Functions(request.param, Settings.model_validate({"data": tmp_path / "data", "token": _TOKEN}))
    with event_loop():
        yield functions
    functions.close()


def _over_http(server: Server) -> Wire:
    # A user agent of its own, so that a test that names no caller shares nothing with another.
    agent = {"User-Agent": f"test {uuid.uuid4()}"}

    def send(
        method: str, route: str, query: str = "", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        url = f"{server.url}/{route}?{query}"
        answer = httpx2.request(method, url, content=body, headers=agent | (headers or {}), timeout=60)
        return Answer(answer.status_code, dict(answer.headers), answer.content)

    return send


class Functions:
    """Every API as a function of its own, over one database and one storage."""

    def __init__(self, kind: str, settings: Settings) -> None:
        self._kind = kind
        self._settings = settings
        self._apps: dict[str, FastAPI] = {}

    def __call__(
        self, method: str, route: str, query: str = "", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> Answer:
        if route not in self._apps:
            module = importlib.import_module(f"handlers.api.{ROUTES.get(route, route)}")
            self._apps[route] = build_app(self._settings, [module.api])
        handler = to_lambda(self._apps[route])
        # In the cloud nobody is on loopback: operators' APIs want their token.
        operator = {"Authorization": f"Bearer {_TOKEN}"}
        return invoke(handler, self._kind, method, f"/{route}", query, body, operator | (headers or {}))

    def close(self) -> None:
        for app in self._apps.values():
            app.state.rooms.close()


@pytest.fixture(scope="module", autouse=True)
def _each_picture_is_read_once() -> Iterator[None]:
    """The same picture is the same reading: what the wire makes of it is the question here, for every kind of event."""
    read, known = Reader.read, dict[Any, Reading]()

    def remembered(reader: Reader, image: Image.Image, colours: Image.Image | None = None) -> Reading:
        key = reader.review_below, reader.expected, image.size, image.tobytes()
        if key not in known:
            known[key] = read(reader, image, colours)
        return known[key]

    with patch.object(Reader, "read", remembered):
        yield


@pytest.fixture(scope="session")
def hub() -> bytes:
    file = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(file, "PNG")
    return file.getvalue()


def _multipart(*files: tuple[str, str, bytes]) -> tuple[bytes, dict[str, str]]:
    """A multipart body of (field name, file name, content), and its header."""
    parts = [
        f'--xYx\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for field, name, content in files
    ]
    return b"".join(parts) + b"--xYx--\r\n", {"Content-Type": "multipart/form-data; boundary=xYx"}


def _upload(wire: Wire, *files: tuple[str, str, bytes], query: str = "") -> Answer:
    body, headers = _multipart(*files)
    return wire("POST", "upload", query, body, headers)


@pytest.mark.parametrize("method", BOTH)
def test_test(wire: Wire, method: str) -> None:
    answer = wire(method, "test")
    assert (answer.status, answer.json()) == (200, "You already connect the server now!")
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("method", BOTH)
def test_documented_sequence_without_any_identity(wire: Wire, hub: bytes, method: str) -> None:
    assert _upload(wire, ("photo", "hub.png", hub)).json() == {"message": "Done", "files": ["hub.png"]}
    assert wire(method, "start").json() == ["A27"]
    assert wire(method, "clear").json() == "Delete"
    assert wire(method, "start").status == 404


def test_upload_with_any_field_names_and_names_in_any_language(wire: Wire, picture: Callable[..., bytes]) -> None:
    files = [("file", "1.png", picture()), ("图片", "轮毂.png", picture()), ("a b.jpg", "a b.jpg", picture("JPEG"))]
    answer = _upload(wire, *files, query="uuid=1")
    assert (answer.status, answer.json()) == (200, {"message": "Done", "files": ["1.png", "轮毂.png", "a b.jpg"]})


def test_upload_replaces_and_keep_adds(wire: Wire, picture: Callable[..., bytes]) -> None:
    for name, query in [("1", "uuid=k"), ("2", "uuid=k"), ("3", "uuid=k&keep=1")]:
        _upload(wire, ("f", name, picture()), query=query)
    assert [row[1] for row in wire("GET", "info", "uuid=k").json()["file_list"]] == ["2", "3"]


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([], 400),
        ([("f", "", b"")], 400),
        ([("f", "", b"x")], 415),
        ([("f", "x.jpg", b"text")], 415),
        ([("f", "x.png", b"\x89PNG\r\n\x1a\n")], 422),
    ],
)
def test_upload_failures(wire: Wire, files: list[tuple[str, str, bytes]], status: int) -> None:
    answer = _upload(wire, *files)
    assert answer.status == status
    assert isinstance(answer.json()["error"], str)


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "application/json"}, {"Content-Type": "multipart/form-data"}])
def test_upload_that_is_no_multipart(wire: Wire, headers: dict[str, str]) -> None:
    answer = wire("POST", "upload", "", b"{}", headers)
    assert answer.status == 400
    assert isinstance(answer.json()["error"], str)


def test_too_many_files(wire: Wire, picture: Callable[..., bytes]) -> None:
    for count in (21, 200):
        answer = _upload(wire, *[("f", f"{n}.png", picture()) for n in range(count)], query="uuid=m")
        assert answer.status == 413, answer.body
    assert wire("GET", "info", "uuid=m").json()["file_count"] == 0


def test_damaged_picture_is_named_and_the_others_stored(wire: Wire, hub: bytes) -> None:
    answer = _upload(wire, ("f", "good.png", hub), ("f", "cut.png", hub[: len(hub) // 2]), query="uuid=d")
    body = answer.json()
    assert (answer.status, body["files"]) == (422, ["good.png"])
    assert "cut.png is damaged" in body["error"]
    assert wire("GET", "start", "uuid=d&detail=0").status == 200


@pytest.mark.parametrize("method", BOTH)
def test_start_answers_one_text_a_picture_in_upload_order(
    wire: Wire, hub: bytes, picture: Callable[..., bytes], method: str
) -> None:
    _upload(wire, ("f", "empty.png", picture()), ("f", "hub.png", hub))
    assert wire(method, "start").json() == ["", "A27"]


def test_start_with_detail_answers_the_full_readings(wire: Wire, hub: bytes) -> None:
    _upload(wire, ("f", "hub.png", hub))
    (reading,) = wire("GET", "start", "detail=1").json()
    assert (reading["name"], reading["text"], reading["width"], reading["height"]) == ("hub.png", "A27", 640, 640)
    assert 0 < reading["confidence"] <= 1
    assert isinstance(reading["needs_review"], bool)
    (mark,) = reading["marks"]
    assert len(mark["polygon"]) == 4
    assert all(0 <= x <= 640 and 0 <= y <= 640 for x, y in mark["polygon"])
    assert -180 < mark["angle"] <= 180


@pytest.mark.parametrize(("query", "method"), [("", "GET"), ("", "POST"), ("uuid=nobody", "GET")])
def test_start_with_nothing_uploaded(wire: Wire, query: str, method: str) -> None:
    answer = wire(method, "start", query)
    assert answer.status == 404
    assert answer.json()["info"] == answer.json()["error"]


def test_start_with_too_many_pictures(wire: Wire, picture: Callable[..., bytes]) -> None:
    for _ in range(2):
        _upload(wire, *[("f", f"{n}.png", picture()) for n in range(11)], query="keep=1")
    answer = wire("GET", "start")
    assert answer.status == 409
    assert "uuid" in answer.json()["info"]


@pytest.mark.parametrize("method", BOTH)
def test_start_with_uuid_submits(wire: Wire, hub: bytes, method: str) -> None:
    _upload(wire, ("hub.png", "hub.png", hub), query="uuid=c-1")
    answer = wire(method, "start", "uuid=c-1")
    assert answer.status == 200
    body = answer.json()
    assert (body["info"], body["client_uuid"]) == ("Task has been submitted", "c-1")
    assert isinstance(body["task_uuid"], str)


@pytest.mark.parametrize("method", BOTH)
def test_status_of_nothing(wire: Wire, method: str) -> None:
    unknown = wire(method, "status", "task=none")
    assert unknown.status == 404
    assert unknown.json()["task_uuid"] == "none"
    assert unknown.json()["status"] == "UUID not found"
    neither = wire(method, "status")
    assert neither.status == 400
    assert neither.json()["info"] == neither.json()["error"]
    assert wire(method, "status", "uuid=new").json() == {"client_uuid": "new", "tasks": []}


def test_clear_by_name_and_by_uuid(wire: Wire, picture: Callable[..., bytes]) -> None:
    _upload(wire, ("f", "1.png", picture()), ("f", "2.png", picture()), query="uuid=u")
    assert wire("GET", "clear", "uuid=u&filename=1.png").json() == "Delete"
    assert [row[1] for row in wire("GET", "info", "uuid=u").json()["file_list"]] == ["2.png"]
    assert wire("GET", "clear", "filename=u").json() == "Delete"
    assert wire("GET", "info", "uuid=u").json()["file_count"] == 0
    assert wire("POST", "clear", "filename=u").json() == "Delete"


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("query", ["uuid=g", "uuid=g&name=every%20byte.png"])
def test_getpicture_byte_for_byte(wire: Wire, hub: bytes, method: str, query: str) -> None:
    _upload(wire, ("f", "every byte.png", hub), query="uuid=g")
    answer = wire(method, "getpicture", query)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "image/png", hub)


def test_getpicture_failures(wire: Wire) -> None:
    answer = wire("GET", "getpicture")
    assert (answer.status, answer.json()) == (400, {"error": "No filename provided"})
    answer = wire("GET", "getpicture", "name=none.png")
    assert (answer.status, answer.json()) == (404, {"error": "File does not exist"})


@pytest.mark.parametrize("method", BOTH)
def test_info(wire: Wire, hub: bytes, method: str) -> None:
    _upload(wire, ("f", "轮 1.png", hub), query="uuid=i")
    body = wire(method, "info", "uuid=i").json()
    assert body["file_count"] == 1
    ((url, name, size),) = body["file_list"]
    assert (name, size) == ("轮 1.png", f"{len(hub) / 1024 / 1024:.2f}MiB")
    assert body["API"]["upload"] == "upload"
    query = url.split("/getpicture?")[1]
    assert wire("GET", "getpicture", query).body == hub


@pytest.mark.parametrize("method", BOTH)
def test_ishttps(wire: Wire, method: str, request: pytest.FixtureRequest) -> None:
    over_https = "server" not in request.node.callspec.params["wire"]
    assert wire(method, "isHTTPS").json() is over_https


def test_two_callers_never_see_each_other(wire: Wire, hub: bytes, picture: Callable[..., bytes]) -> None:
    one, other = {"User-Agent": "one"}, {"User-Agent": "other"}
    for headers, content in ((one, hub), (other, picture())):
        body, kind = _multipart(("f", "same name.png", content))
        assert wire("POST", "upload", "", body, kind | headers).status == 200
    assert wire("GET", "getpicture", "name=same%20name.png", headers=one).body == hub
    assert wire("GET", "start", headers=other).json() == [""]
    wire("GET", "clear", headers=other)
    assert wire("GET", "start", headers=one).json() == ["A27"]
    wire("GET", "clear", headers=one)


def test_task_until_it_is_over(wire: Wire, hub: bytes) -> None:
    """What CRS does."""
    client = str(uuid.uuid4())
    _upload(wire, ("hub.png", "hub.png", hub), query=f"uuid={client}")
    task = wire("GET", "start", f"uuid={client}").json()["task_uuid"]
    seen: set[str] = set()
    while isinstance(status := wire("GET", "status", f"task={task}").json()["status"], str):
        seen.add(status)
    assert seen <= {"waiting", "processing"}
    assert status == {"status": "completed", "text": "A27"}
    (listed,) = wire("GET", "status", f"uuid={client}&detail=1").json()["tasks"]
    assert listed["readings"][0]["marks"][0]["text"] == "A27"
    assert wire("GET", "clear", f"filename={client}").json() == "Delete"
    assert wire("GET", "status", f"task={task}").json()["status"]["text"] == "A27"


def test_nothing_legible_is_still_a_text(wire: Wire, picture: Callable[..., bytes]) -> None:
    _upload(wire, ("f", "1.png", picture()), query="uuid=n")
    task = wire("GET", "start", "uuid=n").json()["task_uuid"]
    while isinstance(status := wire("GET", "status", f"task={task}").json()["status"], str):
        assert status in ("waiting", "processing")
    assert status["text"]


@pytest.mark.parametrize("method", BOTH)
def test_command_and_getdatabase(wire: Wire, method: str) -> None:
    session = uuid.uuid4().hex
    assert "help" in wire(method, "command", f"command=help&session={session}").json()
    wire(method, "command", f"command=sql&session={session}")
    assert "was added" in wire(method, "command", f"command=--insert%20K9&session={session}").json()
    header, *rows = wire(method, "command", f"command=--history-records%20K9&session={session}").json()
    assert header == ["hub_id", "recognition_time", "mold_number"]
    assert rows[-1][2] == "K9"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", rows[-1][1])
    answer = wire(method, "getdatabase").json()["result"]
    assert answer[0] == header
    assert rows[-1] in answer
    assert wire(method, "command").status == 400


@pytest.mark.parametrize("method", BOTH)
def test_getlogs(wire: Wire, method: str) -> None:
    answer = wire(method, "getlogs")
    assert answer.status == 200
    assert all(set(entry) == {"timestamp", "event", "result", "remark"} for entry in answer.json())


@pytest.mark.parametrize("method", BOTH)
@pytest.mark.parametrize("route", ["adduuid", "removeuuid"])
def test_registering_is_accepted_and_never_required(wire: Wire, method: str, route: str) -> None:
    assert wire(method, route, "uuid=x").json()["result"]
    assert wire(method, route).status == 400


def test_real_hub_reads_11(wire: Wire, photos: Path) -> None:
    files = [("photo", name, (photos / "hub" / name).read_bytes()) for name in ("HOME1.jpg", "HOME2.jpg", "HOME3.jpg")]
    assert _upload(wire, *files).json()["files"] == ["HOME1.jpg", "HOME2.jpg", "HOME3.jpg"]
    assert wire("GET", "start").json() == ["11", "11", "11"]
