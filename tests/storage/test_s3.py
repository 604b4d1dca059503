"""Storage in a bucket: the ways in which S3 fails, and what is left behind."""

import base64
import io
import time
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError, ResponseStreamingError
from botocore.session import Session

from handlers.aws import services
from handlers.aws.bucket import Bucket
from handlers.aws.messages import Messages
from handlers.errors import BucketMissing, StorageBusy, StorageRefused, StorageSilent, StorageUnavailable, TooLarge
from handlers.storage.base import Picture, Upload
from handlers.storage.batch import Batch, batch_of
from handlers.storage.s3 import S3Storage
from tests.buckets import NAME, keys, s3, send


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3() as bucket:
        yield bucket


@pytest.fixture
def storage(bucket: Bucket) -> S3Storage:
    return S3Storage(bucket)


def _upload(name: str = "x", content: bytes = b"x") -> Upload:
    return Upload(name, "image/png", io.BytesIO(content))


class _Failing:
    """Answers requests of a kind with an error of S3's or of the connection, so many times."""

    def __init__(self, bucket: Bucket, operation: str, failure: Any, times: int = 99) -> None:
        self.failure, self.left, self.asked = failure, times, 0
        bucket.client.meta.events.register_first(f"before-send.s3.{operation}", self)

    def __call__(self, request: Any, **_: Any) -> AWSResponse | None:
        self.asked += 1
        if not self.left:
            return None
        self.left -= 1
        if isinstance(self.failure, Exception):
            raise self.failure
        status, code = self.failure
        body = f"<Error><Code>{code}</Code><Message>the secret is 1234</Message></Error>".encode() if code else b""
        raw = SimpleNamespace(stream=lambda *_, **__: iter([body]), read=lambda *_, **__: body)
        return AWSResponse(request.url, status, {"content-type": "application/xml"}, raw)


@pytest.fixture
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))


_OTHER = "https://nowhere.example"


@pytest.mark.usefixtures("_no_waiting")
class TestFailure:
    """Surfaces as itself, after as many tries as make sense."""

    @pytest.mark.parametrize(
        ("failure", "error", "tries"),
        [
            ((403, "AccessDenied"), StorageRefused, 1),
            ((403, "InvalidAccessKeyId"), StorageRefused, 1),
            ((403, "SignatureDoesNotMatch"), StorageRefused, 1),
            ((400, "ExpiredToken"), StorageRefused, 1),
            ((503, "SlowDown"), StorageBusy, 3),
            ((503, "ServiceUnavailable"), StorageBusy, 3),
            ((429, "TooManyRequests"), StorageBusy, 3),
            ((400, "RequestTimeout"), StorageSilent, 3),
            ((500, "InternalError"), StorageUnavailable, 3),
            ((418, "Whatever"), StorageUnavailable, 1),
            (ReadTimeoutError(endpoint_url=_OTHER), StorageSilent, 3),
            (ConnectTimeoutError(endpoint_url=_OTHER), StorageSilent, 3),
            (EndpointConnectionError(endpoint_url=_OTHER), StorageUnavailable, 3),
        ],
    )
    def test_of_reading(
        self, storage: S3Storage, failure: Any, error: type[Exception], tries: int, caplog: pytest.LogCaptureFixture
    ) -> None:
        (picture,) = storage.put("a", [_upload()])
        failing = _Failing(storage.bucket, "GetObject", failure)
        with pytest.raises(error) as raised:
            storage.batch("a")
        assert type(raised.value) is error
        assert failing.asked == tries
        assert "1234" not in str(raised.value)
        assert "GetObject: " in caplog.text
        with pytest.raises(error), storage.open(picture):
            pass

    @pytest.mark.parametrize("operation", ["PutObject", "ListObjectsV2", "DeleteObjects", "HeadObject"])
    def test_of_any_other_request(self, storage: S3Storage, operation: str) -> None:
        storage.put("a", [_upload()])
        send(storage, storage.presign("a", "x", "image/png", 1), io.BytesIO(b"x"))
        failing = _Failing(storage.bucket, operation, (403, "AccessDenied"))
        change = (lambda: storage.put("a", [_upload()])) if operation == "PutObject" else lambda: storage.clear("a")
        with pytest.raises(StorageRefused):
            change()
        assert failing.asked

    @pytest.mark.parametrize(
        ("status", "error", "tries"), [(403, StorageRefused, 1), (503, StorageBusy, 3), (500, StorageUnavailable, 3)]
    )
    def test_that_is_answered_by_a_status_alone(
        self, storage: S3Storage, status: int, error: type[Exception], tries: int
    ) -> None:
        send(storage, storage.presign("a", "x", "image/png", 1), io.BytesIO(b"x"))
        failing = _Failing(storage.bucket, "HeadObject", (status, ""))
        with pytest.raises(error) as raised:
            storage.arrivals("a")
        assert (type(raised.value), failing.asked) == (error, tries)

    def test_that_passes_is_not_noticed(self, storage: S3Storage) -> None:
        for operation in ("GetObject", "PutObject"):
            _Failing(storage.bucket, operation, (503, "SlowDown"), times=2)
        put = storage.put("a", [_upload()])
        assert storage.batch("a") == put

    def test_of_tidying_up_costs_no_upload(self, bucket: Bucket) -> None:
        storage = S3Storage(bucket, grace=0)
        for name in "123":
            storage.put("a", [_upload(name)])
        _Failing(bucket, "DeleteObjects", (403, "AccessDenied"))
        new = storage.put("a", [_upload("new")])
        assert storage.batch("a") == new

    def test_of_tidying_up_brings_nothing_back(self, storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
        send(storage, storage.presign("a", "arrived", "image/png", 1), io.BytesIO(b"x"))
        (arrival,) = storage.arrivals("a")

        def refuse(*_: object) -> None:
            raise StorageRefused("No.")

        monkeypatch.setattr(Bucket, "delete", refuse)
        new = storage.put("a", [_upload("new")])
        assert storage.arrivals("a") == [arrival]
        assert storage.adopt(arrival, "image/png", io.BytesIO(b"x")) is None
        assert storage.batch("a") == new

    def test_of_one_key_of_many_is_noticed(self, storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
        storage.put("a", [_upload()])
        refusal = {"Errors": [{"Key": "x", "Code": "AccessDenied"}]}
        monkeypatch.setattr(storage.bucket.client, "delete_objects", lambda **_: refusal)
        with pytest.raises(StorageRefused):
            storage.clear("a")


def test_bucket_that_is_missing_is_not_a_picture_that_is(bucket: Bucket) -> None:
    storage = S3Storage(Bucket("another-bucket"))
    picture = Picture("a", "k", "x", "image/png", 1, "", S3Storage(bucket).put("a", [_upload()])[0].stored)
    with pytest.raises(BucketMissing, match="CASTMARK_BUCKET"):
        storage.batch("a")
    with pytest.raises(BucketMissing):
        storage.put("a", [_upload()], keep=True)
    with pytest.raises(BucketMissing):
        storage.clear("a")
    with pytest.raises(BucketMissing), storage.open(picture):
        pass


def test_server_without_credentials_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    with pytest.raises(StorageRefused):
        S3Storage(Bucket(NAME)).batch("a")


def test_answer_that_breaks_off_is_asked_for_again(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    (picture,) = storage.put("a", [_upload()])
    breaks = [2]

    def chunks(_: int) -> Iterator[bytes]:
        yield b"first"
        if breaks[0]:
            breaks[0] -= 1
            raise ResponseStreamingError(error="it broke off")
        yield b" and last"

    body = SimpleNamespace(iter_chunks=chunks)
    monkeypatch.setattr(storage.bucket.client, "get_object", lambda **_: {"Body": body})
    with storage.open(picture) as file:
        assert file.read() == b"first and last"
    breaks[0] = 99
    with pytest.raises(StorageUnavailable), storage.open(picture):
        pass


@pytest.mark.parametrize("keep", [False, True])
def test_change_whose_answer_got_lost_is_made_once(
    storage: S3Storage, monkeypatch: pytest.MonkeyPatch, keep: bool
) -> None:
    (old,) = storage.put("a", [_upload("old")])
    replace = Bucket.replace
    lost = iter([True])

    def losing(*args: Any) -> bool:
        return replace(*args) and not next(lost, False)

    monkeypatch.setattr(Bucket, "replace", losing)
    new = storage.put("a", [_upload("new")], keep=keep)
    assert storage.batch("a") == ([old] if keep else []) + new
    send(storage, storage.presign("a", "late", "image/png", 1, keep=keep), io.BytesIO(b"x"))
    (arrival,) = storage.arrivals("a")
    lost = iter([True])
    late = storage.adopt(arrival, "image/png", io.BytesIO(b"x"))
    assert late
    assert storage.batch("a") == ([old, *new] if keep else []) + [late]


def test_nothing_but_what_the_batch_names_is_left(bucket: Bucket) -> None:
    storage = S3Storage(bucket, grace=0)
    for number in range(4):
        storage.put("a", [_upload(str(number))])
    (picture,) = storage.batch("a")
    assert keys(bucket, "uploads/") == [f"uploads/a/{picture.key}"]
    storage.clear("a")
    assert keys(bucket) == ["batches/a"], "which remembers what was taken in"
    storage.expire(time.time() + 3600)
    assert keys(bucket) == []


def test_upload_that_fails_half_way_leaves_nothing(storage: S3Storage) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002
            raise ConnectionResetError("the client went away")

    with pytest.raises(ConnectionResetError):
        storage.put("a", [_upload(), Upload("y", "image/png", Broken())])
    assert keys(storage.bucket) == []


def test_expiry_sees_past_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3(page=10) as bucket:
        storage = S3Storage(bucket, grace=-60)
        (picture,) = storage.put("living", [_upload()])
        for number in range(25):
            bucket.replace(f"uploads/living/orphan-{number:02}", b"x", None)
        send(storage, storage.presign("a", "x", "image/png", 1), io.BytesIO(b"x"))
        assert len(keys(bucket)) == 28
        assert storage.expire(picture.stored.timestamp() - 60) == 0
        assert len(keys(bucket)) == 28
        monkeypatch.setattr(storage, "_expire", lambda *_: False)
        assert storage.expire(time.time() + 60) == 0
        assert keys(bucket) == ["batches/living", f"uploads/living/{picture.key}"]
        monkeypatch.undo()
        assert storage.expire(time.time() + 60) == 1
        assert keys(bucket) == []


def test_sweep_asks_by_the_page_and_not_for_each_owner(storage: S3Storage) -> None:
    for number in range(40):
        storage.put(f"{number:032}", [_upload(), _upload()])
    asked: list[str] = []
    storage.bucket.client.meta.events.register("before-call.s3.*", lambda model, **_: asked.append(model.name))
    assert storage.expire(time.time() + 60) == 40
    assert Counter(asked) == {"ListObjectsV2": 4, "DeleteObject": 40, "DeleteObjects": 1}
    assert keys(storage.bucket) == []


def test_batch_that_is_changed_while_it_expires_stays(storage: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    storage.put("a", [_upload("old")])
    remove = storage.bucket.delete_unchanged

    def be_late(key: str, tag: str) -> bool:
        storage.put("a", [_upload("new")], keep=True)
        return remove(key, tag)

    monkeypatch.setattr(storage.bucket, "delete_unchanged", be_late)
    assert storage.expire(time.time() + 60) == 0
    assert [picture.name for picture in storage.batch("a")] == ["old", "new"]


def test_object_is_stored_as_what_it_is() -> None:
    with s3(encryption="aws:kms") as bucket:
        (picture,) = S3Storage(bucket).put("a", [Upload("轮毂.heic", "image/heic", io.BytesIO(b"x"))])
        facts = bucket.client.head_object(Bucket=NAME, Key=f"uploads/a/{picture.key}")
        assert (facts["ContentType"], facts["ServerSideEncryption"]) == ("image/heic", "aws:kms")
        batch = bucket.client.head_object(Bucket=NAME, Key="batches/a")
        assert batch["ServerSideEncryption"] == "aws:kms"


def test_bucket_checks_what_it_gets(storage: S3Storage) -> None:
    sent: list[bytes] = []

    def note(request: Any, **_: Any) -> None:
        sent.append(request.headers.get("x-amz-checksum-sha256", b""))

    storage.bucket.client.meta.events.register_first("before-send.s3.PutObject", note)
    (picture,) = storage.put("a", [_upload("x", b"0123456789")])
    assert base64.b64decode(sent[0]).hex() == picture.sha256


@pytest.mark.usefixtures("bucket")
def test_one_session_is_made_and_only_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    make = Session.__init__

    def noting(self: Session, *args: Any, **named: Any) -> None:
        made.append(self)
        make(self, *args, **named)

    services._session.cache_clear()
    monkeypatch.setattr(Session, "__init__", noting)
    bucket, messages = Bucket(NAME), Messages("")
    S3Storage(bucket)
    assert made == []
    assert bucket.client is bucket.client
    assert messages.client is messages.client
    services.client("logs")
    assert len(made) == 1


def test_link_answers_the_picture_to_whoever_has_it(storage: S3Storage) -> None:
    (picture,) = storage.put("a", [_upload()])
    link = storage.link(picture)
    assert link
    address, _, query = link.partition("?")
    assert address == f"https://{NAME}.s3.eu-west-1.amazonaws.com/uploads/a/{picture.key}"
    for part in ("X-Amz-Expires=300", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "response-content-type=image%2Fpng"):
        assert part in query


def test_replaced_pictures_and_used_forms_are_forgotten_in_time() -> None:
    batch = Batch(replaced={"old": 100.0, "new": 1000.0}, taken={"old": 100.0, "new": 4000.0})
    later = batch.forgetting(4100.0, grace=3500.0)
    assert (later.replaced, later.taken) == ({"new": 1000.0}, {"new": 4000.0})


def test_bytes_of_one_owner_are_bounded_whoever_writes(bucket: Bucket) -> None:
    """As copies of a function do it: the batch says what the others have written, and what they replaced lately."""
    copies = [S3Storage(bucket, most=10) for _ in range(3)]
    copies[0].put("me", [_upload(content=b"1234")])
    copies[1].put("me", [_upload(content=b"56789")])
    before = keys(bucket)
    with pytest.raises(TooLarge, match="more than"):
        copies[2].put("me", [_upload(content=b"01")], keep=True)
    assert keys(bucket) == before, "what was written for it is gone"
    assert [picture.size for picture in copies[2].batch("me")] == [5]
    copies[2].put("you", [_upload(content=b"01")])
    copies[2].clear("me")
    copies[2].put("me", [_upload(content=b"0123456789")])


def test_arrival_beyond_the_bytes_of_its_owner_is_refused(bucket: Bucket) -> None:
    storage = S3Storage(bucket, most=10)
    storage.put("me", [_upload(content=b"123456789")])
    send(storage, storage.presign("me", "x.png", "image/png", 9, keep=True), io.BytesIO(b"12"))
    (arrival,) = storage.arrivals("me")
    with storage.open(arrival) as file, pytest.raises(TooLarge):
        storage.adopt(arrival, "image/png", file)
    assert [picture.size for picture in storage.batch("me")] == [9]
    assert len([key for key in keys(bucket) if key.startswith("uploads/")]) == 1


def test_batch_that_was_written_before_sizes_were_is_read() -> None:
    assert batch_of(b'{"pictures": [], "replaced": {"k": 1.0}, "taken": {}}').weight == 0
