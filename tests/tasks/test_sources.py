"""Where pictures come from: everything once, nothing of our own, and one page of a listing at a time."""

import io
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from handlers.aws.bucket import Bucket
from handlers.errors import BadRequest, BucketMissing, NotFound, StorageRefused, StorageUnavailable
from handlers.settings import Settings
from handlers.storage.base import Upload
from handlers.storage.evidence import LocalEvidence, key_of
from handlers.storage.local import LocalStorage
from handlers.storage.s3 import S3Storage
from handlers.tasks.sources import Source, Sources, sources_of
from tests.buckets import NAME, s3


def _names(sources: Sources) -> list[str]:
    return [source.name for source in sources]


def _content(source: Source) -> bytes:
    with source.open() as file:
        return file.read()


def _sources(place: object, **settings: Any) -> Sources:
    return sources_of(str(place), Settings(**settings))


class TestFolder:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        for name in ("b.png", "a/2.png", "a/1.png", "轮毂/左 1.png", ".DS_Store", ".git/x.png"):
            path = tmp_path / "photos" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
        return tmp_path / "photos"

    def test_files_come_in_the_order_of_their_names_and_without_hidden_ones(self, folder: Path) -> None:
        assert _names(_sources(folder)) == ["a/1.png", "a/2.png", "b.png", "轮毂/左 1.png"]
        assert [_content(source).decode() for source in _sources(folder)] == _names(_sources(folder))

    def test_one_place_is_one_place_wherever_it_is_named_from(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        there = [source.uri for source in _sources("../photos/a")]
        assert there == [source.uri for source in _sources(folder / "a")]
        assert there[0] == (folder / "a/1.png").as_uri()
        assert _sources("../photos/a").uri == _sources(folder / "a").uri == (folder / "a").as_uri()

    def test_one_file_is_itself(self, folder: Path) -> None:
        (source,) = _sources(folder / "b.png")
        assert (source.name, source.size, _content(source)) == ("b.png", 5, b"b.png")
        assert source.uri in [each.uri for each in _sources(folder)]

    def test_links_to_files_count_and_links_to_folders_do_not(self, folder: Path) -> None:
        (folder / "again").symlink_to(folder, target_is_directory=True)
        (folder / "c.png").symlink_to(folder / "b.png")
        (folder / "broken.png").symlink_to(folder / "nothing")
        os.mkfifo(folder / "pipe")
        assert _names(_sources(folder)) == ["a/1.png", "a/2.png", "b.png", "c.png", "轮毂/左 1.png"]

    def test_uploads_of_our_own_are_passed_over(self, folder: Path) -> None:
        LocalStorage(folder / "data" / "uploads").put("a", [Upload("x", "image/png", io.BytesIO(b"x"))])
        key = key_of("a" * 32, 0, 0.0)
        LocalEvidence(folder / "data" / "evidence").put(key, "small", io.BytesIO(b"x"), "image/jpeg")
        (folder / "data" / "y.png").write_bytes(b"y")
        assert "data/y.png" in _names(_sources(folder, data=folder / "data"))
        assert len(_names(_sources(folder, data=folder / "data"))) == 5
        assert list(_sources(folder / "data" / "uploads", data=folder / "data")) == []

    def test_version_is_another_once_the_file_is(self, folder: Path) -> None:
        before = next(iter(_sources(folder / "b.png")))
        os.utime(folder / "b.png", ns=(1, 1))
        touched = next(iter(_sources(folder / "b.png")))
        assert (before.uri, before.version != touched.version) == (touched.uri, True)
        (folder / "b.png").write_bytes(b"longer than it was")
        os.utime(folder / "b.png", ns=(1, 1))
        assert next(iter(_sources(folder / "b.png"))).version not in (before.version, touched.version)

    def test_name_that_is_no_text_has_an_address(self, tmp_path: Path) -> None:
        (tmp_path / "odd").mkdir()
        (tmp_path / "odd" / os.fsdecode(b"\xff.png")).write_bytes(b"x")
        (source,) = _sources(tmp_path / "odd")
        assert source.uri.endswith("/odd/%FF.png")

    def test_file_that_went_away_is_said_when_it_is_opened(self, folder: Path) -> None:
        sources = list(_sources(folder))
        (folder / "b.png").unlink()
        with pytest.raises(BadRequest, match=r"b\.png cannot be read \(No such file"):
            sources[2].open()

    def test_folder_that_went_away_is_said(self, folder: Path) -> None:
        sources = _sources(folder)
        folder.rename(folder.with_name("elsewhere"))
        with pytest.raises(BadRequest, match=r"photos cannot be read \(No such file"):
            list(sources)

    @pytest.mark.parametrize("place", ["nothing", "s3:/x", "s3://", "s3://B_/x", "https://x/y"])
    def test_place_that_is_none_is_said(self, place: str) -> None:
        with pytest.raises(BadRequest, match="s3://bucket/prefix"):
            _sources(place)


class _Answer:
    """Counts the requests of a kind; `code` is answered instead of what S3 would, to those whose URL ends so."""

    def __init__(self, operation: str, code: str = "", ending: str = "") -> None:
        self.asked, self._operation, self._code, self._ending = 0, operation, code, ending

    def watch(self, sources: Sources) -> None:
        bucket: Bucket = vars(sources)["_bucket"]
        bucket.client.meta.events.register_first(f"before-send.s3.{self._operation}", self)

    def __call__(self, request: Any, **_: Any) -> AWSResponse | None:
        self.asked += 1
        if not self._code or not request.url.endswith(self._ending):
            return None
        body = f"<Error><Code>{self._code}</Code></Error>".encode()
        raw = SimpleNamespace(stream=lambda *_, **__: iter([body]), read=lambda *_, **__: body)
        return AWSResponse(request.url, 403, {"content-type": "application/xml"}, raw)


class TestPrefix:
    @pytest.fixture
    def bucket(self) -> Iterator[Bucket]:
        with s3() as bucket:
            yield bucket

    def _put(self, bucket: Bucket, *keys: str) -> None:
        for key in keys:
            bucket.client.put_object(Bucket=bucket.name, Key=key, Body=key.encode())

    def test_objects_under_the_prefix_without_folders_and_hidden_ones(self, bucket: Bucket) -> None:
        self._put(bucket, "in/", "in/1.png", "in/轮毂/左 1.png", "in/.x", "in/.y/z.png", "inner.png", "other")
        assert _names(_sources(f"s3://{NAME}/in/")) == ["1.png", "轮毂/左 1.png"]
        assert _names(_sources(f"s3://{NAME}/in")) == ["in/1.png", "in/轮毂/左 1.png", "inner.png"]
        assert len(_names(_sources(f"s3://{NAME}"))) == 4
        first = next(iter(_sources(f"s3://{NAME}/in/")))
        assert (first.uri, first.size, _content(first)) == (f"s3://{NAME}/in/1.png", 8, b"in/1.png")

    def test_pages_of_the_listing_are_asked_for_one_by_one(self) -> None:
        with s3(page=10) as bucket:
            self._put(bucket, *(f"in/{number:02}" for number in range(12)))
            sources, pages = _sources(f"s3://{NAME}/in/"), _Answer("ListObjectsV2")
            pages.watch(sources)
            rest = iter(sources)
            assert len(list(islice(rest, 10))) == 10
            assert pages.asked == 1
            assert len(list(rest)) == 2
            assert pages.asked == 2

    def test_uploads_of_our_own_are_passed_over(self, bucket: Bucket) -> None:
        S3Storage(bucket).put("a", [Upload("x", "image/png", io.BytesIO(b"x"))])
        self._put(bucket, "incoming/a/1", "evidence/2026-01-01/1.small", "in/1.png", "uploads.png")
        assert _names(_sources(f"s3://{NAME}", bucket=NAME)) == ["in/1.png", "uploads.png"]
        assert len(_names(_sources(f"s3://{NAME}", bucket="another"))) == 6

    def test_version_is_another_once_the_object_is(self, bucket: Bucket) -> None:
        self._put(bucket, "in/1")
        (before,) = _sources(f"s3://{NAME}/in/")
        assert before.version == next(iter(_sources(f"s3://{NAME}/in/"))).version
        bucket.client.put_object(Bucket=NAME, Key="in/1", Body=b"another")
        (after,) = _sources(f"s3://{NAME}/in/")
        assert (before.uri, before.version != after.version) == (after.uri, True)

    def test_object_that_went_away_is_said_when_it_is_opened(self, bucket: Bucket) -> None:
        self._put(bucket, "in/1")
        (source,) = _sources(f"s3://{NAME}/in/")
        bucket.delete(["in/1"])
        with pytest.raises(NotFound, match="in/1 is not there any more"):
            source.open()

    @pytest.mark.parametrize("code", ["AccessDenied", "InvalidObjectState"])
    def test_object_that_may_not_be_had_is_its_own_trouble(self, bucket: Bucket, code: str) -> None:
        self._put(bucket, "in/1", "in/2")
        sources = _sources(f"s3://{NAME}/in/")
        _Answer("GetObject", code, "/in/1").watch(sources)
        first, second = sources
        with pytest.raises(BadRequest, match="in/1 may not be read, or is archived"):
            first.open()
        assert _content(second) == b"in/2"

    def test_credentials_that_end_are_everybodys_trouble(self, bucket: Bucket) -> None:
        self._put(bucket, "in/1")
        sources = _sources(f"s3://{NAME}/in/")
        _Answer("GetObject", "ExpiredToken").watch(sources)
        (source,) = sources
        with pytest.raises(StorageRefused, match=f"s3://{NAME}/in/ may not be read with these credentials"):
            source.open()

    @pytest.mark.parametrize(
        ("code", "error", "sentence"),
        [
            ("AccessDenied", StorageRefused, "may not be read with these credentials"),
            ("NoSuchBucket", BucketMissing, f"There is no bucket {NAME}"),
            ("MethodNotAllowed", StorageUnavailable, "cannot be read at the moment"),
        ],
    )
    def test_bucket_that_cannot_be_listed_is_said(
        self, bucket: Bucket, code: str, error: type[Exception], sentence: str
    ) -> None:
        assert bucket.name == NAME
        sources = _sources(f"s3://{NAME}/in/")
        _Answer("ListObjectsV2", code).watch(sources)
        with pytest.raises(error, match=sentence):
            list(sources)
