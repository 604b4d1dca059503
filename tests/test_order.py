"""The order of the tests: none is lost, files stay together, and every worker begins with what takes long."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.order import ordered

FILES = {"a": "", "b": "parts", "c": "", "d": "hard", "e": "parts", "f": "", "g": "browser", "h": ""}


@pytest.mark.parametrize(
    ("workers", "expected"),
    [
        (1, ["dddgggbbbeeeaaacccfffhhh"]),
        (2, ["dddbbbaaaccc", "gggeeefffhhh"]),
        (4, ["dddaaa", "gggccc", "bbbfff", "eeehhh"]),
        # Where there is less that takes long than workers, some begin with the rest.
        (8, ["ddd", "ggg", "bbb", "eee", "aaa", "ccc", "fff", "hhh"]),
    ],
)
def test_every_worker_begins_with_what_takes_long(workers: int, expected: list[str]) -> None:
    items = [test for file, kind in FILES.items() for test in _three(file, kind)]
    found = ordered(items, workers)
    assert sorted(map(id, found)) == sorted(map(id, items))
    names = "".join(str(test.path) for test in found)
    length = len(names) // workers
    assert [names[at : at + length] for at in range(0, len(names), length)] == expected


def test_nothing_is_lost_where_what_takes_long_is_more_than_a_part() -> None:
    items = [*_three("a", "parts"), *_three("b", "parts"), *_three("c", "")[:1], *_three("d", "hard")]
    assert "".join(str(test.path) for test in ordered(items, 2)) == "dddbbbaaac"


def _three(file: str, kind: str) -> list[Any]:
    marked = {kind: "marked"} if kind else {}
    return [SimpleNamespace(path=file, get_closest_marker=marked.get) for _ in range(3)]
