"""A stack on this machine whose functions are measured: each a process of Lambda's own runtime client.

S3 and CloudWatch Logs are moto, the database is a real PostgreSQL. CPU time, because machines are shared.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

from PIL import Image

from handlers.aws.bucket import Bucket
from handlers.aws.clients import made
from handlers.aws.messages import Messages
from handlers.records.database import Database
from tests.buckets import ENVIRONMENT, NAME, created
from tests.clouds import event
from tests.databases import fresh_database, postgresql
from tests.e2e.runtime import Function
from tests.moto_process import moto_process
from tests.queues import create

_TOKEN = "a token of sixteen"  # noqa: S105
_OPERATOR = {"Authorization": f"Bearer {_TOKEN}"}
_LOGS = "castmark"
_UUID = "uuid=4f0c6d0e-0d52-4f7e-9a0b-6f0d8f6f9a11"
_OTHER = "uuid=1c1f6f2e-57a5-4c36-8a4d-2f3f5e0f7b12"
_TICKS = os.sysconf("SC_CLK_TCK")
HELLO, BOTO3, SQL, BOTH = "hello", "hello + boto3", "hello + SQLAlchemy + psycopg", "all of these"
_PEERS = {HELLO: "hello", BOTO3: "hello_boto3", SQL: "hello_sql", BOTH: "hello_sql_boto3"}
# What is named so keeps pictures in a folder, as its peer, which has no boto3, would have to.
_FOLDER = " (folder)"
# Of each function: the module, the peer that it is measured beside, and what it is asked.
_FUNCTIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "test": ("test", HELLO, {"path": "/test"}),
    "isHTTPS": ("ishttps", HELLO, {"path": "/isHTTPS"}),
    "page": ("page", HELLO, {"path": "/"}),
    "info (folder)": ("info", HELLO, {"path": "/info", "query": _UUID}),
    "clear (folder)": ("clear", HELLO, {"path": "/clear", "query": _OTHER}),
    "getpicture (folder)": ("getpicture", HELLO, {"path": "/getpicture", "query": f"{_UUID}&name=x"}),
    "info": ("info", BOTO3, {"path": "/info", "query": _UUID}),
    "clear": ("clear", BOTO3, {"path": "/clear", "query": _OTHER}),
    "getpicture": ("getpicture", BOTO3, {"path": "/getpicture", "query": f"{_UUID}&name=x"}),
    "presign": ("presign", BOTO3, {"path": "/presign", "query": "name=x&content_type=image/png&size=9"}),
    "upload": ("upload", BOTO3, {"path": "/upload", "query": _UUID}),
    "logs": ("logs", BOTO3, {"path": "/getlogs", "headers": _OPERATOR}),
    "command": ("command", SQL, {"path": "/command", "query": "command=help", "headers": _OPERATOR}),
    "records": ("records", SQL, {"path": "/getdatabase", "headers": _OPERATOR}),
    "status": ("status", SQL, {"path": "/status", "query": f"task={'0' * 32}"}),
    "start(uuid)": ("start", BOTH, {"path": "/start", "query": _UUID}),
}


@dataclass
class Measured:
    """A function, what it is asked, and the peer beside it; of a peer, none."""

    name: str
    function: Function
    event: dict[str, Any]
    peer: str = ""
    cpu: list[float] = field(default_factory=list)

    def invoke(self) -> None:
        answer = self.function.invoke(self.event)
        assert answer["statusCode"] in (200, 404), answer

    @property
    def used(self) -> float:
        """CPU seconds of its process since it was started."""
        fields = Path(f"/proc/{self.function.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def options(description: str | None) -> argparse.Namespace:
    """`functions` (all where none is named), `rounds`, and the `python` that runs them."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="these; else all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the packages")
    return parser.parse_args()


def ratio(one: Measured, measured: Sequence[Measured]) -> float:
    """What it took for each second of its peer, in the median of the rounds."""
    beside = next(each for each in measured if each.name == one.peer)
    return median(mine / its for mine, its in zip(one.cpu, beside.cpu, strict=True))


@contextmanager
def stack(python: str, only: list[str]) -> Iterator[list[Measured]]:
    """Peers and functions of a stack, none of which runs yet; `only` those functions, or all."""
    with postgresql() as server, moto_process() as aws, tempfile.TemporaryDirectory() as folder:
        url = fresh_database(server)
        environment = _made(aws, url) | {"CASTMARK_DATA": folder}
        wanted = {name: _FUNCTIONS[name] for name in only or _FUNCTIONS}
        beside = {peer for _, peer, _ in wanted.values()}
        measured = [
            Measured(name, Function(f"benchmarks.peers.{module}.handler", python, environment), _event("/x"))
            for name, module in _PEERS.items()
            if name in beside
        ]
        for name, (module, peer, asked) in wanted.items():
            own = {"CASTMARK_BUCKET": "", "CASTMARK_S3_ENDPOINT": ""} if name.endswith(_FOLDER) else {}
            function = Function(f"handlers.lambda_.functions.{module}", python, environment | own)
            measured.append(Measured(name, function, _event(**asked), peer))
        try:
            yield measured
        finally:
            for one in measured:
                one.function.close()


def _made(aws: str, url: str) -> dict[str, str]:
    """What functions find in their environment, once the stack is there, with tables and a picture to be read."""
    credentials = ENVIRONMENT | {"AWS_ENDPOINT_URL": aws}
    with patch.dict("os.environ", credentials):
        created(Bucket(NAME, endpoint=aws))
        queue = create(Messages("").client).url
        made("logs").create_log_group(logGroupName=_LOGS)
    database = Database(url)
    with database.read():
        database.close()
    settings = {
        "BUCKET": NAME,
        "S3_ENDPOINT": aws,
        "QUEUE_URL": queue,
        "DATABASE_URL": url,
        "LOG_GROUP": _LOGS,
        "TOKEN": _TOKEN,
    }
    plain = {
        # As the template has it: without snapshots.
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "PEER_DATABASE_URL": url.replace("postgresql://", "postgresql+psycopg://"),
    }
    return credentials | plain | {f"CASTMARK_{key}": value for key, value in settings.items()}


def _event(path: str, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    if path == "/upload":
        return event("http_api_v2", "POST", path, query, _form(), {"Content-Type": "multipart/form-data; boundary=b"})
    method = "POST" if path == "/presign" else "GET"
    return event("http_api_v2", method, path, query, headers=headers)


def _form() -> bytes:
    file = BytesIO()
    Image.new("L", (64, 48), 200).save(file, "PNG")
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="1.png"\r\n\r\n'
    return head + file.getvalue() + b"\r\n--b--\r\n"
