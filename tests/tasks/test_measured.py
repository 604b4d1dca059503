"""What a reading came to is in the log with its task's id, and in the cloud among the metrics."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.recognition.reader import Reader
from handlers.records.database import Database
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.local import LocalStorage
from handlers.tasks.base import State
from handlers.tasks.measured import NAMESPACE
from tests.queues import cloud_queue

_OWNER = "a" * 32


def _read(folder: Path, content: bytes, group: str) -> str:
    """The id of a task that a worker has read; its log group is `group`."""
    database = Database(folder / "test.db")
    storage = LocalStorage(folder / "uploads")
    storage.put(_OWNER, [Upload("1.png", "image/png", io.BytesIO(content))])
    with cloud_queue(Settings(log_group=group), database, storage, Reader()) as (queue, deliver):
        task = queue.submit(_OWNER)
        assert (deliver(), queue.task(task.id).state) == (0, State.COMPLETED)
    database.close()
    return task.id


def _metrics(printed: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, printed.splitlines()) if "_aws" in line]


def test_reading_is_counted_in_the_cloud(
    tmp_path: Path, picture: Callable[..., bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    task_id = _read(tmp_path, picture(), "/castmark/stack")
    (line,) = _metrics(capsys.readouterr().out)
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert (declared["Namespace"], declared["Dimensions"]) == (NAMESPACE, [["service"]])
    assert (line["service"], line["task"]) == ("/castmark/stack", task_id)
    counted = {name: line[name] for name in ("Readings", "ForReview", "Empty", "Failed")}
    assert counted == {"Readings": [1.0], "ForReview": [1.0], "Empty": [1.0], "Failed": [0.0]}
    assert {metric["Name"] for metric in declared["Metrics"]} == {*counted, "Milliseconds"}


def test_one_id_leads_from_the_delivery_to_the_reading(
    tmp_path: Path,
    picture: Callable[..., bytes],
    capsys: pytest.CaptureFixture[str],
    lines: Callable[..., list[dict[str, Any]]],
) -> None:
    task_id = _read(tmp_path, picture(), "")
    (delivery,) = lines(event="delivery", task=task_id)
    assert {"request_id", "invocation", "message", "delivery"} <= set(delivery)
    assert lines(event="reading", task=task_id, position=0, forreview=True, empty=True, failed=False)
    assert _metrics(capsys.readouterr().out) == [], "there is no cloud to count in"
