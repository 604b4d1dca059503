"""The PP-OCRv6 models inside the `rapidocr` wheel, and our own beside this file, opened directly in onnxruntime.

`import rapidocr` costs 1.6 s of CPU and 720 MiB at its first reading; both sessions opened here cost 0.4 s and less
than 200 MiB, so the package is located without being imported.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class ModelNotFound(RuntimeError):
    """The wheel that carries the models is not installed, or does not hold the file asked for."""


def model_path(name: str) -> Path:
    """The path of `<name>.onnx`; raises `ModelNotFound` with what to install."""
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModelNotFound("the package 'rapidocr', whose wheel carries the models, is not installed")
    path = Path(spec.origin).parent / "models" / f"{name}.onnx"
    if not path.is_file():
        raise ModelNotFound(f"the installed 'rapidocr' has no model {path.name}; version 3.10 carries it")
    return path


def open_model(name: str, threads: int, *, arena: bool = False) -> ort.InferenceSession:
    """PP-OCRv6's `name` on the CPU with `threads` threads inside an operator; `run` on it is safe from many threads.

    `arena`: reuse memory between operators; run it with `shrinking()`, which gives the memory back after each run.
    """
    return _session(model_path(name), threads, arena=arena)


def open_own(name: str, threads: int) -> ort.InferenceSession:
    """The same for a model of our own, which ships with the package."""
    return _session(Path(__file__).parent / "weights" / f"{name}.onnx", threads)


def _session(path: Path, threads: int, *, arena: bool = False) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Crops come in many widths: arenas and memory patterns kept per shape would grow without a bound.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = arena
    options.log_severity_level = 3
    # Idle threads that spin burn the second core for nothing between two crops.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def shrinking() -> ort.RunOptions:
    """Options of a run after which the session's arena keeps nothing."""
    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


def trim() -> None:
    """Gives freed memory back to the system where glibc does not: it keeps 60 MiB of it after some dozen crops."""
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if give_back is not None:
        give_back(0)


def normalise(image: Grey) -> Floats:
    """Grey (height, width) in 0..255 -> PP-OCR's input (3, height, width) in -1..1 (mean and deviation 0.5)."""
    plane = image.astype(np.float32) / 127.5 - 1.0
    return np.broadcast_to(plane, (3, *image.shape))
