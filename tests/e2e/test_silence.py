"""Every function over a database, a storage and a queue that accept and stay silent: the answer is ours, and in time.

In Lambda's runtime client, under the time limit that the template gives each: a function that is still waiting then is
ended, and its caller gets the platform's answer instead of ours.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.buckets import ENVIRONMENT, NAME
from tests.clouds import Answer, answer_of, event, golden
from tests.e2e.runtime import Forks, Function, FunctionFailed
from tests.moto_process import silence

_ROOT = Path(__file__).parents[2]
_TOKEN = "a token of sixteen"
_OPERATOR = {"Authorization": f"Bearer {_TOKEN}"}
_FORM = {"Content-Type": "multipart/form-data; boundary=xYx"}
_PART = b'--xYx\r\nContent-Disposition: form-data; name="f"; filename="1.png"\r\n\r\n%b\r\n--xYx--\r\n'
_OF_STORAGE = {
    "upload": ("POST", "/upload", "uuid=1"),
    "start": ("GET", "/start", "uuid=1"),
    "clear": ("GET", "/clear", "uuid=1"),
    "clients": ("GET", "/removeuuid", "uuid=1"),
    "getpicture": ("GET", "/getpicture", "uuid=1"),
    "info": ("GET", "/info", "uuid=1"),
}
_OF_DATABASE = {
    "status": ("GET", "/status", "uuid=1"),
    "records": ("GET", "/getdatabase", ""),
    "command": ("GET", "/command", "command=sql"),
}


def _limit_of(function: str) -> float:
    """Seconds, as the template has them."""
    lines = (_ROOT / "infra" / "template.yaml").read_text("utf-8").splitlines()
    inside = lines[lines.index(f"  {function.title()}:") :]
    return float(next(line for line in inside if "Timeout:" in line).partition(":")[2])


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Of functions to which nothing ever answers."""
    with silence() as port:
        nowhere = f"http://127.0.0.1:{port}"
        settings = {
            "BUCKET": NAME,
            "S3_ENDPOINT": nowhere,
            "QUEUE_URL": f"{nowhere}/1/tasks",
            "DATABASE_URL": f"postgresql://somebody@127.0.0.1:{port}/readings",
            "LOG_SWITCH": "false",
            "TOKEN": _TOKEN,
        }
        yield ENVIRONMENT | {"AWS_ENDPOINT_URL": nowhere} | {f"CASTMARK_{key}": settings[key] for key in settings}


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    made = Forks(sys.executable)
    yield made
    made.close()


def _asked(
    name: str, request: tuple[str, str, str], environment: dict[str, str], forks: Forks, body: bytes = b""
) -> Answer:
    headers = _OPERATOR | (_FORM if body else {})
    with ExitStack() as held:
        function = Function(f"handlers.lambda_.functions.{name}", sys.executable, environment, forks.start)
        held.callback(function.close)
        return answer_of(function.invoke(event("http_api_v2", *request, body, headers), seconds=_limit_of(name)))


def test_every_function_that_waits_answers_before_it_is_ended(
    environment: dict[str, str], forks: Forks, picture: Callable[..., bytes]
) -> None:
    requests = _OF_STORAGE | _OF_DATABASE
    bodies = {"upload": _PART % picture()}
    with ThreadPoolExecutor(3) as threads:
        asked = {
            name: threads.submit(_asked, name, request, environment, forks, bodies.get(name, b""))
            for name, request in requests.items()
        }
    answers = {name: future.result() for name, future in asked.items()}
    for name, answer in answers.items():
        assert (answer.status, "retry-after" in answer.headers) == (503, True), (name, answer.body)
        assert "try again soon" in answer.json()["error"], name


def test_worker_says_which_message_is_to_come_again(environment: dict[str, str]) -> None:
    function = Function("handlers.lambda_.functions.worker", sys.executable, environment)
    record = golden("sqs")["Records"][0] | {"body": "1" * 32}
    answer = function.invoke({"Records": [record]}, seconds=_limit_of("worker"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": record["messageId"]}]}
    with pytest.raises(FunctionFailed, match="database"):
        function.invoke({"do": "tend"}, seconds=_limit_of("worker"))
    function.close()
