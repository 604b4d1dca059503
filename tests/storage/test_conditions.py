"""A server that does not honour conditional writes is found out by trying, and nothing of the trial is left."""

from collections.abc import Iterator
from typing import Any

import pytest

from handlers.aws.bucket import Bucket
from handlers.rooms import Rooms
from handlers.settings import Settings
from handlers.soundness.findings import findings
from handlers.storage.conditions import broken
from tests.buckets import NAME, keys, s3


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3() as bucket:
        yield bucket


def _deaf(bucket: Bucket, operation: str, header: str) -> None:
    """Have the server not hear of a condition, as servers do that do not know it."""

    def forget(request: Any, **_: Any) -> None:
        del request.headers[header]

    bucket.client.meta.events.register(f"before-sign.s3.{operation}", forget)


def test_server_that_honours_conditions_is_used(bucket: Bucket) -> None:
    assert broken(bucket) == ""
    assert keys(bucket) == []


@pytest.mark.parametrize(
    ("operation", "header", "sentence"),
    [
        ("PutObject", "If-None-Match", "writes an object that is there already"),
        ("PutObject", "If-Match", "replaces an object that has changed"),
        ("DeleteObject", "If-Match", "removes an object that has changed"),
    ],
)
def test_server_that_is_deaf_to_one_is_found_out(bucket: Bucket, operation: str, header: str, sentence: str) -> None:
    _deaf(bucket, operation, header)
    assert sentence in broken(bucket)
    assert keys(bucket) == []


def test_check_says_so(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = Rooms(Settings(bucket=NAME))
    assert next(findings(rooms)).problem == ""
    monkeypatch.setattr(rooms.storage, "bucket", bucket)
    _deaf(bucket, "PutObject", "If-Match")
    assert "loses uploads that are made at the same time" in next(findings(rooms)).problem
