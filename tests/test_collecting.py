"""The collector around imports."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.collecting import without_collecting

_ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("on", [True, False])
def test_collector_is_as_it_was_and_passes_over_what_was_imported(on: bool) -> None:
    gc.unfreeze()
    if not on:
        gc.disable()
    with without_collecting():
        assert not gc.isenabled()
    assert gc.isenabled() is on
    assert gc.get_freeze_count() > 1000


def test_it_is_on_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without_collecting():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_function_starts_without_collecting_what_it_imports() -> None:
    code = (
        "import gc\nruns = []\ngc.callbacks.append(lambda phase, about: runs.append(about['generation']))\n"
        "import handlers.api.test\nassert 2 not in runs, runs\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 10_000\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, timeout=60)
