"""A statement's tokens, read as the engine of its dialect reads them; what is read differently anywhere is `other`.

The guard reads tokens itself, since a parser made for many dialects takes comments, quotes and commands that the
engine does not. Pieces join to the statement again: nothing is lost.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

Dialect = Literal["sqlite", "postgresql"]
Kind = Literal["space", "comment", "string", "quoted", "number", "word", "symbol", "other"]

_COMMENT = {"sqlite": r"--[^\n]*", "postgresql": r"--[^\r\n]*"}
_QUOTED = {"sqlite": r'"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]', "postgresql": r'"(?:[^"]|"")*"'}
_NUMBER = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?!\w)"
_HEXADECIMAL = {"sqlite": r"0[xX][0-9a-fA-F]{1,16}(?!\w)|", "postgresql": ""}
_STRING = {"sqlite": r"(?:\b[xX])?'(?:[^']|'')*'", "postgresql": r"'(?:[^'\\]|'')*'"}
_SYMBOL = r"!~\*?|\|\||<<|>>|<>|<=|>=|!=|==|::|[-+*/%<>=|&~(),.;]"


@dataclass(frozen=True, slots=True)
class Piece:
    kind: Kind
    text: str


def pieces(statement: str, dialect: Dialect) -> tuple[Piece, ...]:
    """All pieces of any text at all. `other` is every character that cannot stand where it does."""
    found = [Piece(match.lastgroup, match.group()) for match in _pattern(dialect).finditer(statement)]  # type: ignore[arg-type]
    return tuple(_doubtful(found))


def significant(found: Sequence[Piece]) -> list[Piece]:
    """The pieces that mean something, without the semicolons at the end."""
    kept = [piece for piece in found if piece.kind not in ("space", "comment")]
    while kept and kept[-1].text == ";":
        kept.pop()
    return kept


def bare(found: Sequence[Piece]) -> str:
    """The statement without comments, and without the semicolons at its end."""
    text = "".join(" " if piece.kind == "comment" else piece.text for piece in found)
    return text.rstrip("; \t\r\n\f").strip()


@cache
def _pattern(dialect: Dialect) -> re.Pattern[str]:
    groups = {
        "space": r"[ \t\r\n\f]+",
        "comment": rf"{_COMMENT[dialect]}|/\*.*?\*/",
        "string": _STRING[dialect],
        "quoted": _QUOTED[dialect],
        "number": _HEXADECIMAL[dialect] + _NUMBER,
        "word": r"[^\W0-9]\w*",
        "symbol": _SYMBOL,
        "other": r".",
    }
    return re.compile("|".join(f"(?P<{name}>{regex})" for name, regex in groups.items()), re.DOTALL)


def _doubtful(found: list[Piece]) -> Iterator[Piece]:
    for before, piece in pairwise([Piece("space", ""), *found]):
        # Comments nest in PostgreSQL and do not in SQLite; E'', B'', N'' and U&'' have rules of their own.
        nested = piece.kind == "comment" and piece.text.startswith("/*") and "/*" in piece.text[2:]
        prefixed = piece.text[:1] in ("'", '"') and (before.kind in ("word", "number") or before.text == "&")
        yield Piece("other", piece.text) if nested or prefixed else piece
