"""The list of phrases, and how a phrase is found in a statement."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from handlers.console.policy.blacklist import DEFAULT_PHRASES, banned, normalised
from handlers.console.policy.edits import Edits
from handlers.console.policy.pieces import Dialect, pieces
from handlers.console.policy.ruling import judge
from handlers.records.database import Database
from tests.console.statements import BLACKLISTED, DIALECTS

_both = pytest.mark.parametrize("dialect", DIALECTS)


@pytest.fixture
def edits(database_url: str) -> Iterator[Edits]:
    database = Database(database_url)
    yield Edits(database)
    database.close()


def test_starts_with_the_documented_phrases(edits: Edits) -> None:
    assert edits.phrases() == DEFAULT_PHRASES == ("drop table", "truncate", "delete from", "update")


def test_phrases_are_added_and_removed_in_any_spelling(edits: Edits) -> None:
    assert edits.add("  Insert\n INTO ")
    assert not edits.add("ｉｎｓｅｒｔ　into")
    assert edits.phrases()[-1] == "insert into"
    assert edits.remove("DROP   table")
    assert not edits.remove("drop table")
    assert "drop table" not in edits.phrases()
    assert edits.add("drop table")
    assert edits.phrases() == (*DEFAULT_PHRASES, "insert into")


@pytest.mark.parametrize("phrase", ["", "  ", "\n", "　", "x" * 201])
def test_a_phrase_without_words_or_without_end_is_no_phrase(edits: Edits, phrase: str) -> None:
    assert not edits.add(phrase)
    assert edits.phrases() == DEFAULT_PHRASES


def test_all_phrases_can_go(edits: Edits) -> None:
    for phrase in DEFAULT_PHRASES:
        assert edits.remove(phrase)
    assert edits.phrases() == ()


def test_operators_may_edit_at_once(edits: Edits) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: edits.add(f"phrase {number % 10}"), range(40)))
    assert len(edits.phrases()) == len(DEFAULT_PHRASES) + 10


@_both
@pytest.mark.parametrize(("statement", "phrase"), BLACKLISTED)
def test_finds_the_phrase_alone(dialect: Dialect, statement: str, phrase: str) -> None:
    found = banned(pieces(statement, dialect), DEFAULT_PHRASES)
    assert found in DEFAULT_PHRASES
    assert f"'{found}'" == phrase or f"{found}" in statement.lower()


@_both
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 'drop table'",
        "SELECT 'it''s drop table'",
        'SELECT 1 AS "drop table"',
        "SELECT 1 -- drop table",
        "SELECT 1 /* drop table */",
        "SELECT 1 /* drop\n\ntable */ -- update",
        "SELECT updated, update_text, drop_table, last_update",
        "DROP 'x' TABLE",
        'DROP "x" TABLE',
        "DROP, TABLE",
        "DELETE x FROM",
    ],
)
def test_does_not_mistake_other_text_for_a_phrase(dialect: Dialect, statement: str) -> None:
    assert banned(pieces(statement, dialect), DEFAULT_PHRASES) is None


@_both
def test_a_phrase_may_be_of_any_kind(dialect: Dialect) -> None:
    assert "'insert into'" in judge("INSERT/**/INTO mold_info VALUES ('1', '2')", dialect, ["Insert Into"]).reason
    assert "'select *'" in judge("SELECT\n* FROM mold_info", dialect, [normalised("select*")]).reason
    assert "'count ('" in judge("SELECT COUNT (*) FROM mold_info", dialect, ["count("]).reason
    assert judge("SELECT 1", dialect, ["", "  "]).accepted
