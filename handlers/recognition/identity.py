"""Who reads: what is kept with every reading, so that it can be told later who said it."""

from functools import cache
from hashlib import sha256
from pathlib import Path


def identity(taught: str = "") -> str:
    """A short name of the networks beside this file, another one whenever one of them is another; behind it the name of
    the teaching that was used, where there was one."""
    return f"{_networks()}+{taught}" if taught else _networks()


@cache
def _networks() -> str:
    digest = sha256()
    for file in sorted((Path(__file__).parent / "weights").glob("*.onnx")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
