"""Reading a statement's pieces as the engine of its dialect reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.console.policy.pieces import Dialect, bare, pieces, significant
from tests.console.statements import DIALECTS


@pytest.mark.parametrize("dialect", DIALECTS)
@given(statement=st.text(st.characters(), max_size=200) | st.text("'\"`[]/*-\n\r;\\$ aE1.", max_size=40))
def test_the_pieces_are_the_statement(dialect: Dialect, statement: str) -> None:
    assert "".join(piece.text for piece in pieces(statement, dialect)) == statement


@pytest.mark.parametrize(
    ("dialect", "statement", "kinds"),
    [
        ("sqlite", "a 'b' \"c\" [d] `e` 1.5", ["word", "string", "quoted", "quoted", "quoted", "number"]),
        ("postgresql", "\"a\"\"b\" 'c''d'", ["quoted", "string"]),
        ("postgresql", "[a]", ["other", "word", "other"]),
        ("sqlite", "x'41' 0x1F", ["string", "number"]),
        ("postgresql", "x'41'", ["word", "other"]),
        ("sqlite", "e'a'", ["word", "other"]),
        ("postgresql", "'a\\'", ["other", "word", "other", "other"]),
        ("sqlite", "'a\\'", ["string"]),
        ("sqlite", "1abc", ["other", "word"]),
        ("sqlite", "a<=b||c", ["word", "symbol", "word", "symbol", "word"]),
        ("postgresql", "1::int", ["number", "symbol", "word"]),
        ("sqlite", "漢字 ＡＢ é", ["word", "word", "word"]),
    ],
)
def test_kinds(dialect: Dialect, statement: str, kinds: list[str]) -> None:
    assert [piece.kind for piece in significant(pieces(statement, dialect))] == kinds


@pytest.mark.parametrize("dialect", DIALECTS)
def test_bare_is_without_comments_and_last_semicolons(dialect: Dialect) -> None:
    assert bare(pieces("/* a */ SELECT/**/1 -- b\n;; -- c", dialect)) == "SELECT 1"
    assert bare(pieces("SELECT ';' ;", dialect)) == "SELECT ';'"
