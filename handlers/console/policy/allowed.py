"""The allow-list: a statement is accepted when each of its parsed parts is known, refused for the first that is not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from handlers.console.policy.grammar import (
    BEFORE_PARENTHESIS,
    CALLS,
    COLLATIONS,
    FUNCTIONS,
    NODES,
    TABLES,
    TYPES,
    WORDS,
)
from handlers.console.policy.names import check_names
from handlers.console.policy.pieces import Dialect, Piece, bare, significant
from handlers.console.policy.scope import Objection, name_of

if TYPE_CHECKING:
    from sqlglot import exp

_FIRST = ("select", "with", "values", "insert", "delete", "update", "(")
_LONGEST_PADDED = 1000
_READER = {"sqlite": "sqlite", "postgresql": "postgres"}
_CONFUSED = "The statement cannot be read; see its spelling and its parentheses."


def objection(found: Sequence[Piece], dialect: Dialect) -> str | None:
    """Why the statement is not allowed, in a sentence; None when all of it is known and harmless."""
    try:
        _check_first(found)
        statement = _parsed(bare(found), dialect)
        for node in statement.walk():
            _check_node(node, dialect)
        check_names(statement, dialect)
        _check_calls(found, statement, dialect)
    except Objection as refusal:
        return str(refusal)
    except RecursionError:
        return "The statement is nested too deeply."
    return None


def _check_first(found: Sequence[Piece]) -> None:
    words = [piece.text.lower() for piece in significant(found)[:1]]
    if words and words[0] not in _FIRST:
        raise Objection(f"{words[0].upper()} is not allowed here; SELECT and INSERT are.")


def _parsed(statement: str, dialect: Dialect) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    # It warns on the standard error of what it cannot read, with the statement's text.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        parsed = sqlglot.parse(statement, read=_READER[dialect])
    except RecursionError:
        raise
    except (SqlglotError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        # Its errors quote the statement with terminal colours; some texts make it stumble in other ways.
        raise Objection(_CONFUSED) from None
    if len(parsed) != 1 or parsed[0] is None:
        raise Objection("Only one statement at a time is allowed.")
    if type(parsed[0]).__name__ not in _STATEMENTS:
        raise Objection("Only SELECT, VALUES, INSERT, DELETE FROM and UPDATE are allowed.")
    return parsed[0]


_STATEMENTS = ("Select", "Union", "Except", "Intersect", "Subquery", "Values", "Insert", "Delete", "Update")


def _check_node(node: exp.Expr, dialect: Dialect) -> None:
    kind = type(node).__name__
    if kind == "Anonymous":
        _check_anonymous(node, dialect)
    elif kind not in CALLS:
        if kind not in NODES:
            raise Objection(f"{_spoken(kind)} is not allowed here.")
        for key, value in node.args.items():
            if value not in (None, False, []) and key not in NODES[kind]:
                raise Objection(f"{_spoken(kind)} with {_spoken(key)} is not allowed here.")
    for key, value in node.args.items():
        if f"{kind}.{key}" in WORDS and str(value or "").upper() not in WORDS[f"{kind}.{key}"]:
            raise Objection(f"{value} is not allowed here.")
    if kind in _CHECKS:
        _CHECKS[kind](node, dialect)


def _check_anonymous(node: exp.Expr, dialect: Dialect) -> None:
    name = node.this
    if not isinstance(name, str) or name.lower() not in FUNCTIONS[dialect]:
        raise Objection(f"The function {node.name} is not allowed here.")


def _check_type(node: exp.Expr, dialect: Dialect) -> None:
    name = getattr(node.this, "value", node.this)
    if name not in TYPES[dialect]:
        raise Objection(f"The type {node.args.get('kind') or name} is not allowed here.")


def _check_collation(node: exp.Expr, dialect: Dialect) -> None:
    name = node.args["expression"].name
    if (name.lower() if dialect == "sqlite" else name) not in COLLATIONS[dialect]:
        raise Objection(f"The collation {name} is not allowed here.")


def _check_nested_write(node: exp.Expr, _: Dialect) -> None:
    if node.parent is not None:
        raise Objection("A write within another statement is not allowed.")


def _check_padding(node: exp.Expr, _: Dialect) -> None:
    """A server makes the text of any length in its memory before a limit of ours can see it."""
    length = node.args["expression"]
    if length.key != "literal" or not length.is_int or not 0 <= int(length.name) <= _LONGEST_PADDED:
        raise Objection(f"lpad and rpad take a plain number of at most {_LONGEST_PADDED} as the length here.")


def _check_pattern(node: exp.Expr, dialect: Dialect) -> None:
    """SQLite has the word, and no function for it unless somebody adds one."""
    if dialect == "sqlite":
        raise Objection(f"{_spoken(type(node).__name__)} is not allowed here.")


_CHECKS = {
    "DataType": _check_type,
    "Pad": _check_padding,
    **dict.fromkeys(("RegexpLike", "RegexpILike"), _check_pattern),
    "Collate": _check_collation,
    **dict.fromkeys(("Insert", "Delete", "Update"), _check_nested_write),
}


def _check_calls(found: Sequence[Piece], statement: exp.Expr, dialect: Dialect) -> None:
    """Every name before a parenthesis, as it was written: a parser takes many names for one function."""
    known = FUNCTIONS[dialect] | BEFORE_PARENTHESIS[dialect]
    introduced = {*TABLES, *_introduced(statement, dialect)}
    kept = significant(found)
    for name, after in pairwise(kept):
        if after.text != "(" or name.kind not in ("word", "quoted"):
            continue
        word = name.text.lower()
        if word not in known and word.strip('"`[]') not in introduced:
            raise Objection(f"The function {name.text} is not allowed here.")


def _introduced(statement: exp.Expr, dialect: Dialect) -> Iterator[str]:
    """The names that the statement gives to queries together with names for their columns."""
    from sqlglot import exp

    for alias in statement.find_all(exp.TableAlias):
        if alias.args.get("columns"):
            yield name_of(alias.this, dialect).lower()


def _spoken(name: str) -> str:
    """A parser's name as a person may know it: `IntoClause` -> `INTO CLAUSE`."""
    return "".join(f" {letter}" if letter.isupper() else letter for letter in name).strip().rstrip("_").upper()
