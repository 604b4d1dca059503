"""Connections of the local server: answered without delay, and given up where nothing but a promise arrives.

uvicorn has a time for a kept connection that says nothing, and none for a request whose headers never end; nor does
httptools bound how long those are, or anybody how many connections one address may open.
"""

import asyncio
import ipaddress
import socket
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol
else:
    try:
        from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as Protocol
    except ImportError:
        from uvicorn.protocols.http.h11_impl import H11Protocol as Protocol

HEADER_SECONDS = 10.0
HEADER_BYTES = 64 * 1024
# Descriptors that are kept for files, databases and pipes.
_RESERVED = 64
_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: application/json\r\nContent-Length: 53\r\n"
    b'Connection: close\r\n\r\n{"error":"The headers of this request are too long."}'
)


@dataclass(slots=True)
class Shares:
    """How many connections there are, and how many of one address. `trusted` proxies speak for many callers."""

    each: int
    altogether: int
    trusted: tuple[str, ...] = ()
    _open: Counter[str] = field(default_factory=Counter)

    def take(self, address: str) -> bool:
        """Whether one more may be open; it is then, until `give_back`."""
        if self._open.total() >= self.altogether:
            return False
        if self._open[address] >= self.each and not _is_in(address, self.trusted):
            return False
        self._open[address] += 1
        return True

    def give_back(self, address: str) -> None:
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


def most_connections() -> int:
    """As many as this process may have descriptors for, which is raised as far as the system lets us."""
    try:
        import resource
    except ImportError:
        # Windows counts no descriptors; what its own loops can hold is 512.
        return 512 - _RESERVED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return max(16, (1 << 16 if hard == resource.RLIM_INFINITY else hard) - _RESERVED)


class Connection(Protocol):
    """uvicorn's, within `shares`, which a subclass sets."""

    shares: Shares
    _address = ""
    _header_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        if not self.shares.take(address):
            transport.abort()
            return
        self._address = address
        # asyncio sets it only where a socket says that it speaks TCP; one made by hand says 0, and each answer's second
        # segment then waits 40 ms for the other side.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait()

    def data_received(self, data: bytes) -> None:
        if not self._address:
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not (before is None or before.response_complete):
            # A request began, or its body goes on, for which the app has a time of its own.
            self._stop_waiting()
            return
        self._header_bytes += len(data)
        if self._header_bytes > HEADER_BYTES:
            self.transport.write(_TOO_LONG)
            self.transport.close()
        elif self._patience is None:
            self._wait()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing: front ends try a WebSocket and live without; the request's own line says what it was answered."""

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()
        if self._address:
            self.shares.give_back(self._address)
            self._address = ""

    def _wait(self) -> None:
        self._patience = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        self._header_bytes = 0
        if self._patience:
            self._patience.cancel()
            self._patience = None


def connection_class(each: int, trusted: Iterable[str]) -> type[asyncio.Protocol]:
    """For uvicorn's `http`: connections that share one count."""
    shares = Shares(each, most_connections(), tuple(trusted))
    attributes: dict[str, Any] = {"shares": shares}
    return type("SharedConnection", (Connection,), attributes)


def _is_in(address: str, networks: Iterable[str]) -> bool:
    try:
        found = ipaddress.ip_address(address)
        return any(found in ipaddress.ip_network(network) for network in networks)
    except ValueError:
        return False
