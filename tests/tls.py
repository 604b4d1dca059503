"""A PostgreSQL reached by TLS only: a front before a real one, under any name, with any authority's certificate."""

import contextlib
import select
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import certifi
import trustme

# What libpq asks before it begins TLS, unless it begins at once.
_SSL_REQUEST = struct.pack("!ii", 8, 80_877_103)


@contextmanager
def tls_front(authority: trustme.CA, name: str, behind: Path) -> Iterator[int]:
    """The loopback port of a front with a certificate for `name`, before the server with its socket at `behind`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["postgresql"])
    authority.issue_cert(name).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_listen, args=(listener, context, behind), daemon=True).start()
        yield int(listener.getsockname()[1])
        # A thread that waits in accept is only woken so.
        listener.shutdown(socket.SHUT_RDWR)


def bundle(folder: Path, authority: trustme.CA) -> Path:
    """certifi's bundle with one authority more, in `folder`; and there a `certifi` that names it, for PYTHONPATH."""
    file = folder / "cacert.pem"
    file.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    (folder / "certifi.py").write_text(f"def where():\n    return {str(file)!r}\n")
    return file


def _listen(listener: socket.socket, context: ssl.SSLContext, behind: Path) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context, behind), daemon=True).start()


def _serve(client: socket.socket, context: ssl.SSLContext, behind: Path) -> None:
    with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
        if client.recv(8, socket.MSG_PEEK) == _SSL_REQUEST:
            client.recv(8)
            client.sendall(b"S")
        # A client that does not believe the certificate hangs up here.
        with context.wrap_socket(client, server_side=True) as secured:
            server.connect(str(behind))
            _between(secured, server)


def _between(secured: ssl.SSLSocket, server: socket.socket) -> None:
    while True:
        ready = [secured] if secured.pending() else select.select([secured, server], [], [])[0]
        for source, target in ((secured, server), (server, secured)):
            if source in ready:
                piece = source.recv(65_536)
                if not piece:
                    return
                target.sendall(piece)


@contextmanager
def silent_front(behind: Path, silent: threading.Event) -> Iterator[int]:
    """The loopback port of a front, without TLS, that passes nothing on while `silent`, and hangs up nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_pass_on, args=(listener, behind, silent), daemon=True).start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)


def _pass_on(listener: socket.socket, behind: Path, silent: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(behind))
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_one_way, args=(source, target, silent), daemon=True).start()


def _one_way(source: socket.socket, target: socket.socket, silent: threading.Event) -> None:
    with contextlib.suppress(OSError), source, target:
        while piece := source.recv(65_536):
            # What is said while it is silent is lost.
            if not silent.is_set():
                target.sendall(piece)
