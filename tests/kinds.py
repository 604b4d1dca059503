"""Of which kind a test is, by what it uses: nobody has to say it, and nobody can forget it.

`make test-fast` runs what is of no kind.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

KINDS = {
    "parts": "uses real parts: processes, servers, PostgreSQL",
    "browser": "looks at the page in a browser",
    "cloud": "uses what plays AWS: moto, Lambda's runtime client, SAM's transform",
    "models": "reads with the networks, or draws what they are measured on and learn from",
    "hard": "breaks things again and again: kill -9, full disks, mutated files",
}
_OF_FOLDERS = {"e2e": "parts", "infra": "cloud", "hard": "hard"}
_OF_FIXTURES = {"browser": "browser", "postgresql_server": "parts", "server": "parts", "reader": "models"}
_OF_PARAMETERS = {
    ("database_kind", "postgresql"): "parts",
    ("database_kind", "dsql"): "parts",
    ("engine", "postgresql"): "parts",
}
_OF_MODULES = {
    "subprocess": "parts",
    "handlers.cli.many": "parts",
    "handlers.pictures.pool": "parts",
    "tests.databases": "parts",
    "tests.servers": "parts",
    "tests.outbox.broker": "parts",
    "tests.buckets": "cloud",
    "tests.moto_process": "cloud",
    "tests.queues": "cloud",
    "tests.e2e.runtime": "cloud",
    "moto": "cloud",
    "schemathesis": "hard",
    "drawing.crops": "models",
    "drawing.kinds": "models",
    "drawing.lamps": "models",
    "tests.drawing": "models",
    "tests.teaching.test_teaching": "models",
    "training.scenes": "models",
    "handlers.recognition.find.finder": "models",
    "handlers.recognition.read.marks": "models",
    "handlers.recognition.read.recogniser": "models",
    "handlers.recognition.reader": "models",
}


def kinds_of(item: pytest.Item) -> set[str]:
    """The markers of KINDS that are `item`'s."""
    call = getattr(item, "callspec", None)
    parameters = call.params.items() if call else ()
    used = {
        *_kinds_of_file(item.path, getattr(item, "module", None)),
        *(_OF_FIXTURES.get(name) for name in getattr(item, "fixturenames", ())),
        *(kind for parameter, kind in _OF_PARAMETERS.items() if parameter in parameters),
    }
    return {kind for kind in used if kind}


@cache
def _kinds_of_file(path: Path, module: ModuleType | None) -> frozenset[str]:
    """What all tests of a file are: there are hundreds of names in each, and thousands of tests."""
    folders = path.relative_to(Path(__file__).parent).parts[:-1]
    used = {
        *(_OF_FOLDERS.get(folder) for folder in folders),
        *(_OF_MODULES.get(name) for name in _modules_of(module)),
    }
    return frozenset(kind for kind in used if kind)


def _modules_of(module: Any) -> Iterator[str]:
    """The names of the modules that it has imported, or has taken something from."""
    for value in vars(module).values() if module else ():
        name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
        if isinstance(name, str):
            yield name if name in _OF_MODULES else name.partition(".")[0]
