"""What systemd is told of a server: that it is ready, alive, and stopping (sd_notify(3)).

A datagram to the socket that systemd names: two dozen lines, where a package would bring as many and a version to keep.
"""

import logging
import socket
import time
from collections.abc import Callable, Mapping

_log = logging.getLogger("castmark.server")


class Supervisor:
    """Says nothing where there is no systemd that listens (`address` is empty)."""

    def __init__(self, address: str = "", every: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`every` so many seconds `alive` is passed on; 0 where nobody watches."""
        # A name that begins with @ is one of Linux's abstract names, which begin with a NUL.
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        self._every = every
        self._clock = clock
        self._next = 0.0

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Supervisor":
        """By the variables that systemd sets for a unit of `Type=notify`, with or without `WatchdogSec`."""
        microseconds = environment.get("WATCHDOG_USEC", "")
        # Half of what systemd waits, as its manual recommends.
        every = int(microseconds) / 2_000_000 if microseconds.isdecimal() else 0.0
        return cls(environment.get("NOTIFY_SOCKET", ""), every)

    def ready(self) -> None:
        self._say("READY=1")

    def alive(self) -> None:
        """To be called often: all but a few calls cost a comparison."""
        if not self._every or self._clock() < self._next:
            return
        self._next = self._clock() + self._every
        self._say("WATCHDOG=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def _say(self, word: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as speaker:
                speaker.connect(self._address)
                speaker.sendall(word.encode())
        except OSError as error:
            # Whoever started the server will see that it hears nothing; it can go on.
            _log.warning("systemd could not be told %s: %s", word, error)
