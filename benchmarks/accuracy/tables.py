"""Markdown tables of counts and shares."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(hits: Iterable[bool]) -> str:
    every = list(hits)
    return f"{sum(every) / max(len(every), 1):.2f}"


def count(hits: Iterable[bool]) -> str:
    """How many of how many."""
    every = list(hits)
    return f"{sum(every)} of {len(every)}" if every else ""
