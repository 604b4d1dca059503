"""A function works with its own extras alone: in a process that finds no other package, it answers a real request.

One process answers for all functions of the same extras: each may import all that another of them has imported.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch

import boto3
import pytest
from packaging.requirements import Requirement

from handlers.access.caller import caller_with
from handlers.aws.bucket import Bucket
from handlers.settings import Limits
from handlers.storage.s3 import S3Storage
from handlers.tasks.intake import Received, take_in
from tests.buckets import ENVIRONMENT, NAME, created, s3_server
from tests.clouds import answer_of, event, golden
from tests.drawing import draw_hub
from tests.infra.conftest import ROOT, TOKEN
from tests.infra.test_template import CLOUD, HISTORY, USES_DATABASE

OPERATOR = {"authorization": f"Bearer {TOKEN}"}
FILE = b"--edge\r\ncontent-disposition: form-data; name=a; filename=a.png\r\n\r\n%b\r\n--edge--\r\n"
FORM = {"content-type": "multipart/form-data; boundary=edge"}
CODE = {"handlers"}


class Call(NamedTuple):
    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012  never changed
    status: int = 200


CALLS = {
    "page": Call("GET", "/"),
    "test": Call("GET", "/test"),
    "ishttps": Call("GET", "/isHTTPS"),
    "upload": Call("POST", "/upload", "uuid=2", FORM),
    "presign": Call("POST", "/presign", "name=a.png&content_type=image/png&size=9"),
    "start": Call("GET", "/start", "uuid=1"),
    "status": Call("GET", "/status", "uuid=1"),
    "clear": Call("GET", "/clear", "uuid=3"),
    "command": Call("GET", "/command", "command=sql", OPERATOR),
    "records": Call("GET", "/getdatabase", "", OPERATOR),
    "readings": Call("GET", "/readings", "counts=1", OPERATOR),
    "detail": Call("GET", "/reading", "id=999999", OPERATOR, 404),
    "evidence": Call("GET", "/evidence", "id=999999", OPERATOR, 404),
    "correct": Call("POST", "/correct", "id=999999&text=11", OPERATOR, 404),
    "confirm": Call("POST", "/confirm", "id=999999", OPERATOR, 404),
    "export": Call("GET", "/export", "", OPERATOR),
    "molds": Call("POST", "/molds", "", OPERATOR),
    "outbox": Call("GET", "/outbox", "", OPERATOR),
    "promise": Call("GET", "/promise", "", OPERATOR),
    "tokens": Call("GET", "/tokens", "", OPERATOR),
    "logs": Call("GET", "/getlogs", "", OPERATOR),
    "clients": Call("GET", "/removeuuid", "uuid=3"),
    "login": Call("POST", "/login", "", {"content-type": "application/x-www-form-urlencoded"}),
    "getpicture": Call("GET", "/getpicture", "uuid=1&preview=1"),
    "info": Call("GET", "/info", "uuid=1"),
}


def test_every_function_is_called_here() -> None:
    assert {*CALLS, "worker"} == set(CLOUD)


@pytest.fixture(scope="module")
def environment(picture: Callable[..., bytes]) -> Iterator[dict[str, str]]:
    """A cloud in a process of its own, with what the template makes; the environment of functions in it."""
    with s3_server() as url, patch.dict("os.environ", ENVIRONMENT | {"AWS_ENDPOINT_URL": url}):
        bucket = created(Bucket(NAME, endpoint=url))
        uploads = [Received("one.png", io.BytesIO(picture()))]
        take_in(S3Storage(bucket), caller_with("1").owner, uploads, Limits(), keep=False)
        hub = io.BytesIO()
        draw_hub("A27", angle=20, seed=3).save(hub, "PNG")
        take_in(S3Storage(bucket), caller_with("4").owner, [Received("hub.png", hub)], Limits(), keep=False)
        boto3.client("logs").create_log_group(logGroupName="castmark")
        boto3.client("secretsmanager").create_secret(Name="token", SecretString=TOKEN)
        queue = boto3.client("sqs").create_queue(QueueName="castmark")["QueueUrl"]
        settings = {"BUCKET": NAME, "S3_ENDPOINT": url, "QUEUE_URL": queue, "LOG_GROUP": "castmark"}
        yield {
            "AWS_ENDPOINT_URL": url,
            # Lambda's own system has no time zones.
            "CASTMARK_TIMEZONE": "Asia/Shanghai",
            "PYTHONTZPATH": "",
            **{f"CASTMARK_{name}": value for name, value in settings.items()},
        }


def packages_of(requirements: list[str]) -> set[str]:
    """The names of all packages that pip installs for these requirements."""
    found: set[str] = set()
    waiting = [(Requirement(each), "") for each in requirements]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonical(requirement.name)
        for each in ("", *requirement.extras):
            if (name, each) not in seen:
                seen.add((name, each))
                found.add(name)
                waiting += [(Requirement(needed), each) for needed in needed_by(name)]
    return found


def needed_by(package: str) -> list[str]:
    try:
        return requires(package) or []
    except PackageNotFoundError:
        # For another system than this one.
        return []


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def blocked(allowed: set[str]) -> list[str]:
    """Everything that can be imported here and is in none of the packages."""
    owners = packages_distributions().items()
    return sorted(
        name for name, packages in owners if name not in CODE and not allowed & {canonical(each) for each in packages}
    )


class Process:
    """A process of functions with these extras; what goes wrong there is in its log."""

    def __init__(self, extras: list[str], environment: dict[str, str], folder: Path) -> None:
        others = blocked(packages_of(extras))
        assert {"pytest", "moto"} <= set(others)
        self._log = folder / "log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).with_name("only.py"), *others],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=folder,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **ENVIRONMENT, **environment},
            )

    def ask(self, name: str, variables: dict[str, str], sent: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{json.dumps([name, variables, sent])}\n")
        self._process.stdin.flush()
        ended = threading.Timer(120, self._process.kill)
        ended.start()
        said = self._process.stdout.readline()
        ended.cancel()
        assert said, self._log.read_text()
        return json.loads(said)

    def end(self) -> None:
        with self._process:
            self._process.kill()


class Functions:
    """All functions, in processes of their extras that start when they are first asked."""

    def __init__(self, build: ModuleType, environment: dict[str, str], folder: Path) -> None:
        self._build, self._environment, self._folder = build, environment, folder
        self._processes: dict[tuple[str, ...], Process] = {}

    def ask(self, name: str, sent: dict[str, Any]) -> Any:
        extras: tuple[str, ...] = self._build.EXTRAS.get(name.title(), ("worker",))
        if extras not in self._processes:
            folder = self._folder / "-".join(("function", *extras))
            folder.mkdir()
            self._processes[extras] = Process(self._build.requirements(extras), self._environment, folder)
        return self._processes[extras].ask(name, self._secrets_of(name), sent)

    def end(self) -> None:
        for process in self._processes.values():
            process.end()

    def _secrets_of(self, name: str) -> dict[str, str]:
        """What only some functions are told (test_template.py knows which)."""
        found = {}
        if name in ("command", "records", "logs", "login", "tokens") or name.title() in HISTORY:
            found["CASTMARK_TOKEN_SECRET"] = "token"
        if name.title() in USES_DATABASE:
            found["CASTMARK_DATABASE_URL"] = f"sqlite:///{self._folder / 'test.db'}"
        return found


@pytest.fixture(scope="module")
def functions(
    build: ModuleType, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Functions]:
    made = Functions(build, environment, tmp_path_factory.mktemp("functions"))
    yield made
    made.end()


@pytest.mark.parametrize("name", CALLS)
def test_extras_of_a_function_suffice(name: str, functions: Functions, picture: Callable[..., bytes]) -> None:
    call = CALLS[name]
    bodies = {
        "upload": FILE % picture(),
        "login": f"token={TOKEN}".encode(),
    }
    sent = event("http_api_v2", call.method, call.path, call.query, bodies.get(name, b""), call.headers)
    answer = answer_of(functions.ask(name, sent))
    assert answer.status == call.status, answer.body


def test_extras_of_the_worker_suffice_to_read(functions: Functions) -> None:
    def ask(name: str, query: str) -> Any:
        return answer_of(functions.ask(name, event("http_api_v2", "GET", f"/{name}", query))).json()

    task = ask("start", "uuid=4")["task_uuid"]
    message = golden("sqs")["Records"][0] | {"body": task}
    assert functions.ask("worker", {"Records": [message]}) == {"batchItemFailures": []}
    assert ask("status", f"task={task}")["status"] == {"status": "completed", "text": "A27"}


def test_extras_are_no_more_than_suffice(build: ModuleType) -> None:
    """A package that a function must not carry is not there; what this test takes for granted is."""
    base = packages_of(build.requirements(()))
    assert {"fastapi", "mangum", "pydantic-core"} <= base
    assert not base & {"boto3", "pillow", "sqlalchemy", "onnxruntime", "uvicorn", "filelock"}
    assert {"onnxruntime", "google-re2", "boto3", "sqlalchemy", "aws-lambda-powertools"} <= packages_of(
        build.requirements(("worker",))
    )
