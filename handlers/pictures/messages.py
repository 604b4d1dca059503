"""What the server and a decoding process say to each other: a line of JSON, then bytes, each with its length."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">IQ")
_PIECE = 1024 * 1024
Facts = dict[str, Any]


class Channel:
    """One end of a socket. Raises TimeoutError after `deadline` (of `time.monotonic`), EOFError without another end."""

    def __init__(self, connection: socket.socket, deadline: float | None = None) -> None:
        self._connection = connection
        self.deadline = deadline

    def send(self, facts: Facts, pieces: Iterator[bytes] | None = None, size: int = 0) -> None:
        """`facts`, and the `size` bytes of `pieces`."""
        line = json.dumps(facts).encode()
        try:
            self._write(_LENGTHS.pack(len(line), size) + line)
            for piece in pieces or ():
                self._write(piece)
        except (BrokenPipeError, ConnectionResetError):
            raise EOFError from None

    def receive(self) -> tuple[Facts, bytearray]:
        line, size = _LENGTHS.unpack(self._read(_LENGTHS.size))
        facts: Facts = json.loads(self._read(line))
        return facts, self._read(size)

    def _write(self, data: bytes) -> None:
        self._connection.settimeout(self._left())
        self._connection.sendall(data)

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        view, at = memoryview(data), 0
        while at < size:
            self._connection.settimeout(self._left())
            try:
                got = self._connection.recv_into(view[at:])
            except ConnectionResetError:
                got = 0
            if not got:
                raise EOFError
            at += got
        return data

    def _left(self) -> float | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def pieces_of(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
