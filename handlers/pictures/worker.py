"""A decoding process: pictures in by a socket, facts and pixels out, within limits that the kernel holds.

Started by `pool` as `python -m handlers.pictures.worker DESCRIPTOR MEMORY`; it ends when the server does. It has no
settings, no secrets, and no more memory than it was given: a picture that wants more is refused, and nothing else.
"""

import contextlib
import ctypes
import io
import resource
import socket
import sys

from handlers.errors import CastmarkError
from handlers.pictures import decoding
from handlers.pictures.messages import Channel, Facts


def main(descriptor: int, memory: int) -> None:
    """`memory` is in bytes, for pictures, beyond what the process has when it is ready."""
    with socket.socket(fileno=descriptor) as connection:
        decoding.prepare()
        limits = _limit(memory)
        channel = Channel(connection)
        with contextlib.suppress(EOFError):
            while True:
                facts, content = channel.receive()
                # What is found good is read later, which takes a little more: none is taken that could not be read.
                resource.setrlimit(resource.RLIMIT_AS, (limits[facts["verb"] == "inspect"], limits[0]))
                said, data = _answer(facts, content)
                del content
                channel.send(said, iter(data), sum(len(each) for each in data))
                del data
                _give_back()


def _answer(asked: Facts, content: bytearray) -> tuple[Facts, tuple[bytes, ...]]:
    try:
        return _decoded(asked, io.BytesIO(content))
    except CastmarkError as error:
        return {"error": type(error).__name__, "sentence": str(error)}, ()
    except MemoryError:
        return {"error": "MemoryError"}, ()


def _decoded(asked: Facts, file: io.BytesIO) -> tuple[Facts, tuple[bytes, ...]]:
    name, max_pixels = asked["name"], asked["max_pixels"]
    if asked["verb"] == "inspect":
        facts = decoding.inspect(file, name, max_pixels=max_pixels)
        return {"content_type": facts.content_type, "width": facts.width, "height": facts.height}, ()
    if asked["verb"] == "preview":
        return {}, (decoding.preview(file, name, max_pixels=max_pixels),)
    opened = decoding.open_picture(file, name, max_pixels=max_pixels)
    grey, colours = opened.grey, opened.colours
    width, height = colours.size if colours else (0, 0)
    sizes = {"width": grey.width, "height": grey.height, "colours_width": width, "colours_height": height}
    return sizes, (grey.tobytes(), colours.tobytes() if colours else b"")


def _limit(memory: int) -> tuple[int, int]:
    """The most that may be mapped, and nine tenths of it: what is mapped is counted, not what is used."""
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, mapped + memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    return mapped + memory, mapped + memory * 9 // 10


def _give_back() -> None:
    """What the C library keeps of a large picture goes back to the system."""
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
