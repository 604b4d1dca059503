"""`local_server.py --as-lambda`: what front ends and curl do, through the handlers of the functions in the cloud."""

import io
import signal
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.drawing import draw_hub
from tests.servers import Server, refusal, running

_PAGE = "https://front.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Access is open: front ends show no token, and in Lambda nobody is on this machine."""
    folder = tmp_path_factory.mktemp("as-lambda")
    with running(folder, "--as-lambda", "--data", "elsewhere", "--workers", "2", ACCESS="open") as server:
        yield server
    assert (folder / "elsewhere" / "castmark.db").is_file(), "flags reach the functions"
    assert not (folder / "data").exists()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def hub() -> bytes:
    file = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def browser(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, headers={"Origin": _PAGE}, timeout=60) as client:
        yield client


def test_documented_sequence_by_curl(server: Server, hub: bytes, tmp_path: Path) -> None:
    (tmp_path / "hub.png").write_bytes(hub)

    def curl(*arguments: str) -> str:
        return subprocess.run(["curl", "-sS", *arguments], capture_output=True, text=True, check=True).stdout

    assert curl(f"{server.url}/test") == '"You already connect the server now!"'
    uploaded = curl("-F", f"photo=@{tmp_path / 'hub.png'}", f"{server.url}/upload")
    assert uploaded == '{"message":"Done","files":["hub.png"]}'
    assert curl(f"{server.url}/start") == '["A27"]'
    assert curl("-X", "POST", f"{server.url}/clear") == '"Delete"'
    assert '"error"' in curl(f"{server.url}/start")


def test_crs(browser: httpx2.Client, hub: bytes) -> None:
    client = str(uuid.uuid4())
    assert browser.get("/test").status_code == 200
    browser.post(f"/upload?uuid={client}", files={"hub.png": ("hub.png", hub)}).raise_for_status()
    task = browser.get(f"/start?uuid={client}").json()["task_uuid"]
    seen: set[str] = set()
    while isinstance(status := browser.get(f"/status?task={task}").json()["status"], str):
        seen.add(status)
    assert seen <= {"waiting", "processing"}
    assert status == {"status": "completed", "text": "A27"}
    assert browser.get(f"/clear?filename={client}").json() == "Delete"

    answers = [
        browser.get(f"/command?command={typed}").json() for typed in ("exit", "sql", "--query_all_recognition_record")
    ]
    assert all(isinstance(answer, str) for answer in answers[:2])
    header, *rows = answers[2]
    assert header == ["hub_id", "recognition_time", "mold_number"]
    assert "A27" in {row[2] for row in rows}
    assert isinstance(browser.get("/command?command=exit").json(), str)
    assert all(set(entry) == {"timestamp", "event", "result", "remark"} for entry in browser.get("/getlogs").json())


def test_crsui(browser: httpx2.Client, hub: bytes) -> None:
    answers = [
        browser.get("/test"),
        browser.post("/upload", files={"file": ("hub.png", hub)}),
        browser.get("/info"),
        browser.get("/getpicture?name=hub.png"),
        browser.get("/start"),
        browser.get("/getdatabase"),
        browser.get("/getpicture"),
    ]
    assert [answer.status_code for answer in answers] == [200] * 6 + [400]
    for answer in answers:
        assert answer.headers["access-control-allow-origin"] == _PAGE
        assert answer.headers["access-control-allow-credentials"] == "true"
    assert answers[2].json()["file_count"] == 1
    assert answers[3].content == hub
    assert answers[4].json() == ["A27"]
    assert answers[5].json()["result"][0] == ["hub_id", "recognition_time", "mold_number"]
    asked = browser.options("/upload", headers={"Access-Control-Request-Method": "POST"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, _PAGE)


def test_page_logs_in_and_sends_what_lambda_would_not_take_straight_to_storage(server: Server) -> None:
    with httpx2.Client(base_url=server.url, timeout=60) as page:
        assert page.get("/").text.startswith("<!doctype html>")
        assert "castmark_session" in page.cookies
        file = io.BytesIO()
        draw_hub("A27", angle=20, seed=3).resize((2400, 2400)).save(file, "BMP")
        picture = file.getvalue()
        refused = page.post("/upload", files={"f": ("hub.bmp", picture)})
        assert (refused.status_code, refused.json()) == (413, {"message": "Request Entity Too Large"})
        facts = {"name": "hub.bmp", "content_type": "image/bmp", "size": str(len(picture))}
        form = page.post("/presign", params=facts).json()
        assert page.post(form["url"], data=form["fields"], files={"file": ("hub.bmp", picture)}).status_code == 204
        assert page.get("/start").json() == ["A27"]


def test_nobody_is_an_operator_but_by_the_token(tmp_path: Path) -> None:
    with running(tmp_path, "--as-lambda", TOKEN="a token of sixteen") as server:
        assert httpx2.get(f"{server.url}/getlogs").status_code == 401
        operator = {"Authorization": "Bearer a token of sixteen"}
        assert httpx2.get(f"{server.url}/getlogs", headers=operator).status_code == 200
        assert httpx2.get(f"{server.url}/docs").json() == {"message": "Not Found"}


def test_wrong_flags_are_refused_as_ever(tmp_path: Path) -> None:
    said = refusal(tmp_path, "--as-lambda", "--workers", "many")
    assert "CASTMARK_WORKERS is 'many' in the command line" in said


def test_stop_finishes_what_is_read_and_leaves_the_rest(tmp_path: Path, hub: bytes) -> None:
    with running(tmp_path, "--as-lambda") as server:
        for client in ("a", "b", "c"):
            files = [("f", (f"{number}.png", hub)) for number in range(4)]
            httpx2.post(f"{server.url}/upload?uuid={client}", files=files, timeout=60).raise_for_status()
            httpx2.get(f"{server.url}/start?uuid={client}", timeout=60).raise_for_status()
        assert server.stop(signal.SIGINT) == 0
    assert "Traceback" not in server.log.read_text()
