"""A real broker: Debian's mosquitto, on a free loopback port, with a user who may write to one topic only."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

PASSWORD = "a password of the broker"
_MOSQUITTO = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").is_file() else None)


@dataclass
class Broker:
    """`plain` and `tls` are its URLs; a listener on `plain` may read everything without a name."""

    port: int
    tls_port: int
    authorities: Path
    command: list[str]
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def plain(self) -> str:
        return f"mqtt://castmark@127.0.0.1:{self.port}"

    @property
    def tls(self) -> str:
        return f"mqtts://castmark@localhost:{self.tls_port}"

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in (self.port, self.tls_port):
            _wait(port)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def broker(folder: Path) -> Iterator[Broker]:
    if _MOSQUITTO is None:
        pytest.skip("Debian's mosquitto is not installed")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    own = authority.issue_cert("localhost")
    own.private_key_pem.write_to_path(str(folder / "key.pem"))
    (folder / "cert.pem").write_bytes(b"".join(each.bytes() for each in own.cert_chain_pems))
    port, tls_port = _free(), _free()
    (folder / "acl").write_text("topic read #\nuser castmark\ntopic readwrite castmark/#\n")
    (folder / "users").write_text("")
    subprocess.run(["mosquitto_passwd", "-b", folder / "users", "castmark", PASSWORD], check=True, capture_output=True)
    for name in ("users", "acl", "key.pem"):
        (folder / name).chmod(0o600)
    (folder / "conf").write_text(
        f"user root\nallow_anonymous true\npassword_file {folder}/users\nacl_file {folder}/acl\n"
        f"listener {port} 127.0.0.1\nlistener {tls_port} 127.0.0.1\n"
        f"certfile {folder}/cert.pem\nkeyfile {folder}/key.pem\n"
    )
    made = Broker(port, tls_port, folder / "ca.pem", [_MOSQUITTO, "-c", str(folder / "conf")])
    made.start()
    try:
        yield made
    finally:
        made.stop()


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("the broker did not start")
