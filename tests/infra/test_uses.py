"""Each function with the environment that the template gives it: what it asks of AWS is what its role allows, no more
and no less, and it keeps nothing in files, of which Lambda has none to write.
"""

import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from moto.s3.models import s3_backends
from starlette.requests import HTTPConnection

from handlers.access.caller import caller_of, caller_with
from handlers.aws.bucket import Bucket
from handlers.lambda_.functions import handler_of, worker_of
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.storage.base import Upload
from handlers.storage.batch import Batch
from handlers.storage.evidence import BucketEvidence, key_of
from handlers.storage.s3 import S3Storage
from tests.buckets import send
from tests.clouds import event_loop, golden, invoke
from tests.infra.cloud import BUCKET, asked, cloud, make_functions, make_log, make_secret
from tests.infra.conftest import TOKEN, Check
from tests.infra.resolving import Stack
from tests.infra.test_rights import DATABASE, USES
from tests.infra.test_template import CLOUD, api_of, variables
from tests.queues import Context, Queues

Encoded = Callable[..., bytes]
OWNER = caller_with("1").owner
# Whom an event without a uuid comes from.
SENDER = golden("http_api_v2")["requestContext"]["http"]
CONNECTION = {"type": "http", "query_string": b"", "client": (SENDER["sourceIp"], 0)}
NOBODY = caller_of(HTTPConnection(CONNECTION | {"headers": [(b"user-agent", SENDER["userAgent"].encode())]})).owner
OPERATOR = {"authorization": f"Bearer {TOKEN}"}
FORM = {"content-type": "multipart/form-data; boundary=edge"}
FILE = b"--edge\r\ncontent-disposition: form-data; name=a; filename=a.png\r\n\r\n%b\r\n--edge--\r\n"
# Requests that make a function do all that it ever does.
CALLS: dict[str, list[tuple[str, str, str]]] = {
    "page": [("GET", "/", ""), ("GET", "/web/page.js", "")],
    "test": [("GET", "/test", "")],
    "ishttps": [("GET", "/isHTTPS", "")],
    "upload": [("POST", "/upload", "uuid=1&keep=1"), ("POST", "/upload", "uuid=1")],
    "presign": [("POST", "/presign", "name=a.png&content_type=image/png&size=9&uuid=1")],
    "start": [("GET", "/start", "uuid=1"), ("GET", "/start", "")],
    "status": [("GET", "/status", "uuid=1")],
    "clear": [("GET", "/clear", "uuid=1")],
    "clients": [("GET", "/removeuuid", "uuid=1"), ("GET", "/adduuid", "uuid=1")],
    "getpicture": [("GET", "/getpicture", "uuid=1")],
    "info": [("GET", "/info", "uuid=1")],
    "login": [("POST", "/logout", ""), ("GET", "/whoami", "")],
    "records": [("GET", "/getdatabase", "")],
    "logs": [("GET", "/getlogs", "")],
    "readings": [("GET", "/readings", "counts=1")],
    "detail": [("GET", "/reading", "id=1")],
    "evidence": [("GET", "/evidence", "id=1&kind=small")],
    "correct": [("POST", "/correct", "id=1&text=12")],
    "confirm": [("POST", "/confirm", "id=1")],
    "export": [("GET", "/export", "")],
    "molds": [("POST", "/molds", "")],
    "outbox": [("GET", "/outbox", "")],
    "promise": [("GET", "/promise", "")],
    "tokens": [("POST", "/issue", "name=A"), ("GET", "/tokens", ""), ("POST", "/revoke", "name=A")],
    "command": [
        ("GET", "/command", f"command={said}") for said in ("server%20-s", "server%20-r", "sql", "--check_sql")
    ],
}
# What nobody is asked for here: Aurora DSQL; whoever posts a form that the function signed, in its name; Lambda, which
# fetches messages for the worker.
UNSEEN = {
    "presign": {("s3:PutObject", "Pictures.Arn/incoming/*")},
    # That an object is not there is a right of its own, which no request names.
    "evidence": {("s3:ListBucket", "Pictures.Arn?evidence/*")},
    "worker": {(f"sqs:{verb}", "Queue.Arn") for verb in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")},
}


@pytest.fixture
def stack(check: Check) -> Stack:
    return Stack(check("transform"), ReadArrivals="true")


@pytest.fixture
def queues(picture: Encoded) -> Iterator[Queues]:
    """A cloud in which the client `1` has a picture, one that was replaced two days ago, and one sent by a form; and
    who shows no uuid, a picture.
    """
    with cloud() as queues, event_loop():
        storage = S3Storage(Bucket(BUCKET))
        storage.put(NOBODY, [Upload("a.png", "image/png", io.BytesIO(picture()))])
        old, new = (storage.put(OWNER, [Upload("a.png", "image/png", io.BytesIO(picture()))]) for _ in range(2))
        batch = Batch(tuple(old)).with_(new, time.time() - 2 * 86_400, keep=False)
        content, tag = storage.bucket.get(f"batches/{OWNER}") or (b"", "")
        assert content and storage.bucket.replace(f"batches/{OWNER}", batch.to_json(), tag)
        # What was kept with a reading longer ago than it is to be.
        year_old = key_of("a" * 32, 0, time.time() - 370 * 86_400)
        BucketEvidence(storage.bucket).put(year_old, "small", io.BytesIO(picture()), "image/png")
        send(storage, storage.presign(OWNER, "b.png", "image/png", 999), io.BytesIO(picture()))
        yield queues


@pytest.fixture
def environment(stack: Stack, queues: Queues, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a function's environment that of this process, with what it names; what is not to be had, elsewhere."""

    def take(name: str) -> None:
        elsewhere = {
            "CASTMARK_BUCKET": BUCKET,
            "CASTMARK_QUEUE_URL": queues.url,
            "CASTMARK_DATABASE_URL": f"sqlite:///{tmp_path / 'test.db'}",
        }
        given = variables(stack, name.title())
        for variable, value in given.items():
            monkeypatch.setenv(variable, elsewhere.get(variable, value))
        if "CASTMARK_TOKEN_SECRET" in given:
            make_secret(given["CASTMARK_TOKEN_SECRET"], TOKEN)
        if "CASTMARK_FUNCTIONS" in given:
            make_functions(given["CASTMARK_FUNCTIONS"].split(","))
        if name == "logs":
            make_log(given["CASTMARK_LOG_GROUP"])

    return take


def _record_one(folder: Path) -> None:
    """A reading with the number 1, and its picture."""
    database = Database(f"sqlite:///{folder / 'test.db'}")
    key = key_of("b" * 32, 0, time.time())
    BucketEvidence(Bucket(BUCKET)).put(key, "small", io.BytesIO(b"picture"), "image/jpeg")
    evidence = {"key": key, "files": {"small": "image/jpeg"}}
    facts = {"name": "a.png", "sha256": "c" * 64, "confidence": 0.5, "needs_review": True, "alternatives": []}
    detail = {"text": "11", "marks": [], "evidence": evidence, **facts}
    database.write(lambda connection: record(connection, Origin("b" * 32), [detail], Clock()))
    database.close()


def seen(name: str) -> set[tuple[str, str]]:
    return USES[name.title()] - DATABASE - UNSEEN.get(name, set())


def assert_nothing_is_kept(name: str, folder: Path) -> None:
    files = {file.name.partition("-")[0] for file in folder.rglob("*")}
    assert files == ({"test.db"} if USES[name.title()] >= DATABASE else set())


def test_every_function_is_called_here() -> None:
    assert {*CALLS, "worker"} == set(CLOUD)


def _grow_old(but: str) -> None:
    """Everything in the bucket is old enough for the daily sweep, but one batch that its owner has changed since."""
    for key, stored in s3_backends["123456789012"]["aws"].buckets[BUCKET].keys.items():
        if key != but:
            stored.last_modified -= timedelta(days=30)


@pytest.mark.parametrize("name", CALLS)
def test_function_asks_for_all_that_its_role_allows_and_for_nothing_else(
    name: str, environment: Callable[[str], None], picture: Encoded, tmp_path: Path
) -> None:
    environment(name)
    if USES[name.title()] >= DATABASE:
        _record_one(tmp_path)
    with asked() as needed:
        handler: Any = handler_of(api_of(name))
        for method, path, query in CALLS[name]:
            content, headers = (FILE % picture(), FORM) if name == "upload" else (b"", OPERATOR)
            answer = invoke(handler, "http_api_v2", method, path, query, content, headers)
            assert answer.status == 200, answer.body
    handler.app.state.rooms.close()
    assert needed == seen(name)
    assert_nothing_is_kept(name, tmp_path)


def test_worker_asks_for_all_that_its_role_allows_and_for_nothing_else(
    environment: Callable[[str], None],
    queues: Queues,
    picture: Encoded,
    tmp_path: Path,
) -> None:
    environment("worker")
    handler: Any = worker_of()
    needed: set[tuple[str, str]] = set()

    def run(sent: dict[str, Any], context: Any) -> dict[str, Any]:
        with asked() as more:
            answer: dict[str, Any] = handler(sent, context)
        needed.update(more)
        return answer

    storage = S3Storage(Bucket(BUCKET))

    def submit_what_arrived() -> None:
        form = storage.presign(OWNER, "c.png", "image/png", 999, alone=True)
        send(storage, form, io.BytesIO(picture()))
        arrived = {"Records": [{"s3": {"object": {"key": form.fields["key"]}}}]}
        queues.client.send_message(QueueUrl=queues.url, MessageBody=json.dumps(arrived))
        assert queues.deliver(run) == 0 and len(queues.texts()) == 1

    submit_what_arrived()
    assert queues.deliver(run) == 0 and not queues.texts()
    run({"do": "tend"}, Context())
    _grow_old(but=f"batches/{NOBODY}")
    run({"do": "sweep"}, Context())
    submit_what_arrived()
    storage.bucket.delete([row.key for row in storage.bucket.list("")])
    storage.bucket.client.delete_bucket(Bucket=BUCKET)
    assert queues.deliver(run) == 1, "what is not to be had now is to come again"
    handler._queue._database.close()
    assert needed == seen("worker")
    assert_nothing_is_kept("worker", tmp_path)
