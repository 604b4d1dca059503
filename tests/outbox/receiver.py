"""A real HTTP receiver, which fails and is slow when it is told to."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """`answers` are given one after the other, then 204; a number above 599 is so many milliseconds of silence."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.always = 204
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.tried: list[str] = []
        self.url = ""

    @property
    def ids(self) -> list[str]:
        """Those that it took, in order."""
        return [headers["webhook-id"] for headers, _ in self.received]


@contextmanager
def receiver() -> Iterator[Receiver]:
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told.tried.append(headers["webhook-id"])
            answer = told.answers.pop(0) if told.answers else told.always
            if answer > 599:
                time.sleep(answer / 1000)
                return
            if 200 <= answer < 300:
                told.received.append((headers, body))
            self.send_response(answer)
            if 300 <= answer < 400:
                self.send_header("Location", f"{told.url}/elsewhere")
            said = b"" if answer == 204 else b"no\x1b[31m room " * 100_000
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            try:
                self.wfile.write(said)
            except OSError:
                # Nobody reads all of that.
                self.close_connection = True

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
