"""One id goes from a request through its task, its messages and its readings: whoever greps it sees the whole trip."""

import io
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from handlers.aws.messages import Messages
from handlers.cli.commands import app as castmark
from handlers.lambda_.worker import Worker
from handlers.log import following
from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.evidence import Evidence, LocalEvidence
from handlers.storage.s3 import S3Storage
from handlers.tasks.base import State, Task
from handlers.tasks.sqs import SqsQueue
from tests.buckets import s3, send
from tests.queues import Context, Queues, create

Encoded = Callable[..., bytes]
Lines = Callable[..., list[dict[str, Any]]]
_OWNER = "a" * 32
_ASKED = "0a1b2c3d-the-request"


class Cloud:
    """A bucket, a queue and a worker; requests are made in the name of _ASKED."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.storage = S3Storage(held.enter_context(s3()))
        self.queues: Queues = create(Messages("").client)
        self.database = Database(folder / "test.db")
        held.callback(self.database.close)
        self.queue = self.with_evidence(None)

    def with_evidence(self, evidence: Evidence | None) -> SqsQueue:
        settings = Settings(read_arrivals=True, log_group="/castmark/stack")
        kept = (settings, self.database, self.storage, Reader(), Messages(self.queues.url))
        self.queue = SqsQueue(*kept, evidence=evidence)
        return self.queue

    def submit(self, *contents: bytes, together: bool = False) -> Task:
        uploads = [Upload(f"{n}.png", "image/png", io.BytesIO(each)) for n, each in enumerate(contents)]
        self.storage.put(_OWNER, uploads)
        with following(request_id=_ASKED):
            return self.queue.submit(_OWNER, together=together)

    def deliver(self) -> int:
        return self.queues.deliver(Worker(self.queue, reads_arrivals=True))


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with ExitStack() as held:
        yield Cloud(tmp_path, held)


def _of(lines: Lines, request: str) -> list[str]:
    """What happened on the trip of a request, in order."""
    return [line["event"] for line in lines(request_id=request)]


def test_task_of_a_server_says_whose_it_is_in_every_line(
    make_client: Callable[..., TestClient], picture: Encoded, lines: Lines, tmp_path: Path
) -> None:
    client = make_client()
    client.post("/upload?uuid=somebody-who-asks", files={"f": ("1.png", picture())})
    answer = client.get("/start?uuid=somebody-who-asks")
    asked, task = answer.headers["x-request-id"], answer.json()["task_uuid"]
    while isinstance(client.get(f"/status?task={task}").json()["status"], str):
        time.sleep(0.02)
    client.app.state.rooms.close()  # type: ignore[attr-defined]
    assert sorted(_of(lines, asked)) == ["reading", "request"]
    assert {line["task"] for line in lines(request_id=asked)} == {task}
    events = [json.loads(line) for line in (tmp_path / "data" / "callers.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events if event.get("request_id") == asked] == ["reading", "reading"]


def test_reading_that_a_caller_waits_for_says_so_and_whoever_asks_again_is_led_to_it(
    make_client: Callable[..., TestClient], picture: Encoded, lines: Lines
) -> None:
    client = make_client()
    client.post("/upload", files={"f": ("1.png", picture())})
    first, again = (client.get("/start").headers["x-request-id"] for _ in range(2))
    assert (_of(lines, first), _of(lines, again)) == (["reading", "request"], ["request"])
    (read,), (asked_again,) = lines(event="reading"), lines(request_id=again)
    assert read["task"] == asked_again["task"]


def test_task_of_a_cloud_takes_its_request_along_in_its_message(cloud: Cloud, picture: Encoded, lines: Lines) -> None:
    task = cloud.submit(picture())
    assert (cloud.deliver(), _of(lines, _ASKED)) == (0, ["delivery", "reading"])
    for line in lines(request_id=_ASKED):
        assert (line["task"], line["invocation"]) == (task.id, Context.aws_request_id)
        assert line["message"]


def test_metrics_of_a_cloud_say_it_too(cloud: Cloud, picture: Encoded, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.submit(picture())
    cloud.deliver()
    (counted,) = [line for line in map(json.loads, capsys.readouterr().out.splitlines()) if "_aws" in line]
    assert counted["request_id"] == _ASKED


def test_photos_of_one_mark_say_it_too(cloud: Cloud, picture: Encoded, lines: Lines) -> None:
    cloud.submit(picture(), picture(size=(40, 30)), together=True)
    assert (cloud.deliver(), _of(lines, _ASKED)) == (0, ["delivery", "reading"])


def test_what_goes_wrong_on_the_way_says_it_too(cloud: Cloud, picture: Encoded, lines: Lines, tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where a folder should be")
    cloud.with_evidence(LocalEvidence(tmp_path / "evidence"))
    task = cloud.submit(picture())
    assert cloud.deliver() == 0
    (complaint,) = lines(level="warning")
    assert "could not be kept" in complaint["event"]
    assert (complaint["request_id"], complaint["task"]) == (_ASKED, task.id)
    cloud.storage.bucket.delete([f"uploads/{_OWNER}/{picture_.key}" for picture_ in task.pictures])
    cloud.database.close()
    cloud.submit(b"no picture at all")
    assert cloud.deliver() == 0
    assert lines(event="reading", request_id=_ASKED, failed=True)


def test_message_that_was_lost_is_sent_anew_with_it(cloud: Cloud, picture: Encoded, lines: Lines) -> None:
    cloud.submit(picture())
    cloud.queues.client.purge_queue(QueueUrl=cloud.queues.url)
    cloud.queue.tend(time.time() + 3600)
    assert (cloud.deliver(), _of(lines, _ASKED)) == (0, ["delivery", "reading"])


def test_task_that_is_tried_again_goes_with_who_asked_again(cloud: Cloud, picture: Encoded, lines: Lines) -> None:
    task = cloud.submit(picture())
    cloud.storage.bucket.delete([f"uploads/{_OWNER}/{one.key}" for one in task.pictures])
    cloud.deliver()
    assert cloud.queue.task(task.id).state is State.ERROR
    with following(request_id="another-request"):
        assert cloud.queue.submit(_OWNER).id == task.id
    cloud.deliver()
    assert _of(lines, "another-request") == ["delivery", "reading"]


def test_arrival_goes_with_the_request_that_gave_its_form(cloud: Cloud, picture: Encoded, lines: Lines) -> None:
    with following(request_id=_ASKED):
        form = cloud.storage.presign(_OWNER, "1.png", "image/png", 9999, alone=True)
    send(cloud.storage, form, io.BytesIO(picture()))
    notification = {"Records": [{"s3": {"object": {"key": form.fields["key"]}}}]}
    cloud.queues.client.send_message(QueueUrl=cloud.queues.url, MessageBody=json.dumps(notification))
    assert (cloud.deliver(), cloud.deliver()) == (0, 0)
    assert _of(lines, _ASKED) == ["arrival", "delivery", "reading"]
    assert {line["task"] for line in lines(request_id=_ASKED)} == {form.fields["key"].rpartition("/")[2]}
    assert _of(lines, Context.aws_request_id) == ["delivery"], "of the notification, which is nobody's request"


def test_what_is_typed_is_a_request_in_this_process_and_in_others(
    picture: Encoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASTMARK_DEBUG", "1")
    monkeypatch.setenv("CASTMARK_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    # Each reading complains that its picture cannot be kept.
    (tmp_path / "data" / "evidence").write_text("a file where a folder should be")
    for number in range(8):
        (tmp_path / f"{number}.png").write_bytes(picture(size=(30 + number, 24)))
    requests = [_typed(tmp_path, capfd, "--jobs", jobs) for jobs in ("1", "2")]
    assert [len(each) for each in requests] == [1, 1], "one id for each command"
    assert requests[0] != requests[1]


def _typed(folder: Path, capfd: pytest.CaptureFixture[str], *flags: str) -> set[str]:
    """Under which requests pictures complained."""
    for path in folder.glob("*.png"):
        path.touch()
    said = CliRunner().invoke(castmark, ["read", "--record", *flags, str(folder)]).stderr + capfd.readouterr().err
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    complaints = [line for line in lines if "could not be kept" in line["event"]]
    assert len(complaints) == len({line["task"] for line in complaints}) == 8
    return {line["request_id"] for line in complaints}
