"""The local server beside the documented API in Flask on gunicorn: `python -m benchmarks.server [CASE ...]`.

Requests a second and CPU of the server with all of its processes; ours decodes and checks each picture and keeps it for
one caller, the other writes it into a folder. Goals: as many small answers for no more CPU; uploads for 1.3 of it.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from statistics import median

from PIL import Image

from benchmarks.load import load
from tests.servers import started

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
OURS, FLASK = "Castmark", "Flask on gunicorn"


@dataclass(frozen=True)
class Case:
    """`goal`: CPU for each second of the peer's, at most."""

    request: Callable[[], bytes]
    connections: int
    seconds: float
    goal: float


@dataclass
class Server:
    port: int
    pid: int
    rate: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)


def _get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n\r\n".encode()


def _post(megabytes: int) -> bytes:
    photo = _photo(megabytes)
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="1.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = head + photo + b"\r\n--b--\r\n"
    length = f"Content-Length: {len(body)}\r\n"
    kind = "Content-Type: multipart/form-data; boundary=b\r\n"
    return f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n{kind}{length}\r\n".encode() + body


def _photo(megabytes: int) -> bytes:
    """A JPEG of at least so many megabytes, with a grain as a phone's has it."""
    side = 1100 if megabytes == 1 else 3500
    grain = Image.merge("RGB", [Image.effect_noise((side, side * 3 // 4), 60) for _ in range(3)])
    file = BytesIO()
    grain.save(file, "JPEG", quality=92)
    # What follows a picture's end is no part of it, and is sent all the same.
    return file.getvalue().ljust(megabytes * 1024 * 1024, b"\0")


_CASES = {
    "test": Case(lambda: _get("/test"), 16, 3, 1.0),
    "info": Case(lambda: _get("/info"), 16, 3, 1.0),
    "page": Case(lambda: _get("/"), 16, 3, 1.0),
    "upload of 1 MB": Case(lambda: _post(1), 4, 4, 1.3),
    "upload of 10 MB": Case(lambda: _post(10), 2, 6, 1.3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help=f"of {', '.join(_CASES)}; else all")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    cases = {name: _CASES[name] for name in given.cases or _CASES}
    with ExitStack() as stack:
        servers = {OURS: stack.enter_context(_ours()), FLASK: stack.enter_context(_flask())}
        for name, case in cases.items():
            request = case.request()
            for number in range(given.rounds + 1):
                for server in servers.values():
                    _measure(server, name, case, request, counts=number > 0)
        _print(cases, servers)
        peaks = ", ".join(f"{name} {_peak(server.pid):.0f} MiB" for name, server in servers.items())
        print(f"\nPeak memory of the process that answers: {peaks}")


@contextmanager
def _ours() -> Iterator[Server]:
    # Whoever measures asks for more than one caller's share.
    shares = {"LIMITS__UPLOADS_MINUTE": "100000", "LIMITS__STORED_MB": "100000"}
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), **shares) as (url, process):
        # The models are opened in the background.
        time.sleep(5)
        yield Server(int(url.rpartition(":")[2]), process)


@contextmanager
def _flask() -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "16", "--log-level", "error"]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "gunicorn", *options, "benchmarks.peers.flask_server:app"]
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PEER_FOLDER": folder}) as process:  # noqa: S603
            try:
                _await(port)
                yield Server(port, process.pid)
            finally:
                process.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("gunicorn did not start")


def _measure(server: Server, name: str, case: Case, request: bytes, *, counts: bool) -> None:
    before = used(server.pid)
    done = load(server.port, request, case.connections, case.seconds if counts else 0.5)
    # What is put off until after the answer counts too.
    time.sleep(0.2)
    spent = used(server.pid) - before
    assert done.answers, name
    assert not done.others, done.others[:1]
    if counts:
        server.rate.setdefault(name, []).append(done.answers / done.seconds)
        server.cpu.setdefault(name, []).append(spent / done.answers)


def used(pid: int) -> float:
    """CPU seconds of a process and of all below it, those that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(int(each) for each in fields[11:15]) / _TICKS + sum(used(int(child)) for child in below)


def _peak(pid: int) -> float:
    lines = [Path(f"/proc/{each}/status").read_text() for each in (pid, *_children(pid))]
    return max(int(text.partition("VmHWM:")[2].split()[0]) for text in lines if "VmHWM:" in text) / 1024


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _print(cases: dict[str, Case], servers: dict[str, Server]) -> None:
    ours, peer = servers[OURS], servers[FLASK]
    print(f"| request | {OURS}: a second | CPU ms | {FLASK}: a second | CPU ms | CPU ratio | goal |")
    print("|---|---|---|---|---|---|---|")
    for name, case in cases.items():
        ratio = median(mine / its for mine, its in zip(ours.cpu[name], peer.cpu[name], strict=True))
        numbers = " | ".join(
            f"{median(server.rate[name]):.0f} | {median(server.cpu[name]) * 1000:.2f}" for server in (ours, peer)
        )
        missed = "" if ratio <= case.goal else " (missed)"
        print(f"| {name} | {numbers} | {ratio:.2f} | {case.goal:g}{missed} |")


if __name__ == "__main__":
    main()
