"""Importing the console costs nothing: its outside parts are imported when they are first used. Its folders go down."""

import ast
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_CONSOLE = _ROOT / "handlers" / "console"
# Each may import those after it.
_FLOORS = ("terminal", "engines", "policy")

_ASK = """
import pkgutil, sys
import handlers.console
for module in pkgutil.walk_packages(handlers.console.__path__, "handlers.console."):
    __import__(module.name)
print(sorted({"sqlglot", "psycopg", "sqlalchemy", "fastapi", "starlette", "pydantic"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported() -> None:
    said = subprocess.run([sys.executable, "-c", _ASK], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_what_is_typed_knows_the_engines_and_both_the_policy_and_nothing_looks_up() -> None:
    for path in _CONSOLE.rglob("*.py"):
        parts = path.relative_to(_CONSOLE).parts
        if len(parts) == 1:
            assert not _folders(path), path
        else:
            assert _folders(path) <= set(_FLOORS[_FLOORS.index(parts[0]) :]), path


def _folders(path: Path) -> set[str]:
    """The folders of the console that a file imports from, for types too."""
    found = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    names = [f"{node.module}.{each.name}".split(".") for node in found for each in node.names]
    return {name[2] for name in names if name[:2] == ["handlers", "console"]}
