"""Pictures kept with readings: alike in a folder and in a bucket, and gone when their days are over."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handlers.errors import NotFound, StorageFull
from handlers.storage.evidence import BucketEvidence, Evidence, LocalEvidence, key_of
from tests.buckets import s3

_TASK = "a" * 32
_DAY = 86_400.0
_NOW = datetime(2026, 3, 10, 12, tzinfo=UTC).timestamp()


@pytest.fixture(params=["folder", "bucket"])
def evidence(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Evidence]:
    if request.param == "folder":
        yield LocalEvidence(tmp_path / "evidence")
        return
    with s3() as bucket:
        yield BucketEvidence(bucket)


def _kept(evidence: Evidence, position: int = 0, moment: float = _NOW) -> str:
    key = key_of(_TASK, position, moment)
    evidence.put(key, "crop", io.BytesIO(b"crop"), "image/jpeg")
    return key


def test_what_is_kept_is_there_and_may_be_kept_again(evidence: Evidence) -> None:
    key = _kept(evidence)
    assert key == f"2026-03-10/{_TASK}-0"
    assert evidence.get(_kept(evidence), "crop") == b"crop"


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (f"2026-03-10/{_TASK}-1", "crop"),
        (f"2026-03-10/{_TASK}-0", "whole"),
        (f"2026-03-10/{_TASK}-0", "../crop"),
        (f"../{_TASK}-0", "crop"),
        ("", "crop"),
    ],
)
def test_what_is_not_kept_is_not_found(evidence: Evidence, key: str, kind: str) -> None:
    _kept(evidence)
    with pytest.raises(NotFound):
        evidence.get(key, kind)


def test_days_that_are_over_go_and_others_stay(evidence: Evidence) -> None:
    old, edge, new = (_kept(evidence, moment=_NOW - days * _DAY) for days in (9, 7, 1))
    evidence.expire(_NOW - 7 * _DAY)
    for key in (edge, new):
        assert evidence.get(key, "crop") == b"crop"
    with pytest.raises(NotFound):
        evidence.get(old, "crop")


def test_nothing_kept_yet_is_nothing_to_expire(evidence: Evidence) -> None:
    evidence.expire(_NOW)


def test_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Disk", (), {"free": 10, "total": 10**9}))
    with pytest.raises(StorageFull):
        _kept(LocalEvidence(tmp_path, reserve=1000))
