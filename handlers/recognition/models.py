"""The networks beside this file, opened in onnxruntime."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

# Before it is imported: its wheels report to their maker over the internet, and keep a device's number in the home
# folder. Nothing of what is read here leaves this machine.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class ModelNotFound(RuntimeError):
    """A network's file is not where the package has it."""


def open_model(name: str, threads: int, *, arena: bool = False) -> ort.InferenceSession:
    """The network `weights/<name>.onnx` on the CPU with `threads` threads inside an operator; `run` on it is safe from
    many threads. Raises `ModelNotFound` where the file is missing.

    `arena`: reuse memory between operators; run it with `shrinking()`, which gives the memory back after each run.
    """
    path = Path(__file__).parent / "weights" / f"{name}.onnx"
    if not path.is_file():
        raise ModelNotFound(f"the file {path.name} is missing beside the package's code; please install castmark again")
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
