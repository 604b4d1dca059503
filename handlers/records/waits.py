"""How long a connection to PostgreSQL waits for a word: less than a function lives, or a gateway waits for one.

A server that accepts and stays silent, or a network that swallows what is sent, would otherwise be waited for until the
platform ends the function and answers in our place. psycopg waits in one function, whatever is asked: it is given the
end of its patience here, for pings, statements and commits alike.
"""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

# Time enough for TLS to another continent; with several addresses each has as long.
CONNECT_SECONDS = 4
# A ping of a connection that died, a new connection, and a statement: 16 seconds at the most, of the 20 of `status`.
SILENCE_SECONDS = 6.0

_Waiting = Generator[Any, Any, Any]


class Waits:
    """The patience of all connections of an engine; seconds without a word from the server."""

    def __init__(self, seconds: float = SILENCE_SECONDS) -> None:
        self.seconds = seconds

    @contextmanager
    def longer(self, seconds: float) -> Iterator[None]:
        before, self.seconds = self.seconds, seconds
        try:
            yield
        finally:
            self.seconds = before

    def limit(self, connection: Any) -> None:
        """Have psycopg's `connection` give up, and be closed, when nothing came for so long."""
        waiting: Callable[..., Any] = connection.wait

        def wait(generator: _Waiting, *args: Any, **named: Any) -> Any:
            return waiting(self._patiently(connection, generator), *args, **named)

        connection.wait = wait

    def _patiently(self, connection: Any, generator: _Waiting) -> _Waiting:
        heard = time.monotonic()
        try:
            wanted = next(generator)
            while True:
                # Several times a second, ready or not.
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.seconds:
                    raise _silent(connection, self.seconds)
                wanted = generator.send(ready)
        except StopIteration as end:
            return end.value


def _silent(connection: Any, seconds: float) -> Exception:
    from psycopg import OperationalError

    # Nobody knows what it would say next, were it used again.
    connection.pgconn.finish()
    return OperationalError(f"the server has not answered for {seconds:g} seconds")
