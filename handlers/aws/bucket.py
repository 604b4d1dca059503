"""One S3 bucket: the few things asked of it, and its errors told apart.

Only a key that is not there counts as missing. All else is the bucket's own trouble: logged with its code, and said
to the caller in a sentence. botocore's `standard` mode has tried again by then, where that could help.
"""

import base64
import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from handlers.aws.clients import made
from handlers.aws.refusals import Kind, Refusal, refusals
from handlers.errors import BucketMissing, StorageBusy, StorageRefused, StorageSilent, StorageUnavailable

_log = logging.getLogger("castmark.storage")
_PIECE = 1024 * 1024
# Silence costs 3.5 seconds each time, with the pauses 14, of the 20 that the shortest function has that waits for it.
_TRIES = 3
# What one DeleteObjects takes.
_MOST_AT_ONCE = 1000
# Put with If-Match says that there is no such key where the object is gone.
_CHANGED: frozenset[Kind] = frozenset({"changed", "missing"})
_MISSING: frozenset[Kind] = frozenset({"missing"})


@dataclass(frozen=True, slots=True)
class Listed:
    """An object of a listing; `changed` is in UTC, `size` in bytes, `tag` another one whenever the content is."""

    key: str
    size: int
    changed: datetime
    tag: str


class Bucket:
    """The bucket `name`. `endpoint` is the URL of another server than AWS's; `encryption` an algorithm, or empty."""

    def __init__(self, name: str, *, endpoint: str = "", encryption: str = "") -> None:
        self.name = name
        self._endpoint = endpoint
        self._encryption = {"ServerSideEncryption": encryption} if encryption else {}
        self._lock = threading.Lock()
        self._client: Any = None

    @property
    def client(self) -> Any:
        """One client, made when first asked for."""
        with self._lock:
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def get(self, key: str) -> tuple[bytes, str] | None:
        """An object's bytes and tag, or None."""
        with _asking("GetObject", but=_MISSING):
            answer = self.client.get_object(Bucket=self.name, Key=key)
            return answer["Body"].read(), answer["ETag"]
        return None

    def fetch(self, key: str, file: BinaryIO) -> bool:
        """Write an object's bytes into `file`, in pieces; False where there is none."""
        from botocore.exceptions import IncompleteReadError, ReadTimeoutError, ResponseStreamingError

        # botocore tries a request again, but not an answer that breaks off.
        for tries_left in range(_TRIES - 1, -1, -1):
            with _asking("GetObject", but=_MISSING):
                body = self.client.get_object(Bucket=self.name, Key=key)["Body"]
                try:
                    return _copied(body, file)
                except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
                    if tries_left:
                        continue
                    raise
            return False
        raise AssertionError("the last try returns or raises")

    def put(self, key: str, file: BinaryIO, *, size: int, sha256: bytes, content_type: str) -> None:
        """Write an object from where `file` stands; S3 checks that it got what has that SHA-256."""
        facts = {"ContentLength": size, "ContentType": content_type, "ChecksumSHA256": _encoded(sha256)}
        with _asking("PutObject"):
            self.client.put_object(Bucket=self.name, Key=key, Body=file, **facts, **self._encryption)

    def replace(self, key: str, content: bytes, tag: str | None) -> bool:
        """Write an object in place of the one with that tag, or where there was none; False where that has changed."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        facts = {"ContentType": "application/json", **condition, **self._encryption}
        with _asking("PutObject", but=_CHANGED):
            self.client.put_object(Bucket=self.name, Key=key, Body=content, **facts)
            return True
        return False

    def head(self, key: str) -> Mapping[str, Any] | None:
        """An object's `ContentLength`, `Metadata` and more, as botocore gives them, or None."""
        # HEAD has no body: a bucket that is missing looks like a key that is. Whoever asks has listed it before.
        with _asking("HeadObject", but=_MISSING):
            facts: Mapping[str, Any] = self.client.head_object(Bucket=self.name, Key=key)
            return facts
        return None

    def list(self, prefix: str) -> Iterator[Listed]:
        """Every object whose key begins so, in the order of the keys, however many there are."""
        with _asking("ListObjectsV2"):
            for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for row in page.get("Contents", ()):
                    yield Listed(row["Key"], row["Size"], row["LastModified"], row["ETag"])

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects, whether or not they are there."""
        for start in range(0, len(keys), _MOST_AT_ONCE):
            rows = [{"Key": key} for key in keys[start : start + _MOST_AT_ONCE]]
            with _asking("DeleteObjects"):
                answer = self.client.delete_objects(Bucket=self.name, Delete={"Objects": rows, "Quiet": True})
                for failed in answer.get("Errors", ()):
                    raise Refusal(str(failed.get("Code", "")))

    def delete_unchanged(self, key: str, tag: str) -> bool:
        """Remove the object with that tag; another one in its place stays, and False is returned."""
        with _asking("DeleteObject", but=_CHANGED):
            self.client.delete_object(Bucket=self.name, Key=key, IfMatch=tag)
            return True
        return False

    def form(self, key: str, fields: Mapping[str, str], size: int, seconds: int) -> tuple[str, dict[str, str]]:
        """The URL and the fields of a presigned POST of at most `size` bytes to exactly `key`, with these fields."""
        fixed = dict(fields)
        if self._encryption:
            fixed["x-amz-server-side-encryption"] = self._encryption["ServerSideEncryption"]
        conditions = [*({name: value} for name, value in fixed.items()), ["content-length-range", 1, size]]
        with _asking("PresignedPost"):
            form = self.client.generate_presigned_post(self.name, key, fixed, conditions, seconds)
        return form["url"], form["fields"]

    def link(self, key: str, answering: Mapping[str, str], seconds: int) -> str:
        """A presigned GET of `key`; `answering` are parameters of GetObject that shape the answer."""
        parameters = {"Bucket": self.name, "Key": key, **answering}
        with _asking("PresignedGet"):
            url: str = self.client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=seconds)
        return url

    def _make_client(self) -> Any:
        from botocore.config import Config

        config = Config(
            # The default signs forms in a way that newer regions refuse.
            signature_version="s3v4",
            # AWS: by the region's own host, or a new bucket answers a form with a redirect. Others know paths only.
            s3={"addressing_style": "path" if self._endpoint else "virtual"},
            retries={"mode": "standard", "total_max_attempts": _TRIES},
            connect_timeout=3.5,
            read_timeout=3.5,
            # Other servers do not all know the checksums that botocore would add by itself.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with _asking("CreateClient"):
            return made("s3", endpoint_url=self._endpoint or None, config=config)


def _copied(body: Any, file: BinaryIO) -> bool:
    file.seek(0)
    file.truncate()
    for piece in body.iter_chunks(_PIECE):
        file.write(piece)
    return True


def _encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


@contextmanager
def _asking(operation: str, *, but: frozenset[Kind] = frozenset()) -> Iterator[None]:
    """Refusals as errors of ours, `but` those of these kinds: they only end the block."""
    try:
        with refusals():
            yield
    except Refusal as refusal:
        if refusal.kind not in but:
            raise _error(operation, refusal) from refusal


def _error(operation: str, refusal: Refusal) -> StorageUnavailable:
    _log.error("%s: %s", operation, refusal.code)
    if refusal.code == "NoSuchBucket":
        return BucketMissing(
            "The picture storage is not there; its operator has to create the bucket, or to correct CASTMARK_BUCKET."
        )
    if refusal.kind == "refused":
        return StorageRefused("The server may not use its picture storage; its operator has to allow it.")
    if refusal.kind == "busy":
        return StorageBusy("The picture storage is too busy at the moment; try again soon.")
    if refusal.kind == "silent":
        return StorageSilent("The picture storage did not answer in time; try again soon.")
    return StorageUnavailable("The picture storage cannot be used at the moment; try again soon.")
