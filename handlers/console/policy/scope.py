"""The scopes of a query: what can be selected from where, and which columns that has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from handlers.console.policy.pieces import Dialect

if TYPE_CHECKING:
    from sqlglot import exp


class Objection(Exception):
    """Why a statement is refused: a sentence."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something to select from: its columns, and how many tables it reads."""

    columns: frozenset[str]
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one query: `ctes` to select from, `sources` selected from, `outer` for correlated columns."""

    dialect: Dialect
    ctes: Mapping[str, Source] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    outer: Scope | None = None

    def inner(self) -> Scope:
        return Scope(self.dialect, self.ctes, {}, self)

    def with_cte(self, name: str, source: Source) -> Scope:
        return Scope(self.dialect, {**self.ctes, name: source}, self.sources, self.outer)

    def with_sources(self, sources: Mapping[str, Source]) -> Scope:
        return Scope(self.dialect, self.ctes, sources, self.outer)

    def outwards(self) -> Iterator[Scope]:
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


def name_of(identifier: exp.Expr | str | None, dialect: Dialect) -> str:
    """A name as the engine compares it: SQLite ignores the case of ASCII letters, PostgreSQL unless quoted."""
    text = identifier if isinstance(identifier, str) else identifier.name if identifier else ""
    if len(text.encode(errors="replace")) > 63:
        raise Objection("A name may have 63 bytes at most.")
    exact = dialect == "postgresql" and not isinstance(identifier, str) and identifier and identifier.args.get("quoted")
    return text if exact else "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)
