"""What is refused with which reason, and what is accepted: the tables are the policy."""

import pytest

from handlers.console.allowed import objection
from handlers.console.blacklist import DEFAULT_PHRASES
from handlers.console.policy import judge, several, unreadable
from handlers.console.tokens import Dialect, pieces
from tests.console.statements import ACCEPTED, BLACKLISTED, DIALECTS, ENDLESS, LIFTED, NEVER, REFUSED

_both = pytest.mark.parametrize("dialect", DIALECTS)
_refused = pytest.mark.parametrize(
    ("dialect", "statement", "reason"),
    [(dialect, *row) for dialect in DIALECTS for row in [*BLACKLISTED, *REFUSED[dialect]]],
)


def test_the_tables_are_as_long_as_they_should_be() -> None:
    for dialect in DIALECTS:
        assert len(set(BLACKLISTED + NEVER + REFUSED[dialect])) >= 150
        assert len(set(ACCEPTED[dialect] + LIFTED)) >= 60


@_refused
def test_refuses(dialect: Dialect, statement: str, reason: str) -> None:
    verdict = judge(statement, dialect, DEFAULT_PHRASES)
    assert not verdict.accepted
    assert reason in verdict.reason
    assert not verdict.writes


@_refused
def test_a_reason_is_one_sentence_on_one_line(dialect: Dialect, statement: str, reason: str) -> None:  # noqa: ARG001
    said = judge(statement, dialect, DEFAULT_PHRASES).reason
    assert said == said.strip() and said.endswith(".") and "\n" not in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("dialect", "statement"), [(dialect, each) for dialect in DIALECTS for each in ACCEPTED[dialect] + ENDLESS[dialect]]
)
def test_accepts(dialect: Dialect, statement: str) -> None:
    verdict = judge(statement, dialect, DEFAULT_PHRASES)
    assert verdict.accepted, verdict.reason
    assert verdict.reason == ""
    assert verdict.writes == ("INSERT" in statement)


@_both
@pytest.mark.parametrize("statement", LIFTED)
def test_accepts_what_an_operator_has_lifted(dialect: Dialect, statement: str) -> None:
    assert not judge(statement, dialect, DEFAULT_PHRASES).accepted
    assert judge(statement, dialect, ("drop table", "truncate")).accepted
    assert judge(statement, dialect, ()).writes


@_both
@pytest.mark.parametrize(("statement", "reason"), NEVER)
def test_an_empty_blacklist_opens_nothing_else(dialect: Dialect, statement: str, reason: str) -> None:
    verdict = judge(statement, dialect, ())
    assert not verdict.accepted
    # Where both engines' readers differ on what is wrong, refusing is what counts.
    assert reason in verdict.reason or "allowed" in verdict.reason or "read" in verdict.reason


@pytest.mark.parametrize(
    ("dialect", "statement"), [(dialect, row[0]) for dialect in DIALECTS for row in REFUSED[dialect]]
)
def test_the_other_layers_refuse_alone(dialect: Dialect, statement: str) -> None:
    assert not judge(statement, dialect, ()).accepted


_ONLY_THE_SPELLING = (
    "comment within",
    "is not closed",
    "has no place",
    "no statement",
    "one statement",
    "do not match",
)


@pytest.mark.parametrize(
    ("dialect", "statement"),
    [
        (dialect, statement)
        for dialect in DIALECTS
        for statement, reason in [*REFUSED[dialect], *NEVER]
        if reason not in _ONLY_THE_SPELLING
    ],
)
def test_the_allow_list_refuses_alone(dialect: Dialect, statement: str) -> None:
    assert objection(pieces(statement, dialect), dialect)


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
def test_every_text_gets_a_verdict(dialect: Dialect, statement: str) -> None:
    assert not judge(statement, dialect, DEFAULT_PHRASES).accepted or "LIMIT" in statement


def test_what_is_read_differently_anywhere_is_unreadable() -> None:
    for statement in ("SELECT E'\\'' --'", "SELECT /* /* */ 1", "SELECT $$a$$", "SELECT U&'a'"):
        assert unreadable(pieces(statement, "postgresql"))
