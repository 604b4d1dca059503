"""`server -s` and `server -r` in the cloud: which functions were stopped and let go, and which were not and why."""

import io
import logging
import zipfile
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import Session
from moto import mock_aws
from starlette.testclient import TestClient

from handlers.console.terminal.server_commands import ServerCommands
from handlers.console.terminal.stack import Stack
from tests.buckets import ENVIRONMENT
from tests.refusing import SECRET, refuse

NAMES = ("castmark-upload", "castmark-start", "castmark-worker")
CONSOLE = "castmark-command"
_ROLE = {"Version": "2012-10-17", "Statement": []}


@pytest.fixture
def functions() -> Iterator[Any]:
    """botocore's client of a Lambda with the working functions and the console's."""
    with mock_aws(config={"lambda": {"use_docker": False}}), patch.dict("os.environ", ENVIRONMENT):
        role = Session().create_client("iam").create_role(RoleName="x", AssumeRolePolicyDocument=str(_ROLE))
        client = Session().create_client("lambda")
        for name in (*NAMES, CONSOLE):
            facts = {
                "Runtime": "python3.13",
                "Role": role["Role"]["Arn"],
                "Handler": "x.y",
                "Code": {"ZipFile": _code()},
            }
            client.create_function(FunctionName=name, **facts)
        yield client


def _code() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.py", "")
    return file.getvalue()


def _reserved(functions: Any) -> dict[str, int | None]:
    answers = {name: functions.get_function_concurrency(FunctionName=name) for name in (*NAMES, CONSOLE)}
    return {name: answer.get("ReservedConcurrentExecutions") for name, answer in answers.items()}


def _lines(answer: str) -> dict[str, list[str]]:
    """The functions by what happened to them, in English."""
    rows = [line.rpartition(": ") for line in answer.splitlines()]
    return {said.partition(" / ")[0]: names.split(", ") for said, _, names in rows}


_FREE = dict.fromkeys((*NAMES, CONSOLE))
_STILL = dict.fromkeys(NAMES, 0) | {CONSOLE: None}


def test_stop_and_its_lifting(functions: Any) -> None:
    changes: list[tuple[str, str]] = []
    server = ServerCommands(stack=Stack(NAMES, lambda *change: changes.append(change)))
    assert _lines(server.run("-s")) == {"Stopped": [*NAMES]}
    assert _reserved(functions) == _STILL
    assert _lines(server.run("-r")) == {"Started again": [*NAMES]}
    assert _reserved(functions) == _FREE
    assert changes == [("stopped", ", ".join(NAMES)), ("started", ", ".join(NAMES))]


def test_twice_is_said_and_is_no_event(functions: Any) -> None:
    changes: list[str] = []
    stack = Stack(NAMES, lambda *_: changes.append("changed"))
    assert _lines(stack.lift()) == {"Was not stopped": [*NAMES]}
    stack.stop()
    assert _lines(stack.stop()) == {"Was stopped before": [*NAMES]}
    assert _reserved(functions) == _STILL
    stack.lift()
    assert _lines(stack.lift()) == {"Was not stopped": [*NAMES]}
    assert _reserved(functions) == _FREE
    assert changes == ["changed"] * 2


def test_what_an_operator_reserved_is_not_lifted(functions: Any) -> None:
    functions.put_function_concurrency(FunctionName=NAMES[1], ReservedConcurrentExecutions=7)
    stack = Stack(NAMES)
    assert _lines(stack.lift()) == {"Was not stopped": [*NAMES]}
    assert _reserved(functions)[NAMES[1]] == 7
    said = _lines(stack.stop())
    assert said.pop("Stopped") == [NAMES[0], NAMES[2]]
    ((sentence, names),) = said.items()
    assert "7 executions reserved before" in sentence
    assert names == [NAMES[1]]
    assert _reserved(functions) == _STILL


@pytest.mark.usefixtures("functions")
def test_help_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = refuse(monkeypatch, "lambda", "AccessDeniedException")
    server = ServerCommands(stack=Stack(NAMES))
    assert server.run("") == server.run("-h") == ServerCommands().run("")
    assert failed == []


@pytest.mark.parametrize(
    ("failure", "reason", "tries"),
    [
        ("AccessDeniedException", "the console's function may not change it", 1),
        ("UnrecognizedClientException", "the console's function may not change it", 1),
        ("TooManyRequestsException", "Lambda is too busy, try again", 3),
        ("ResourceNotFoundException", "there is no such function", 1),
        ("ResourceConflictException", "Lambda: ResourceConflictException", 1),
        (ReadTimeoutError(endpoint_url="https://x.example"), "Lambda did not answer in time, try again", 3),
    ],
)
def test_one_that_fails_is_named_with_the_reason_and_the_others_are_stopped(
    functions: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception | str,
    reason: str,
    tries: int,
) -> None:
    failed = refuse(monkeypatch, "lambda", failure, only=f"PutFunctionConcurrency {NAMES[1]}")
    answer = Stack(NAMES).stop()
    assert _lines(answer) == {"Stopped": [NAMES[0], NAMES[2]], "Not stopped": [NAMES[1]]}
    assert f"({reason}" in answer
    assert failed == ["PutFunctionConcurrency"] * tries
    assert _reserved(functions) == _STILL | {NAMES[1]: None}
    assert f"{NAMES[1]} was not changed: " in caplog.text
    assert SECRET not in answer + caplog.text


def test_one_that_cannot_be_lifted_is_named(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Stack(NAMES).stop()
    refuse(monkeypatch, "lambda", "AccessDeniedException", only=f"DeleteFunctionConcurrency {NAMES[0]}")
    changes: list[tuple[str, str]] = []
    answer = Stack(NAMES, lambda *change: changes.append(change)).lift()
    assert _lines(answer) == {"Not started again": [NAMES[0]], "Started again": [*NAMES[1:]]}
    assert changes == [("started", ", ".join(NAMES[1:]))]
    assert _reserved(functions) == _FREE | {NAMES[0]: 0}


def test_one_that_is_not_there_is_named(functions: Any) -> None:
    functions.delete_function(FunctionName=NAMES[2])
    assert _lines(Stack(NAMES).stop()) == {"Stopped": [*NAMES[:2]], "Not stopped": [NAMES[2]]}


def test_throttling_that_passes_is_not_noticed(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(monkeypatch, "lambda", "TooManyRequestsException", times=2)
    assert _lines(Stack(NAMES).stop()) == {"Stopped": [*NAMES]}
    assert _reserved(functions) == _STILL


def test_nothing_is_begun_that_the_gateway_would_not_wait_for(functions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.0, 11.0, 13.0])
    monkeypatch.setattr("handlers.console.terminal.stack.time", SimpleNamespace(monotonic=lambda: next(moments)))
    answer = Stack(NAMES).stop()
    assert _lines(answer) == {"Stopped": [*NAMES[:2]], "Not stopped": [NAMES[2]]}
    assert "no time was left" in answer
    assert _reserved(functions) == _STILL | {NAMES[2]: None}


@pytest.mark.usefixtures("functions")
def test_one_client_is_made_and_none_before_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = Session.create_client

    def counted(self: Session, *args: Any, **named: Any) -> Any:
        made.append(args[0])
        return make(self, *args, **named)

    monkeypatch.setattr(Session, "create_client", counted)
    stack = Stack(NAMES)
    assert made == []
    stack.stop()
    stack.lift()
    assert made == ["lambda"]


@pytest.mark.usefixtures("functions")
def test_cloud_that_cannot_be_asked_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with caplog.at_level(logging.ERROR, "castmark.console"):
        assert "Lambda: NoRegionError" in Stack(NAMES).stop()
    assert "NoRegionError" in caplog.text


def test_console_stops_the_functions_of_the_settings_and_notes_it(
    make_client: Callable[..., TestClient], functions: Any
) -> None:
    client = make_client(functions=NAMES, access="open")
    assert _lines(client.get("/command?command=server -s").json()) == {"Stopped": [*NAMES]}
    assert _reserved(functions) == _STILL
    assert _lines(client.get("/command?command=server -r").json()) == {"Started again": [*NAMES]}
    events = [(event["event"], event["result"], event["remark"]) for event in client.get("/getlogs").json()]
    assert events == [("server", "stopped", ", ".join(NAMES)), ("server", "started", ", ".join(NAMES))]
