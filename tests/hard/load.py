"""Load on a server: threads that go on with one thing until the test has seen enough."""

import io
import random
import threading
from typing import Self

from PIL import Image

_CLIENTS = 4


class Load:
    """Four clients, each a thread, that do the same again and again inside the block."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(_CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        """What a client does until `_ended` is set."""
        raise NotImplementedError


def picture(chance: random.Random) -> bytes:
    """A small PNG that no other one equals, with nothing to read, which is read quickly."""
    file = io.BytesIO()
    Image.frombytes("L", (48, 40), chance.randbytes(48 * 40)).save(file, "PNG")
    return file.getvalue()
