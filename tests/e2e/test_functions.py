"""Every function as Lambda runs it: a process of the real runtime client each, over S3, SQS, and a real PostgreSQL.

Those with settings of their own are started from nothing, the others forked.

CASTMARK_TEST_PYTHONS names interpreters, besides the one that runs the tests, that have the packages installed;
`make test` finds the cloud's own, where it is here.
"""

import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import patch

import httpx2
import pytest

from handlers.api import LOCAL_ONLY, MODULES
from handlers.aws.bucket import Bucket
from handlers.aws.messages import Messages
from tests.buckets import ENVIRONMENT, NAME, created
from tests.clouds import Answer, answer_of, event, golden
from tests.databases import fresh_database
from tests.drawing import draw_hub
from tests.e2e.runtime import Forks, Function, FunctionEnded, FunctionFailed, TimedOut
from tests.moto_process import moto_process, silence
from tests.queues import create

_OTHERS: list[Any] = [name for name in os.environ.get("CASTMARK_TEST_PYTHONS", "").split(os.pathsep) if name]
_NONE = pytest.param("", marks=pytest.mark.skip(reason="CASTMARK_TEST_PYTHONS names no other Python"))
_TOKEN = "a token of sixteen"
_OPERATOR = {"Authorization": f"Bearer {_TOKEN}"}
_FORM = {"Content-Type": "multipart/form-data; boundary=xYx"}


class Cloud:
    """A stack: a bucket, a queue, a log group and a database, and functions that start when they are first called."""

    def __init__(self, python: str, url: str, database_url: str) -> None:
        self._python = python
        self._forks = Forks(python)
        self._functions: dict[str, Function] = {}
        self._all: list[Function] = []
        self._aws = ENVIRONMENT | {"AWS_ENDPOINT_URL": url}
        with patch.dict("os.environ", self._aws):
            created(Bucket(NAME, endpoint=url))
            self.queues = create(Messages("").client)
        self._settings = {
            "BUCKET": NAME,
            "S3_ENDPOINT": url,
            "QUEUE_URL": self.queues.url,
            "DATABASE_URL": database_url,
            "LOG_SWITCH": "false",
            "TOKEN": _TOKEN,
        }

    def function(self, name: str) -> Function:
        if name not in self._functions:
            self._functions[name] = self._made(name, self._settings, self._forks.start)
        return self._functions[name]

    def another(self, name: str, **settings: str) -> Function:
        """A function of the caller's own, with other settings."""
        return self._made(name, self._settings | settings)

    def _made(self, name: str, settings: dict[str, str], *start: Any) -> Function:
        own = {f"CASTMARK_{key}": value for key, value in settings.items()}
        handler = f"handlers.lambda_.functions.{name}"
        self._all.append(Function(handler, self._python, self._aws | own, *start))
        return self._all[-1]

    def send(self, name: str, *args: Any, **named: Any) -> Answer:
        return answer_of(self.function(name).invoke(event("http_api_v2", *args, **named)))

    def deliver(self) -> int:
        return self.queues.deliver(lambda sent, _: self.function("worker").invoke(sent))

    def records(self) -> list[list[str]]:
        rows: list[list[str]] = self.send("records", "GET", "/getdatabase", headers=_OPERATOR).json()["result"]
        return rows[1:]

    def close(self) -> None:
        for function in self._all:
            function.close()
        self._forks.close()


@pytest.fixture(scope="module", params=[sys.executable, *(_OTHERS or [_NONE])])
def cloud(request: pytest.FixtureRequest, postgresql_server: str) -> Iterator[Cloud]:
    with moto_process() as url:
        made = Cloud(request.param, url, fresh_database(postgresql_server))
        yield made
        made.close()


@pytest.fixture(scope="module")
def hub() -> bytes:
    file = io.BytesIO()
    draw_hub("A27", angle=20, seed=3).save(file, "PNG")
    return file.getvalue()


def _multipart(name: str, content: bytes) -> bytes:
    head = f'--xYx\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--xYx--\r\n"


def test_photos_of_one_mark_are_one_reading_and_one_record(cloud: Cloud, hub: bytes) -> None:
    """As a function has it: what pools them comes with the worker's packages, and the column with its database."""
    other = io.BytesIO()
    draw_hub("A27", angle=40, seed=5).save(other, "PNG")
    before = len(cloud.records())
    for name, content, keep in (("1.png", hub, ""), ("2.png", other.getvalue(), "&keep=1")):
        cloud.send("upload", "POST", "/upload", f"uuid=c-together{keep}", _multipart(name, content), _FORM)
    task = cloud.send("start", "GET", "/start", "uuid=c-together&together=1").json()["task_uuid"]
    assert cloud.deliver() == 0
    told = cloud.send("status", "GET", "/status", f"task={task}&detail=1").json()
    assert told["status"] == {"status": "completed", "text": "A27"}
    (reading,) = told["readings"]
    assert [photo["shows"] for photo in reading["photos"]] == ["same", "same"]
    assert len(cloud.records()) == before + 1


def test_picture_from_upload_to_its_record(cloud: Cloud, hub: bytes) -> None:
    before = cloud.records()
    uploaded = cloud.send("upload", "POST", "/upload", "uuid=c-1", _multipart("轮毂.png", hub), _FORM)
    assert uploaded.json() == {"message": "Done", "files": ["轮毂.png"]}
    task = cloud.send("start", "GET", "/start", "uuid=c-1").json()["task_uuid"]
    assert cloud.send("status", "GET", "/status", f"task={task}").json()["status"] == "waiting"
    assert cloud.queues.texts() == [task]

    sent = cloud.queues.event()
    worker = cloud.function("worker")
    answers = [worker.invoke(sent), worker.invoke(sent)]
    assert answers == [{"batchItemFailures": []}] * 2
    assert cloud.queues.answer(sent, answers[0]) == 0
    assert cloud.queues.texts() == cloud.queues.texts(cloud.queues.dead) == []

    over = cloud.send("status", "GET", "/status", f"task={task}").json()["status"]
    assert over == {"status": "completed", "text": "A27"}
    (record,) = [each for each in cloud.records() if each not in before]
    assert record[2] == "A27"

    answer = cloud.send("getpicture", "GET", "/getpicture", "uuid=c-1")
    assert (answer.headers["content-type"], answer.body) == ("image/png", hub)
    ((_, name, _),) = cloud.send("info", "GET", "/info", "uuid=c-1").json()["file_list"]
    assert name == "轮毂.png"
    assert cloud.send("clear", "GET", "/clear", "filename=c-1").json() == "Delete"
    assert cloud.send("getpicture", "GET", "/getpicture", "uuid=c-1").status == 404


def test_picture_that_went_straight_to_storage_is_read_at_once(cloud: Cloud, hub: bytes) -> None:
    query = f"name=hub.png&content_type=image/png&size={len(hub)}"
    form = cloud.send("presign", "POST", "/presign", query).json()
    assert httpx2.post(form["url"], data=form["fields"], files={"file": ("hub.png", hub)}).status_code == 204
    before = len(cloud.records())
    assert cloud.send("start", "POST", "/start").json() == ["A27"]
    assert len(cloud.records()) == before + 1
    assert cloud.deliver() == 0


# A request for every API, and how its answer begins.
_REQUESTS: dict[str, tuple[str, str, str, int, bytes]] = {
    "page": ("GET", "/", "", 200, b"<!doctype html>"),
    "test": ("POST", "/test", "", 200, b'"You already connect'),
    "upload": ("POST", "/upload", "", 400, b'{"error":'),
    "presign": ("POST", "/presign", "name=a.txt&content_type=text/plain&size=1", 415, b'{"error":"a.txt is said'),
    "start": ("GET", "/start", "uuid=nobody", 404, b'{"error":'),
    "status": ("GET", "/status", "uuid=nobody", 200, b'{"client_uuid":"nobody","tasks":[]}'),
    "clear": ("POST", "/clear", "uuid=nobody", 200, b'"Delete"'),
    "command": ("GET", "/command", "command=help", 200, b'"'),
    "records": ("GET", "/getdatabase", "", 200, b'{"result":[["hub_id"'),
    "logs": ("GET", "/getlogs", "", 200, b'[{"timestamp":'),
    "readings": ("GET", "/readings", "counts=1", 200, b'{"readings":[{"id":'),
    "detail": ("GET", "/reading", "id=0", 404, b'{"error":"There is no such reading."}'),
    "evidence": ("GET", "/evidence", "id=0", 404, b'{"error":"No picture'),
    "correct": ("POST", "/correct", "id=0&text=11", 404, b'{"error":'),
    "confirm": ("POST", "/confirm", "id=0", 404, b'{"error":'),
    "export": ("GET", "/export", "", 200, b"\xef\xbb\xbfid,time,text,"),
    "molds": ("POST", "/molds", "", 200, b'{"added":0'),
    "outbox": ("GET", "/outbox", "", 200, b'{"targets":'),
    "promise": ("GET", "/promise", "", 200, b'{"wrong_at_most":0'),
    "clients": ("GET", "/adduuid", "uuid=c-1", 200, b'{"result":'),
    "login": ("POST", "/login", "", 400, b'{"error":"Send the token'),
    "tokens": ("GET", "/tokens", "", 200, b'{"tokens":'),
    "getpicture": ("GET", "/getpicture", "uuid=nobody", 404, b'{"error":"File does not exist"}'),
    "info": ("GET", "/info", "uuid=nobody", 200, b'{"file_count":0'),
    "ishttps": ("GET", "/isHTTPS", "", 200, b"true"),
}


def test_every_api_answers_and_says_no_to_what_is_no_request(cloud: Cloud) -> None:
    assert set(_REQUESTS) == set(MODULES) - set(LOCAL_ONLY)
    for name, (method, path, query, status, start) in _REQUESTS.items():
        answer = cloud.send(name, method, path, query, headers=_OPERATOR)
        assert (answer.status, answer.body[: len(start)]) == (status, start), name
    function = cloud.function("test")
    process = function.pid
    with pytest.raises(FunctionFailed, match="it was sent an event from aws:sqs") as failed:
        function.invoke(golden("sqs"))
    assert failed.value.kind == "ConfigurationError"
    assert cloud.send("test", "GET", "/test").status == 200
    assert function.pid == process, "an error of a handler ends no process"


def test_worker_lives_on_after_an_event_that_is_not_its_own(cloud: Cloud) -> None:
    worker = cloud.function("worker")
    with pytest.raises(FunctionFailed, match="The worker answers messages of SQS"):
        worker.invoke(event("http_api_v2", "GET", "/test"))
    process = worker.pid
    poison = golden("sqs")["Records"][0] | {"body": "no task's id"}
    assert worker.invoke({"Records": [poison]}) == {"batchItemFailures": [{"itemIdentifier": poison["messageId"]}]}
    assert worker.pid == process


def test_function_without_its_database_says_so_to_the_caller_and_why_to_the_log(cloud: Cloud) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    records = cloud.another("records", DATABASE_URL=f"postgresql://somebody:secret@127.0.0.1:{port}/readings")
    for _ in range(2):
        answer = answer_of(records.invoke(event("http_api_v2", "GET", "/getdatabase", headers=_OPERATOR)))
        assert (answer.status, list(answer.json())) == (503, ["error"])
    assert records.printed.count("The database cannot be used: ") == 2
    assert str(port) in records.printed and "secret" not in records.printed
    assert str(port) not in answer.body.decode()


def test_function_that_is_killed_for_its_time_out_starts_anew(cloud: Cloud, picture: Callable[..., bytes]) -> None:
    sent = event("http_api_v2", "POST", "/upload", "", _multipart("1.png", picture()), _FORM)
    with silence() as port:
        upload = cloud.another("upload", S3_ENDPOINT=f"http://127.0.0.1:{port}")
        with pytest.raises(TimedOut):
            upload.invoke(sent, seconds=2)
    with moto_process(port) as url, patch.dict("os.environ", ENVIRONMENT):
        created(Bucket(NAME, endpoint=url))
        assert answer_of(upload.invoke(sent)).json() == {"message": "Done", "files": ["1.png"]}


def test_function_with_wrong_settings_says_so_in_its_init_phase(cloud: Cloud) -> None:
    for name, settings, sentence in [
        ("test", {"PORT": "seven"}, "CASTMARK_PORT is 'seven' in the environment"),
        ("worker", {"QUEUE_URL": ""}, "CASTMARK_QUEUE_URL is not set"),
    ]:
        with pytest.raises(FunctionEnded, match=sentence) as ended:
            cloud.another(name, **settings).invoke({})
        assert ended.value.kind == "ConfigurationError"
