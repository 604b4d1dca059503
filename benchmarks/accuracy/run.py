"""Puts every picture to every method, in turns, each method in its own process."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from benchmarks.accuracy.answer import Answer, Row
from drawing.camera import Grey
from drawing.kinds import Picture

ROOT = Path(__file__).parents[2]


class Worker:
    """A method's process; it is up, its models loaded, when the context is entered."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> "Worker":
        command = [sys.executable, "-m", "benchmarks.accuracy.worker", self.name]
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        self._line()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate()

    def read(self, path: Path) -> Answer:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        given = json.loads(self._line())
        given["lines"] = tuple(given["lines"])
        for name in ("alternatives", "doubted"):
            given[name] = tuple((text, confidence) for text, confidence in given[name])
        return Answer(**given)

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended: python -m benchmarks.accuracy.worker {self.name!r} says why")
        return line


def measure(pictures: Iterable[Picture], methods: list[str]) -> Iterator[tuple[Picture, Row]]:
    """The answers, picture by picture; who goes first changes, so that a busy moment hits all alike."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        workers = [stack.enter_context(Worker(name)) for name in methods]
        path = folder / "picture.npz"
        for worker in workers:  # the first reading sets up what later ones use
            noise = np.random.default_rng(0).integers(0, 255, (200, 200)).astype(np.uint8)
            _save(path, noise, None)
            worker.read(path)
        for number, picture in enumerate(pictures):
            _save(path, picture.grey, picture.colours)
            turn = number % len(workers)
            answers = {worker.name: worker.read(path) for worker in workers[turn:] + workers[:turn]}
            high, wide = picture.grey.shape
            yield (
                picture,
                Row(picture.name, picture.kind, picture.truth, (wide, high), answers, picture.group, picture.complete),
            )


def _save(path: Path, grey: Grey, colours: Grey | None) -> None:
    if colours is None:
        np.savez(path, grey=grey)
    else:
        np.savez(path, grey=grey, colours=colours)
