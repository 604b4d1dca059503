"""Which networks read: what is kept with every reading, so that it can be told later who said it."""

from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def identity() -> str:
    """A short name of the networks beside this file, another one whenever one of them is another."""
    digest = sha256()
    for file in sorted((Path(__file__).parent / "weights").glob("*.onnx")):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
