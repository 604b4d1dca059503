"""Lambda on loopback: the Runtime API, and functions that are real processes of the real runtime client.

(docs.aws.amazon.com, "Using the Lambda runtime API for custom runtimes")
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any, Protocol

_ROOT = Path(__file__).parents[2]
_API = "/2018-06-01/runtime"
_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:castmark"
# A process that has not come up by then never will; Lambda is stricter, with 10 seconds of a machine of its own.
_INIT_SECONDS = 90.0


class FunctionFailed(Exception):
    """The function answered an error; `kind` is the name of the exception that its handler raised."""

    def __init__(self, kind: str, message: str, output: str) -> None:
        super().__init__(f"{kind}: {message}\n{output}")
        self.kind = kind
        self.message = message


class FunctionEnded(FunctionFailed):
    """The process said in its init phase that it cannot be used, or ended at any time without being told to."""


class TimedOut(Exception):
    """There was no answer in time, and the process was killed."""


class Function:
    """A handler in a process that starts with the first invocation, and anew after one that had to be killed."""

    def __init__(
        self, handler: str, python: str, environment: dict[str, str], start: Callable[..., "_Started"] | None = None
    ) -> None:
        """`start`: that of a `Forks`; without it, the process is started from nothing, as Lambda does it."""
        self._handler = handler
        self._python = python
        self._environment = environment
        self._start = start or partial(_from_nothing, python)
        self._process: _Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def printed(self) -> str:
        """What it has printed since it was started: its log."""
        return self._process.printed() if self._process else ""

    def invoke(self, event: dict[str, Any], seconds: float = 60) -> Any:
        """What the handler returns. Raises FunctionFailed, FunctionEnded or TimedOut."""
        if self._process is None:
            own = _lambdas_own(self._handler, self._python)
            self._process = _Process(partial(self._start, self._handler), own | self._environment)
        try:
            return self._process.invoke(event, seconds)
        except (FunctionEnded, TimedOut):
            self.close()
            raise

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process = None


class _Process:
    """One process and the API that it talks to: what it says is in `said`, what it is given in `given`."""

    def __init__(self, start: Callable[..., "_Started"], environment: dict[str, str]) -> None:
        self.said: Queue[tuple[str, bytes]] = Queue()
        self.given: Queue[tuple[bytes, float] | None] = Queue()
        self._api = _Server(self)
        self._output = tempfile.NamedTemporaryFile()  # noqa: SIM115  `kill` closes it
        variables = environment | {"AWS_LAMBDA_RUNTIME_API": self._api.address}
        self._process = start(variables, self._output.name)
        self.pid = self._process.pid
        self._end = threading.Thread(target=self._await_end, daemon=True)
        self._end.start()

    def invoke(self, event: dict[str, Any], seconds: float) -> Any:
        self._await_readiness()
        self.given.put((json.dumps(event).encode(), time.time() + seconds))
        kind, body = self._heard(seconds)
        if kind != "response":
            raise self._failure(FunctionFailed if kind == "error" else FunctionEnded, body)
        return json.loads(body)

    def kill(self) -> None:
        self._process.kill()
        self._end.join()
        self.given.put(None)
        self._api.close()
        self._output.close()

    def _await_readiness(self) -> None:
        kind, body = self._heard(_INIT_SECONDS)
        if kind != "next":
            raise self._failure(FunctionEnded, body)

    def _heard(self, seconds: float) -> tuple[str, bytes]:
        try:
            return self.said.get(timeout=seconds)
        except Empty:
            raise TimedOut(f"Not a word in {seconds} seconds.\n{self.printed()}") from None

    def _await_end(self) -> None:
        code = self._process.wait()
        self.said.put(("end", json.dumps({"errorType": "Runtime.ExitError", "errorMessage": str(code)}).encode()))

    def _failure(self, error: type[FunctionFailed], body: bytes) -> FunctionFailed:
        facts = json.loads(body)
        return error(facts["errorType"], facts["errorMessage"], self.printed())

    def printed(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")


class _Started(Protocol):
    """What of a process is asked for."""

    pid: int

    def wait(self) -> int: ...

    def kill(self) -> None: ...


def _from_nothing(python: str, handler: str, variables: dict[str, str], output: str) -> _Started:
    with Path(output).open("ab") as log:
        command = [python, "-m", "awslambdaric", handler]
        return subprocess.Popen(command, cwd=_ROOT, env=variables, stdout=log, stderr=subprocess.STDOUT)


class Forks:
    """Starts functions from a process that has imported their packages; see tests/e2e/forking.py."""

    def __init__(self, python: str) -> None:
        self._asking = threading.Lock()
        command = [python, "-m", "tests.e2e.forking"]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, env=_lambdas_own("", python), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def start(self, handler: str, variables: dict[str, str], output: str) -> _Started:
        assert self._process.stdin and self._process.stdout
        with self._asking:
            self._process.stdin.write(f"{json.dumps([handler, variables, output])}\n")
            self._process.stdin.flush()
            return _Forked(int(self._process.stdout.readline()))

    def close(self) -> None:
        # Ends with its standard input.
        self._process.communicate(timeout=60)


class _Forked:
    """A process that is no child of this one: how it ended cannot be known."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = os.pidfd_open(pid)

    def wait(self) -> int:
        select.select([self._ended], [], [])
        os.close(self._ended)
        return 0

    def kill(self) -> None:
        # The number is another's once this one has ended.
        with suppress(ProcessLookupError, OSError):
            signal.pidfd_send_signal(self._ended, signal.SIGKILL)


@cache
def _version(python: str) -> str:
    asked = [python, "-c", "import sys; print(f'{sys.version_info.major}.{sys.version_info.minor}')"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()


def _lambdas_own(handler: str, python: str) -> dict[str, str]:
    """What Lambda itself puts into a function's environment; nothing comes from this machine's."""
    return {
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{_version(python)}",
        "AWS_LAMBDA_FUNCTION_NAME": "castmark",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
        "LAMBDA_TASK_ROOT": str(_ROOT),
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/bin:/bin",
        "TZ": ":UTC",
        "_HANDLER": handler,
    }


class _Server(ThreadingHTTPServer):
    # One of them may be in the middle of a killed process's last request.
    daemon_threads = True

    def __init__(self, process: _Process) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.process = process
        self.address = f"127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, *_: Any) -> None:
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            raise AssertionError("the Runtime API failed") from error


class _Requests(BaseHTTPRequestHandler):
    """The runtime client's side of a conversation; `restore/next` is asked where a snapshot would be taken."""

    protocol_version = "HTTP/1.1"
    # Head and body in one packet: in two, the second waits 40 ms for the first to be acknowledged.
    wbufsize = -1
    server: _Server

    def do_GET(self) -> None:
        if self.path == f"{_API}/restore/next":
            self._answer(200, b"")
            return
        assert self.path == f"{_API}/invocation/next", self.path
        self.server.process.said.put(("next", b""))
        work = self.server.process.given.get()
        if work is None:
            self.close_connection = True
            return
        event, deadline = work
        request_id = str(uuid.uuid4())
        headers = {
            "Lambda-Runtime-Aws-Request-Id": request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": _FUNCTION,
            "Lambda-Runtime-Trace-Id": "Root=1-65f2c5f4-3f1f3c7e5b9d1c2a4e6f8a0b",
        }
        self._answer(200, event, headers)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(202, b'{"status":"OK"}')
        # `response` or `error`, of an invocation, the init phase or a restore.
        self.server.process.said.put((self.path.rpartition("/")[2], body))

    def log_message(self, *_: Any) -> None:
        """Nothing: a test that fails shows what the function printed."""

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
