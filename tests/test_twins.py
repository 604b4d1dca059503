"""No place of the package repeats six lines of another: what stands twice is changed in one place only."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_LINES = 6
_MOST = 40


def test_no_six_lines_stand_twice() -> None:
    """Statements in a row, to the letter; imports and texts do not count."""
    places: dict[str, set[str]] = defaultdict(set)
    for path in sorted(_ROOT.glob("handlers/**/*.py")):
        for statements in _bodies(ast.parse(path.read_text("utf-8"))):
            told = [ast.dump(each) for each in statements]
            for first, start in enumerate(statements):
                for last in range(first, len(statements)):
                    lines = sum(_height(each) for each in statements[first : last + 1])
                    if lines >= _LINES:
                        places[" ".join(told[first : last + 1])].add(f"{path.name}:{start.lineno}")
                    if lines > _MOST:
                        break
    assert [twins for twins in places.values() if len(twins) > 1] == []


def _bodies(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """The blocks of a module, without what may be the same everywhere."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            found = getattr(node, name, None)
            if isinstance(found, list):
                yield [each for each in found if isinstance(each, ast.stmt) and not _may_repeat(each)]


def _may_repeat(statement: ast.stmt) -> bool:
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, (ast.Import, ast.ImportFrom))


def _height(statement: ast.stmt) -> int:
    return (statement.end_lineno or statement.lineno) - statement.lineno + 1
