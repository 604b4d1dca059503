"""The forms of storage in a bucket. Their limits are in the policy: the bucket enforces them, and it alone."""

import base64
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.storage.s3 import S3Storage
from tests.buckets import NAME, s3, send


@pytest.fixture
def storage() -> Iterator[S3Storage]:
    with s3() as bucket:
        yield S3Storage(bucket)


def _conditions(storage: S3Storage, **options: Any) -> list[Any]:
    form = storage.presign("a", "轮毂.png", "image/png", 1234, **options)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    ends = time.mktime(time.strptime(policy["expiration"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
    assert ends - time.time() == pytest.approx(300, abs=5)
    assert form.expires_in == 300
    conditions: list[Any] = policy["conditions"]
    assert all(
        condition[name] == form.fields[name]
        for condition in conditions
        if isinstance(condition, dict)
        for name in condition
        if name != "bucket"
    )
    return conditions


@pytest.mark.parametrize("keep", [False, True])
def test_policy_names_one_key_one_type_and_a_range_of_sizes(storage: S3Storage, keep: bool) -> None:
    conditions = _conditions(storage, keep=keep)
    assert ["content-length-range", 1, 1234] in conditions
    fixed = {name: value for each in conditions if isinstance(each, dict) for name, value in each.items()}
    assert fixed["bucket"] == NAME
    assert fixed["Content-Type"] == "image/png"
    assert fixed["key"].startswith("incoming/a/")
    assert len(fixed["key"]) == len("incoming/a/") + 32
    assert fixed["x-amz-meta-keep"] == "01"[keep]
    assert fixed["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert fixed["x-amz-credential"].split("/")[2:] == ["eu-west-1", "s3", "aws4_request"]
    assert not any(isinstance(each, list) and each[0] == "starts-with" for each in conditions)


def test_keys_are_never_the_same(storage: S3Storage) -> None:
    forms = [storage.presign("a", "x", "image/png", 1) for _ in range(50)]
    assert len({form.fields["key"] for form in forms}) == 50
    assert [form.fields["key"] for form in forms] == sorted(form.fields["key"] for form in forms)


def test_encryption_is_part_of_it() -> None:
    with s3(encryption="AES256") as bucket:
        assert {"x-amz-server-side-encryption": "AES256"} in _conditions(S3Storage(bucket))


def test_goes_to_the_host_of_the_region(storage: S3Storage) -> None:
    assert storage.presign("a", "x", "image/png", 1).url == f"https://{NAME}.s3.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize("name", ["x" * 255, "轮" * 255, "😀" * 255, "\ud800", '"\r\n'])
def test_any_name_fits_into_its_headers(storage: S3Storage, name: str) -> None:
    form = storage.presign("a", name, "image/png", 1)
    metadata = {key: value for key, value in form.fields.items() if key.startswith("x-amz-meta-")}
    assert sum(len(key) + len(value) for key, value in metadata.items()) < 2048
    send(storage, form, io.BytesIO(b"x"))
    assert storage.arrivals("a")[0].name == name.replace("\ud800", "?")


def test_used_a_second_time_brings_nothing(storage: S3Storage) -> None:
    form = storage.presign("a", "x", "image/png", 1)
    send(storage, form, io.BytesIO(b"1"))
    first = storage.adopt(storage.arrivals("a")[0], "image/png", io.BytesIO(b"1"))
    assert first
    for change in (lambda: None, lambda: storage.clear("a")):
        change()
        batch = storage.batch("a")
        send(storage, form, io.BytesIO(b"2"))
        (replay,) = storage.arrivals("a")
        assert storage.adopt(replay, "image/png", io.BytesIO(b"2")) is None
        assert storage.batch("a") == batch
        assert storage.arrivals("a") == []
