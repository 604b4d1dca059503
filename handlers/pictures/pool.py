"""Decoding in a few processes apart: what a picture does to a C library, it does to one of them and to nobody else.

A picture that takes too long, or too much memory, or ends its process, is refused; the next one finds a new process.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

from handlers import errors
from handlers.errors import DamagedPicture, DecodingBusy, TooLarge, WireError
from handlers.pictures.decoding import Opened, PictureFacts
from handlers.pictures.messages import Channel, Facts, pieces_of

# The slowest picture that is accepted (64 megapixels of AVIF or of a JPEG in many passes) takes about ten on a busy
# laptop.
SECONDS = 30.0
# Threads that may wait for a process besides those that read; the server's others go on.
MOST_WAITING = 8
_ROOT = Path(__file__).parents[2]
_Result = TypeVar("_Result")


def memory_for(max_pixels: int) -> int:
    """Bytes that one picture may take. Of all kinds WebP takes most, 17 a pixel: it holds four copies in colour."""
    return 128 * 1024 * 1024 + 20 * max_pixels


class Pool:
    """`places` processes, started when first needed. A `Decoder`, for any number of threads."""

    def __init__(self, places: int, max_pixels: int, seconds: float = SECONDS) -> None:
        self.places = places
        self._memory = memory_for(max_pixels)
        self._seconds = seconds
        self._free: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        for _ in range(places):
            self._free.put(None)
        self._waiting = threading.BoundedSemaphore(MOST_WAITING + places)

    def inspect(self, file: BinaryIO, name: str, *, max_pixels: int) -> PictureFacts:
        with _Turn(self._waiting):
            facts, _ = self._asked("inspect", file, name, max_pixels)
        return PictureFacts(facts["content_type"], facts["width"], facts["height"])

    def open_picture(self, file: BinaryIO, name: str, *, max_pixels: int) -> Opened:
        from PIL import Image

        # Whoever reads has a thread of his own to wait with.
        facts, pixels = self._asked("open_picture", file, name, max_pixels)
        size, small = (facts["width"], facts["height"]), (facts["colours_width"], facts["colours_height"])
        colours = pixels[size[0] * size[1] :]
        del pixels[size[0] * size[1] :]
        grey = Image.frombuffer("L", size, pixels, "raw", "L", 0, 1)
        return Opened(grey, Image.frombuffer("RGB", small, colours, "raw", "RGB", 0, 1) if colours else None)

    def preview(self, file: BinaryIO, name: str, *, max_pixels: int) -> bytes:
        with _Turn(self._waiting):
            return bytes(self._asked("preview", file, name, max_pixels)[1])

    def close(self) -> None:
        """End the processes, once what they decode is done."""
        for _ in range(self.places):
            process = self._free.get()
            if process:
                process.end()

    def _asked(self, verb: str, file: BinaryIO, name: str, max_pixels: int) -> tuple[Facts, bytearray]:
        asked = {"verb": verb, "name": name, "max_pixels": max_pixels}
        # A process may have been ended by others than this picture; one that ends a second one is to blame.
        for last in (False, True):
            try:
                facts, data = self._with_process(lambda process: process.ask(asked, file, self._seconds))
                break
            except EOFError:
                if last:
                    raise DamagedPicture(f"{name} cannot be decoded; please send it in another format.") from None
            except TimeoutError:
                raise DamagedPicture(
                    f"{name} takes longer than {self._seconds:g} seconds to decode; please send it in another format."
                ) from None
        if "error" in facts:
            raise _error(facts, name)
        return facts, data

    def _with_process(self, use: Callable[["_Process"], _Result]) -> _Result:
        process = self._free.get()
        try:
            process = process or _Process(self._memory)
            result = use(process)
        except BaseException:
            # It may be in the middle of something.
            if process:
                process.end()
            self._free.put(None)
            raise
        self._free.put(process)
        return result


def _error(facts: Facts, name: str) -> WireError:
    if facts["error"] == "MemoryError":
        return TooLarge(f"{name} takes more memory to decode than a picture may; please send it smaller.")
    kind: type[WireError] = getattr(errors, facts["error"])
    return kind(facts["sentence"])


class _Turn:
    """A place among the threads that wait, or DecodingBusy."""

    def __init__(self, waiting: threading.BoundedSemaphore) -> None:
        self._waiting = waiting

    def __enter__(self) -> None:
        if not self._waiting.acquire(blocking=False):
            raise DecodingBusy("Too many pictures are being looked at; try again in a few seconds.")

    def __exit__(self, *_: object) -> None:
        self._waiting.release()


class _Process:
    """One decoding process, and the socket to it."""

    def __init__(self, memory: int) -> None:
        self._connection, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  nothing in it comes from outside
                [sys.executable, "-m", "handlers.pictures.worker", str(theirs.fileno()), str(memory)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                # No secrets, and one arena: glibc keeps what each of a codec's threads once held.
                env={"PYTHONPATH": str(_ROOT), "PATH": os.defpath, "MALLOC_ARENA_MAX": "1"},
                # Ctrl-C is for the server, which ends this one itself.
                start_new_session=True,
            )

    def ask(self, asked: Facts, file: BinaryIO, seconds: float) -> tuple[Facts, bytearray]:
        """Raises EOFError where the process ended, TimeoutError where it took longer."""
        channel = Channel(self._connection, time.monotonic() + seconds)
        channel.send(asked, pieces_of(file), file.seek(0, os.SEEK_END))
        return channel.receive()

    def end(self) -> None:
        self._connection.close()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
