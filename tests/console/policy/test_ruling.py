"""What is refused with which reason, and what is accepted: the tables are the policy."""

import pytest

from handlers.console.policy.allowed import objection
from handlers.console.policy.blacklist import DEFAULT_PHRASES
from handlers.console.policy.pieces import Dialect, pieces
from handlers.console.policy.ruling import judge, several, unreadable
from tests.console.statements import ACCEPTED, BLACKLISTED, DIALECTS, ENDLESS, LIFTED, NEVER, REFUSED

_both = pytest.mark.parametrize("dialect", DIALECTS)


def test_the_tables_are_as_long_as_they_should_be() -> None:
    for dialect in DIALECTS:
        assert len(set(BLACKLISTED + NEVER + REFUSED[dialect])) >= 150
        assert len(set(ACCEPTED[dialect] + LIFTED)) >= 60


@pytest.mark.parametrize(
    ("dialect", "statement", "reason"),
    [(dialect, *row) for dialect in DIALECTS for row in [*BLACKLISTED, *REFUSED[dialect]]],
)
def test_refuses_with_a_reason_that_is_one_sentence(dialect: Dialect, statement: str, reason: str) -> None:
    ruling = judge(statement, dialect, DEFAULT_PHRASES)
    assert (ruling.accepted, ruling.writes) == (False, False)
    assert reason in ruling.reason
    assert ruling.reason.endswith(".") and ruling.reason == ruling.reason.strip()
    assert "\n" not in ruling.reason and "\x1b" not in ruling.reason
    if (statement, reason) in REFUSED[dialect]:
        assert not judge(statement, dialect, ()).accepted, "the other layers refuse it without the blacklist"
        assert _is_allowed_nowhere(dialect, statement, reason)


@pytest.mark.parametrize(
    ("dialect", "statement"), [(dialect, each) for dialect in DIALECTS for each in ACCEPTED[dialect] + ENDLESS[dialect]]
)
def test_accepts(dialect: Dialect, statement: str) -> None:
    ruling = judge(statement, dialect, DEFAULT_PHRASES)
    assert ruling.accepted, ruling.reason
    assert ruling.reason == ""
    assert ruling.writes == ("INSERT" in statement)


@_both
@pytest.mark.parametrize("statement", LIFTED)
def test_accepts_what_an_operator_has_lifted(dialect: Dialect, statement: str) -> None:
    assert not judge(statement, dialect, DEFAULT_PHRASES).accepted
    assert judge(statement, dialect, ("drop table", "truncate")).accepted
    assert judge(statement, dialect, ()).writes


@_both
@pytest.mark.parametrize(("statement", "reason"), NEVER)
def test_an_empty_blacklist_opens_nothing_else(dialect: Dialect, statement: str, reason: str) -> None:
    ruling = judge(statement, dialect, ())
    assert not ruling.accepted
    # Where both engines' readers differ on what is wrong, refusing is what counts.
    assert reason in ruling.reason or "allowed" in ruling.reason or "read" in ruling.reason
    assert _is_allowed_nowhere(dialect, statement, reason)


_ONLY_THE_SPELLING = (
    "comment within",
    "is not closed",
    "has no place",
    "no statement",
    "one statement",
    "do not match",
)


def _is_allowed_nowhere(dialect: Dialect, statement: str, reason: str) -> bool:
    """Whether the allow list refuses it alone, which must not know what is only a question of spelling."""
    return reason in _ONLY_THE_SPELLING or bool(objection(pieces(statement, dialect), dialect))


@_both
@pytest.mark.parametrize("statement", ["SELECT 1; DROP TABLE x", "SELECT 1;SELECT 2", "DROP TABLE x; SELECT 1"])
def test_one_statement_is_enough_of_a_rule_alone(dialect: Dialect, statement: str) -> None:
    assert several(pieces(statement, dialect))
    assert objection(pieces(statement, dialect), dialect)


def test_a_comment_ends_where_the_engine_ends_it() -> None:
    # For SQLite a carriage return is a part of the comment, for PostgreSQL its end.
    assert judge("SELECT 1 -- \r , 2", "sqlite", ()).accepted
    assert judge("SELECT 1 -- \r DROP VIEW x", "postgresql", ()).reason.startswith("The statement cannot be read")
    assert "'drop table'" in judge("SELECT 1; -- \r DROP TABLE x", "postgresql", ("drop table",)).reason


@_both
@pytest.mark.parametrize(
    "statement",
    [
        "",
        " \n\t",
        "\0",
        "SELECT '\0'",
        "SELECT '\ud800'",
        'SELECT "\udfff"',
        "SELECT 1 /* \ud83d */",
        "(" * 1_000_000,
        "SELECT " + "(" * 9000 + "1" + ")" * 9000,
        "SELECT " + "(" * 100 + "1" + ")" * 100,
        "SELECT " + "NOT " * 2000 + "1",
        "SELECT " + "- " * 2000 + "1",
        "SELECT " + "CASE WHEN 1 THEN " * 100 + "1" + " END" * 100,
        "SELECT 1" + " UNION SELECT 1 FROM nowhere" * 700,
        "SELECT " + "date " * 2900,
        "SELECT " + "interval " * 2900,
        "WITH " * 2900,
        "SELECT 1" + ", 1" * 5000,
        "'" * 19_999,
        "/*" * 9_000,
        "é" * 20_000,
        "SELECT " + "x" * 100 + " FROM mold_info",
        "SELECT 1 FROM mold_info LIMIT 99999999999999999999999999999999999e99999999",
        "SELECT 0x" + "f" * 400,
    ],
)
def test_every_text_gets_a_ruling(dialect: Dialect, statement: str) -> None:
    assert not judge(statement, dialect, DEFAULT_PHRASES).accepted or "LIMIT" in statement


def test_what_is_read_differently_anywhere_is_unreadable() -> None:
    for statement in ("SELECT E'\\'' --'", "SELECT /* /* */ 1", "SELECT $$a$$", "SELECT U&'a'"):
        assert unreadable(pieces(statement, "postgresql"))
