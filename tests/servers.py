"""Real local servers: a process each, on a free loopback port, in a folder of its own.

They are forked from one process that has imported what a server imports: that alone takes a second of a core, and the
tests start more than a hundred. A start from nothing, as a person does it, is `started`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import TextIO
from unittest.mock import patch

from tests.served import serve

_ROOT = Path(__file__).parents[1]
# A start that has not come to an end by then never will.
_START_SECONDS = 60


@dataclass
class Server:
    url: str
    process: ForkServerProcess
    log: Path
    ends_with: int = 0

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def kill(self) -> None:
        """End it as a crash or a power cut would."""
        self.ends_with = -signal.SIGKILL
        self.stop(signal.SIGKILL)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """The exit code, once it has ended by itself."""
        os.kill(self.pid, how)
        return self.ended()

    def ended(self) -> int:
        """The exit code, once it has ended."""
        self.process.join(60)
        assert self.process.exitcode is not None, "it did not end"
        return self.process.exitcode


def command(*flags: str) -> list[str]:
    return [sys.executable, "-W", "error", str(_ROOT / "local_server.py"), *flags]


def environment(**settings: str) -> dict[str, str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CASTMARK_", "AWS_", "SSL_CERT_", "PG"))
    }
    return clean | {f"CASTMARK_{name}": value for name, value in settings.items()}


@contextmanager
def running(folder: Path, *flags: str, **settings: str) -> Iterator[Server]:
    """A server in `folder`, until the block ends; stopped then or before, it must end as `ends_with` says."""
    log = folder / "server.log"
    with _forked(folder, ("--port", "0", *flags), settings) as (process, out):
        line = out.readline()
        assert " at http" in line, log.read_text()
        server = Server(line.split(" at ")[1].split()[0].rstrip("/"), process, log)
        yield server
        code = server.stop() if process.exitcode is None else process.exitcode
        assert code == server.ends_with, log.read_text()


@contextmanager
def started(folder: Path, *flags: str, **settings: str) -> Iterator[tuple[str, int]]:
    """The address and the process of a server that is started from nothing, as by a person; it must end with 0."""
    order = command("--port", "0", *flags)
    with subprocess.Popen(order, cwd=folder, env=environment(**settings), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split(" at ")[1].split()[0].rstrip("/"), process.pid
            process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()


def refusal(folder: Path, *flags: str, **settings: str) -> str:
    """The sentence of a server that does not start; it must end with 2, and without a traceback."""
    log = folder / "server.log"
    log.unlink(missing_ok=True)
    with _forked(folder, flags, settings) as (process, out):
        process.join(_START_SECONDS)
        said = log.read_text()
        assert (process.exitcode, out.read()) == (2, ""), said
    assert "Traceback" not in said
    return said.strip()


@contextmanager
def _forked(
    folder: Path, flags: tuple[str, ...], settings: dict[str, str]
) -> Iterator[tuple[ForkServerProcess, TextIO]]:
    """The process, until the block ends, and what it says."""
    told, tell = _context().Pipe(duplex=False)
    process = _context().Process(target=serve, args=(folder, flags, environment(**settings), tell))
    process.start()
    tell.close()
    try:
        with told, os.fdopen(os.dup(told.fileno()), encoding="utf-8") as out:
            yield process, out
    finally:
        process.kill()
        process.join()
        process.close()


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.served"])
    with patch.dict(os.environ, environment() | {"PYTHONPATH": str(_ROOT)}, clear=True):
        forkserver.ensure_running()
    return context
