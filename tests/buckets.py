"""S3 without AWS: moto in this process, or as a server, and what a client does with a presigned form."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from unittest.mock import patch
from urllib.request import urlopen

from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.server import ThreadedMotoServer

from handlers.aws.bucket import Bucket
from handlers.storage.base import Form, Storage
from handlers.storage.s3 import S3Storage

NAME = "castmark-test"
# As Lambda's environment has them; nothing is looked for on the machine.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/nowhere",
    "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}


@contextmanager
def s3(page: int = 1000, **options: Any) -> Iterator[Bucket]:
    """An empty bucket in this process, whose listings have so many keys a page, as many as S3's at most.

    One request at a time: moto's conditions are no conditions among threads.
    """
    answering = patch.object(BotocoreStubber, "__call__", _one_at_a_time(BotocoreStubber.__call__))
    environment = ENVIRONMENT | {"MOTO_S3_DEFAULT_MAX_KEYS": str(page)}
    with mock_aws(), patch.dict("os.environ", environment), answering:
        yield created(Bucket(NAME, **options))


@contextmanager
def s3_server() -> Iterator[str]:
    """The URL of a server that speaks S3, with nothing in it.

    All of moto's servers in one process remember the same, beyond the end of each; so this one forgets first.
    """
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        urlopen(f"{url}/moto-api/reset", data=b"").close()
        with patch.dict("os.environ", ENVIRONMENT):
            yield url
    finally:
        server.stop()


def created(bucket: Bucket) -> Bucket:
    where = {"LocationConstraint": ENVIRONMENT["AWS_DEFAULT_REGION"]}
    bucket.client.create_bucket(Bucket=bucket.name, CreateBucketConfiguration=where)
    return bucket


def keys(bucket: Bucket, prefix: str = "") -> list[str]:
    return [row.key for row in bucket.list(prefix)]


def send(storage: Storage, form: Form, file: BinaryIO) -> None:
    """What a client's POST of the form comes to."""
    if not isinstance(storage, S3Storage):
        storage.accept(form.fields, file)
        return
    start = "x-amz-meta-"
    metadata = {name.removeprefix(start): value for name, value in form.fields.items() if name.startswith(start)}
    facts = {"Key": form.fields["key"], "ContentType": form.fields["Content-Type"], "Metadata": metadata}
    storage.bucket.client.put_object(Bucket=storage.bucket.name, Body=file, **facts)


def _one_at_a_time(call: Callable[..., Any]) -> Callable[..., Any]:
    lock = threading.RLock()

    def locked(stub: BotocoreStubber, event_name: str, request: Any, **named: Any) -> Any:
        if hasattr(request.body, "read"):
            # As a connection does; moto would ask for all of it at once.
            request.body = b"".join(iter(lambda: request.body.read(64 * 1024), b""))
        with lock:
            return call(stub, event_name, request, **named)

    return locked
