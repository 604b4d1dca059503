"""What imports leave out: collecting, and models that nobody asks for."""

import gc
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handlers.importing import without_collecting

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
        "import handlers.lambda_.functions\nassert 2 not in runs, runs\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 10_000\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, timeout=60)


def test_first_request_of_a_function_imports_without_collecting() -> None:
    """What only some requests need is imported by the first of them, and the collector is on for all later ones."""
    code = (
        "import gc, handlers.lambda_.functions as functions\n"
        "from tests.clouds import event_loop, invoke\n"
        "with event_loop():\n"
        "    handler, before, runs = functions.test, gc.get_freeze_count(), []\n"
        "    gc.callbacks.append(lambda phase, about: runs.append(about['generation']))\n"
        "    assert invoke(handler, 'rest_v1', 'GET', '/test').status == 200\n"
        "    assert not runs and gc.get_freeze_count() > before and gc.isenabled()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, timeout=60)


def _document(*before: str) -> dict[str, Any]:
    """The OpenAPI document of all functions, in a fresh process."""
    lines = [
        *before,
        "import json",
        "from handlers.api import all_apis",
        "from handlers.function import build_app",
        "from handlers.settings import Settings",
        "print(json.dumps(build_app(Settings(), all_apis()).openapi()))",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], cwd=_ROOT, check=True, timeout=60, capture_output=True, text=True
    )
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_documentation_is_the_same_where_its_models_were_built_late() -> None:
    assert _document() == _document("import fastapi")


def test_function_does_not_build_the_models_of_a_document() -> None:
    code = (
        "import handlers.api.test\n"
        "from fastapi.openapi.models import OpenAPI\n"
        "from handlers.settings import Settings\n"
        "assert not OpenAPI.__pydantic_complete__\n"
        "assert Settings.__pydantic_complete__, 'ours are as ever'\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=True, timeout=60)
