"""Real local servers: a process each, on a free loopback port, in a folder of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parents[1]


@dataclass
class Server:
    url: str
    process: "subprocess.Popen[str]"
    log: Path
    ends_with: int = 0

    def kill(self) -> None:
        """End it as a crash or a power cut would."""
        self.ends_with = -signal.SIGKILL
        self.stop(signal.SIGKILL)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """The exit code, once it has ended by itself."""
        self.process.send_signal(how)
        return self.process.wait(60)


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
    with (folder / "server.log").open("a") as log:
        process = subprocess.Popen(
            command("--port", "0", *flags),
            cwd=folder,
            env=environment(**settings),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        assert process.stdout
        line = process.stdout.readline()
        assert " at http" in line, (folder / "server.log").read_text()
        server = Server(line.split(" at ")[1].split()[0].rstrip("/"), process, folder / "server.log")
        try:
            yield server
            code = process.poll() if process.poll() is not None else server.stop()
            assert code == server.ends_with, server.log.read_text()
        finally:
            process.kill()
