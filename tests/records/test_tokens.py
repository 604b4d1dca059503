"""Named tokens on every database: issued once, kept as hashes, revoked for good."""

import pytest
from sqlalchemy import select

from handlers.access.roles import PREFIX, Holder, Role
from handlers.errors import BadRequest, NotFound
from handlers.records import audit
from handlers.records.database import Database
from handlers.records.tables import login, token
from handlers.records.tokens import Tokens


@pytest.fixture
def tokens(database: Database) -> Tokens:
    return Tokens(database)


def test_token_is_known_until_it_is_revoked_and_never_kept(tokens: Tokens, database: Database) -> None:
    text = tokens.issue(" Line 3 ", Role.REVIEWER, "operator")
    assert text.startswith(PREFIX) and len(text) > 50
    assert tokens.holder_of(text) == Holder("Line 3", Role.REVIEWER)
    assert tokens.holder_of(text[:-1]) is None
    secret = tokens.log_in(text, 60)
    assert secret and tokens.logged_in(secret) == Holder("Line 3", Role.REVIEWER)
    with database.read() as connection:
        kept = str([*connection.execute(select(token)), *connection.execute(select(login))])
    assert text not in kept and secret not in kept
    assert [(one["name"], one["role"], one["made_by"]) for one in tokens.all()] == [("Line 3", "reviewer", "operator")]
    tokens.revoke("Line 3", "Wang")
    assert (tokens.holder_of(text), tokens.logged_in(secret), tokens.all()) == (None, None, [])
    with database.read() as connection:
        told = {(one["who"], one["remark"]) for one in audit.newest(connection)}
    assert told == {("operator", "issued: Line 3, reviewer"), ("Wang", "revoked: Line 3")}


def test_login_ends_when_it_is_over_or_logged_out(tokens: Tokens, database: Database) -> None:
    text = tokens.issue("A", Role.READER, "operator")
    over, open_ = tokens.log_in(text, 0), tokens.log_in(text, 60)
    assert over and open_
    assert (tokens.logged_in(over), tokens.logged_in(open_)) == (None, Holder("A", Role.READER))
    with database.read() as connection:
        assert len(connection.execute(select(login)).all()) == 1
    tokens.log_out(open_)
    assert tokens.logged_in(open_) is None


def test_what_is_no_token_logs_nobody_in(tokens: Tokens) -> None:
    assert tokens.log_in(f"{PREFIX}wrong", 60) is None
    assert tokens.logged_in("") is None


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 65, "\0"])
def test_name_that_cannot_be_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(BadRequest, match="A token's name is"):
        tokens.issue(name, Role.READER, "operator")


def test_name_is_given_once_and_what_nobody_has_is_not_revoked(tokens: Tokens) -> None:
    tokens.issue("A", Role.READER, "operator")
    with pytest.raises(BadRequest, match="a token called A already"):
        tokens.issue("A", Role.OPERATOR, "operator")
    with pytest.raises(NotFound, match="no token called B"):
        tokens.revoke("B", "operator")


def test_roles_may_what_the_ones_before_may() -> None:
    may = {(role, needed) for role in Role for needed in Role if role.may(needed)}
    assert may == {
        (Role.READER, Role.READER),
        *((Role.REVIEWER, needed) for needed in (Role.READER, Role.REVIEWER)),
        *((Role.OPERATOR, needed) for needed in Role),
    }
