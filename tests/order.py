"""In which order workers go through the tests: what takes long comes first, and the tests of a file stay together.

A worker that begins the longest test last ends alone, while the others have nothing left to do. What takes long is told
by kind (tests/kinds.py), and nobody has to keep a list of it; an order that is wrong only takes longer.
"""

from itertools import groupby, islice

import pytest

from tests.kinds import KINDS

# The kinds that take longer are named after the others.
_RANKS = (*reversed(KINDS),)


# After pytest has chosen by markers.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Only what xdist starts has it.
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        items[:] = ordered(items, workers)


def ordered(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """As many parts of one length as there are workers: xdist gives each of them one, and whoever is through with it
    takes from the end of another's."""
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    slow = sorted((tests for tests in files if _rank(tests) < len(_RANKS)), key=_rank)
    parts: list[list[pytest.Item]] = [[] for _ in range(workers)]
    for tests in slow:
        min(parts, key=len).extend(tests)
    quick = (test for tests in files if _rank(tests) == len(_RANKS) for test in tests)
    left = len(items)
    for number, part in enumerate(parts):
        length = left // (workers - number)
        part.extend(islice(quick, max(0, length - len(part))))
        left -= length
    return [test for part in parts for test in part] + list(quick)


def _rank(tests: list[pytest.Item]) -> int:
    """The place of a file's kind among them, and the last for none."""
    for rank, kind in enumerate(_RANKS):
        if any(test.get_closest_marker(kind) for test in tests):
            return rank
    return len(_RANKS)
