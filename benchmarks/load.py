"""A client that costs little: kept connections that each send a request as soon as the answer to the last is there."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import cast

import uvloop


@dataclass
class Load:
    """What came of it: answers of the status that was expected, and seconds."""

    answers: int = 0
    seconds: float = 0.0
    others: list[bytes] = field(default_factory=list)


def load(port: int, request: bytes, connections: int, seconds: float, expected: int = 200) -> Load:
    """Send `request` again and again for so many seconds. Each answer says its Content-Length, or has no body."""
    return uvloop.run(_load(port, request, connections, seconds, expected))


async def _load(port: int, request: bytes, connections: int, seconds: float, expected: int) -> Load:
    loop = asyncio.get_running_loop()
    found = Load()
    began = time.perf_counter()
    wanted = f" {expected} ".encode()
    clients = [_Client(request, wanted, began + seconds, found) for _ in range(connections)]
    for client in clients:
        client.ended = loop.create_future()
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    async with asyncio.timeout(seconds + 60):
        await asyncio.gather(*(client.ended for client in clients))
    found.seconds = time.perf_counter() - began
    return found


class _Client(asyncio.Protocol):
    ended: "asyncio.Future[None]"

    def __init__(self, request: bytes, wanted: bytes, until: float, found: Load) -> None:
        self._request = request
        self._wanted = wanted
        self._until = until
        self._found = found
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's by class.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, ended, body = self._heard.partition(b"\r\n\r\n")
        if not ended or len(body) < _length(head):
            return
        if self._wanted in head.split(b"\r\n", 1)[0]:
            self._found.answers += 1
        else:
            self._found.others.append(head)
        self._heard = b""
        if time.perf_counter() < self._until:
            self._transport.write(self._request)
        else:
            self._transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
