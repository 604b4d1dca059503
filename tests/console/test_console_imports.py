"""Importing the console costs nothing: its outside parts are imported when they are first used."""

import subprocess
import sys
from pathlib import Path

_ASK = """
import pkgutil, sys
import handlers.console
for module in pkgutil.walk_packages(handlers.console.__path__, "handlers.console."):
    __import__(module.name)
print(sorted({"sqlglot", "psycopg", "sqlalchemy", "fastapi", "starlette", "pydantic"} & set(sys.modules)))
"""


def test_nothing_heavy_is_imported() -> None:
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", _ASK], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
