"""The template as written, as SAM transforms it and as moto makes it. Its tools have an environment of their own."""

import hashlib
import importlib.util
import json
import os
import subprocess
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]
VENV = Path(os.environ.get("INFRA_VENV") or ROOT / "infra" / ".venv")
TOKEN = "a-token-that-is-told-to-nobody"


class Check(Protocol):
    def __call__(self, what: str, **parameters: str) -> Any: ...


@pytest.fixture(scope="session")
def tools() -> Path:
    """The folder of the programs of infra/requirements.txt."""
    if not (VENV / "bin" / "cfn-lint").exists():
        pytest.skip(f"the tools of infra/requirements.txt are not in {VENV}; `make test` installs them")
    return VENV / "bin"


@pytest.fixture(scope="session")
def check(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Check:
    """What infra/check.py says, with an operator token and these parameters; once for all processes of the tests."""
    shared = tmp_path_factory.getbasetemp()
    # A worker of xdist has a folder of its own in one of all workers.
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared

    @cache
    def run(what: str, given: tuple[str, ...]) -> str:
        told = shared / f"check-{hashlib.sha256(repr((what, given)).encode()).hexdigest()[:16]}.json"
        with FileLock(f"{told}.lock"):
            if not told.exists():
                told.write_text(_checked(tools, what, given), "utf-8")
        return told.read_text("utf-8")

    def parsed(what: str, **parameters: str) -> Any:
        return json.loads(run(what, tuple(f"{name}={value}" for name, value in parameters.items())))

    return parsed


def _checked(tools: Path, what: str, given: tuple[str, ...]) -> str:
    command = [str(tools / "python"), str(ROOT / "infra" / "check.py"), what, f"OperatorToken={TOKEN}", *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def build() -> ModuleType:
    """infra/build.py, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("build", ROOT / "infra" / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
