"""Events in the cloud: lines that Lambda takes from standard error into a log group, and what is found there again."""

import io
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.session import Session
from moto import mock_aws
from moto.logs.models import LogEvent, logs_backends
from moto.logs.responses import LogsResponse
from starlette.testclient import TestClient

from handlers.errors import LogUnavailable
from handlers.log import open_log
from handlers.logbook.cloud import CloudEvents
from handlers.logbook.files import EventLog
from tests.buckets import ENVIRONMENT
from tests.refusing import SECRET, refuse

GROUP = "/castmark/stack"
TOKEN = "a token of sixteen"
_DAY = 86_400_000
_UUID = "3f0c6d0e-1111-2222-3333-444455556666"


class Group:
    """moto's log group with two functions' streams."""

    def __init__(self) -> None:
        client = Session().create_client("logs")
        client.create_log_group(logGroupName=GROUP)
        for stream in "ab":
            client.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        streams = logs_backends["123456789012"][ENVIRONMENT["AWS_DEFAULT_REGION"]].groups[GROUP].streams
        self._streams = streams
        self.now = int(time.time() * 1000)

    def keep(self, lines: str, *, age: int = 0, stream: str = "a") -> None:
        """Keep lines as Lambda does, each an entry of its own, `age` milliseconds old."""
        moment = self.now - age
        # Not by PutLogEvents: it takes nothing that is older than 14 days.
        self._streams[stream].events += [
            LogEvent(moment, {"timestamp": moment, "message": line}) for line in lines.splitlines(keepends=True)
        ]


@pytest.fixture
def group() -> Iterator[Group]:
    with mock_aws(), patch.dict("os.environ", ENVIRONMENT):
        yield Group()


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Teaches moto what AWS knows and it does not, to answer newest first; how many lines each answer held.

    As AWS may, it answers with fewer than it was asked for, and with none while there are more.
    """
    sizes: list[int] = []

    def newest_first(self: LogsResponse) -> str:
        assert self._get_param("startFromHead") is False
        since, most = self._get_param("startTime"), min(self._get_param("limit"), 400)
        start = int(self._get_param("nextToken", 0))
        found, _, _ = self.logs_backend.filter_log_events(GROUP, [], since, 0, 10_000, None, "", True)
        page = found[::-1][start : start + most] if len(sizes) % 2 else []
        sizes.append(len(page))
        end = start + len(page)
        return json.dumps({"events": page, "nextToken": str(end) if end < len(found) else None})

    monkeypatch.setattr(LogsResponse, "filter_log_events", newest_first)
    return sizes


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The lines on standard error since the last time."""
    error = io.StringIO()
    monkeypatch.setattr(sys, "stderr", error)
    open_log()

    def since() -> str:
        lines = error.getvalue()
        error.seek(0)
        error.truncate()
        return lines

    return since


def _line(remark: str) -> str:
    fields = {"timestamp": "2026-01-02 03:04:05", "event": "upload", "result": "ok", "remark": remark}
    return json.dumps({"kind": "event", "level": "info", **fields})


def _remarks(limit: int = 1000) -> list[str]:
    return [event["remark"] for event in CloudEvents(GROUP).latest(limit)]


def test_events_come_back_as_from_the_file_and_the_oldest_first(
    group: Group, written: Callable[[], str], tmp_path: Any
) -> None:
    cloud, file = CloudEvents(GROUP, timezone="Asia/Shanghai"), EventLog(tmp_path / "x", timezone="Asia/Shanghai")
    assert cloud.latest() == []
    for age, event in ((2, ("upload", "ok", "2 轮毂")), (1, ("reading", "failed")), (0, ("login", "ok", "x" * 600))):
        cloud.note(*event)
        file.note(*event)
        group.keep(written(), age=age, stream="ab"[age % 2])
    found = cloud.latest()
    assert [list(event) for event in found] == [["timestamp", "event", "result", "remark"]] * 3
    # Their seconds may differ.
    assert [list(event.values())[1:] for event in found] == [list(event.values())[1:] for event in file.latest()]
    assert found[0]["timestamp"][:13] in {event["timestamp"][:13] for event in file.latest()}


def test_events_up_to_a_second_are_those_and_no_later_ones(group: Group, written: Callable[[], str]) -> None:
    cloud = CloudEvents(GROUP, timezone="Asia/Shanghai")
    for age, remark in ((7_200_000, "old"), (0, "new")):
        cloud.note("upload", "ok", remark)
        group.keep(written(), age=age)
    (new,) = cloud.latest(1)
    before = datetime.strptime(new["timestamp"], "%Y-%m-%d %H:%M:%S") - timedelta(hours=1)
    assert [event["remark"] for event in cloud.latest(9, f"{before:%Y-%m-%d %H:%M:%S}")] == ["old"]
    assert len(cloud.latest(9, new["timestamp"])) == 2


def test_other_lines_are_passed_over(group: Group, written: Callable[[], str]) -> None:
    logging.getLogger("castmark.request").info("request", extra={"facts": {"route": "/upload", "status": 200}})
    logging.getLogger("castmark.failure").error("Events: %s", _line("quoted"))
    others = ["START RequestId: 8f507cfc Version: 7", '{"kind": "event", "time', "[" * 100_000, "{}", "null"]
    group.keep(written() + "\n".join(others))
    CloudEvents(GROUP).note("upload", "ok", "kept")
    group.keep(written())
    assert _remarks() == ["kept"]


@pytest.mark.usefixtures("group")
def test_the_pattern_fits_events_and_no_other_line(written: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    """moto takes a pattern of this kind for one that fits every line."""
    patterns: list[str] = []
    search = LogsResponse.filter_log_events

    def searching(self: LogsResponse) -> str:
        patterns.append(self._get_param("filterPattern"))
        return search(self)

    monkeypatch.setattr(LogsResponse, "filter_log_events", searching)
    CloudEvents(GROUP).latest()
    field, value = re.fullmatch(r'\{ \$\.(\w+) = "(\w+)" \}', patterns[0]).groups()  # type: ignore[union-attr]
    CloudEvents(GROUP).note("upload", "ok", "x")
    logging.getLogger("castmark.request").info("request", extra={"facts": {"route": "/upload", "status": 200}})
    logging.getLogger("castmark.failure").error("kind = event")
    event, *others = map(json.loads, written().splitlines())
    assert event[field] == value
    assert len(others) == 2
    assert all(field not in other for other in others)


def test_remarks_are_short_printable_and_without_uuids_in_the_log_itself(written: Callable[[], str]) -> None:
    CloudEvents(GROUP).note("upload", "ok", f"client {_UUID}\r\n{{\ud800{'x' * 600}")
    line = written()
    assert line.count("\n") == 1
    assert json.loads(line)["remark"].startswith("client (uuid)  { xxx")
    assert len(json.loads(line)["remark"]) == 500
    assert _UUID not in line


@pytest.mark.usefixtures("pages")
def test_the_latest_of_many_are_found(group: Group, pages: list[int]) -> None:
    for number in range(2500):
        group.keep(_line(str(number)), age=3000 - number, stream="ab"[number % 2])
    assert _remarks() == [str(number) for number in range(1500, 2500)]
    assert pages == [0, 400, 0, 400, 0, 400]
    assert _remarks(25) == [str(number) for number in range(2475, 2500)]
    assert _remarks(0) == []


def test_those_of_one_millisecond_stay_in_order(group: Group, pages: list[int]) -> None:
    group.keep("\n".join(_line(str(number)) for number in range(5)))
    assert _remarks() == ["0", "1", "2", "3", "4"]
    assert pages == [0, 5]


def test_thirty_days_are_searched(group: Group) -> None:
    group.keep(_line("too old"), age=31 * _DAY)
    group.keep(_line("old"), age=29 * _DAY)
    group.keep(_line("new"))
    assert _remarks() == ["old", "new"]


def test_search_ends_where_a_gateway_would_not_wait(
    group: Group, pages: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(2500):
        group.keep(_line(str(number)), age=3000 - number)
    moments = iter([0.0, 1.0, 11.0, 13.0])
    clock = SimpleNamespace(time=time.time, monotonic=lambda: next(moments))
    monkeypatch.setattr("handlers.aws.log_group.time", clock)
    assert _remarks() == [str(number) for number in range(2100, 2500)]
    assert pages == [0, 400]


@pytest.mark.parametrize(
    ("failure", "code", "tries"),
    [
        ("AccessDeniedException", "AccessDeniedException", 1),
        ("ThrottlingException", "ThrottlingException", 3),
        ("ResourceNotFoundException", "ResourceNotFoundException", 1),
        (ReadTimeoutError(endpoint_url="https://x.example"), "ReadTimeoutError", 3),
    ],
)
@pytest.mark.usefixtures("group")
def test_failure_is_said_and_is_no_empty_log(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception | str,
    code: str,
    tries: int,
) -> None:
    failed = refuse(monkeypatch, "cloudwatch-logs", failure)
    with pytest.raises(LogUnavailable) as error:
        CloudEvents(GROUP).latest()
    assert failed == ["FilterLogEvents"] * tries
    assert f"FilterLogEvents: {code}" in caplog.text
    assert SECRET not in str(error.value) + caplog.text


def test_getlogs_reads_the_group_of_the_settings(
    group: Group, written: Callable[[], str], make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(host="0.0.0.0", token=TOKEN, log_group=GROUP)
    client.post("/upload", files={"f": ("1.png", picture())})
    group.keep(written(), age=1)
    client.get("/getlogs")
    group.keep(written())
    events = client.get("/getlogs", headers={"Authorization": f"Bearer {TOKEN}"}).json()
    assert [(event["event"], event["result"]) for event in events] == [("upload", "ok"), ("getlogs", "refused")]


@pytest.mark.usefixtures("group")
def test_getlogs_that_cannot_be_read_is_a_sentence(
    make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, "cloudwatch-logs", "AccessDeniedException")
    answer = make_client(access="open", log_group=GROUP).get("/getlogs")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json() == {"error": "The event log cannot be read at the moment; try again soon."}


def test_log_that_is_switched_off_notes_and_asks_nothing(
    written: Callable[[], str], make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(access="open", log_group=GROUP, log_switch=False)
    client.post("/upload", files={"f": ("1.png", picture())})
    (event,) = client.get("/getlogs").json()
    assert "switched off" in event["remark"]
    assert '"kind"' not in written()
