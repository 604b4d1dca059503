"""The role that the console logs in with."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from handlers.console.engines.base import SqlLimits, SqlRefused
from handlers.console.engines.postgresql_guard import PostgresqlGuard
from handlers.console.engines.postgresql_role import restrict_role
from handlers.errors import ConfigurationError
from tests.console.conftest import Engine

_PASSWORD = "p@ss/w:rd?%#'\" é"


@pytest.fixture
def admin(postgresql_url: str, postgresql_engine: Engine) -> Any:  # noqa: ARG001  the tables must be there
    import psycopg

    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        yield connection


def test_is_made_once_and_updated_after(postgresql_url: str, admin: Any) -> None:
    role = 'odd "name"; --'
    for _ in range(2):
        url = restrict_role(postgresql_url, role, _PASSWORD)
    assert PostgresqlGuard(url, SqlLimits()).run("SELECT count(*) FROM mold_info", writes=False).rows == ((2,),)
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit FROM pg_roles"
    assert admin.execute(f"{rights} WHERE rolname = %s", (role,)).fetchone() == (False,) * 6
    assert "SCRAM" in admin.execute("SELECT rolpassword FROM pg_authid WHERE rolname = %s", (role,)).fetchone()[0]


def test_takes_back_what_the_role_was_given(postgresql_url: str, admin: Any) -> None:
    restrict_role(postgresql_url, "given_more", _PASSWORD)
    admin.execute("GRANT SELECT ON castmark_tasks TO given_more; GRANT TRUNCATE ON mold_info TO given_more")
    url = restrict_role(postgresql_url, "given_more", _PASSWORD)
    with pytest.raises(SqlRefused):
        PostgresqlGuard(url, SqlLimits()).run("SELECT * FROM castmark_tasks", writes=False)


def test_takes_the_drivers_spelling_of_a_url(postgresql_url: str) -> None:
    url = restrict_role(postgresql_url.replace("postgresql:", "postgresql+psycopg:"), "spelled", _PASSWORD)
    assert url.startswith("postgresql://spelled:")
    assert PostgresqlGuard(url.replace("postgresql:", "postgresql+psycopg:"), SqlLimits()).run("SELECT 1", writes=False)


def test_processes_may_do_it_at_once(postgresql_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        urls = list(pool.map(lambda _: restrict_role(postgresql_url, "at_once", _PASSWORD), range(6)))
    assert len(set(urls)) == 1


def test_refuses_a_role_with_rights_of_its_own(postgresql_url: str, admin: Any) -> None:
    admin.execute("CREATE ROLE makes_roles CREATEROLE; CREATE ROLE member; GRANT pg_read_all_data TO member")
    admin.execute("CREATE ROLE owner; CREATE TABLE owned (a int); ALTER TABLE owned OWNER TO owner")
    try:
        for role in ("postgres", "makes_roles", "member", "owner"):
            with pytest.raises(ConfigurationError, match="rights of its own"):
                restrict_role(postgresql_url, role, _PASSWORD)
    finally:
        admin.execute("DROP TABLE owned; DROP ROLE makes_roles, member, owner")


def test_refuses_where_everybody_may_read_more(postgresql_url: str, admin: Any) -> None:
    admin.execute("GRANT SELECT (a) ON other TO PUBLIC")
    try:
        with pytest.raises(ConfigurationError, match=r"may use public\.other"):
            restrict_role(postgresql_url, "castmark_console", "a pass/word?")
    finally:
        admin.execute("REVOKE ALL (a) ON other FROM PUBLIC")


def test_refuses_where_the_tables_are_not(postgresql_url: str) -> None:
    with pytest.raises(ConfigurationError, match="no table nowhere"):
        restrict_role(postgresql_url, "castmark_console", "a pass/word?", schema="nowhere")


def test_everybodys_rights_are_gone(admin: Any) -> None:
    def may(query: str) -> bool:
        return bool(admin.execute(f"SELECT {query}").fetchone()[0])

    assert not may("has_schema_privilege('castmark_console', 'public', 'CREATE')")
    assert not may("has_database_privilege('castmark_console', current_database(), 'CREATE, TEMPORARY')")
    for function in ("lo_creat(int)", "lo_import(text)", "lo_from_bytea(oid, bytea)", "lowrite(int, bytea)"):
        assert not may(f"has_function_privilege('castmark_console', '{function}', 'EXECUTE')")
    for right, given in (("SELECT", True), ("DELETE", True), ("TRUNCATE", False), ("TRIGGER", False)):
        assert may(f"has_table_privilege('castmark_console', 'mold_info', '{right}')") == given


def test_a_server_that_does_not_answer_is_a_sentence(postgresql_url: str) -> None:
    guard = PostgresqlGuard(postgresql_url.replace("host=", "host=/nowhere"), SqlLimits())
    with pytest.raises(SqlRefused, match=r"^The console's database did not answer\.$"):
        guard.run("SELECT 1", writes=False)


def test_values_are_safe_for_json(postgresql_engine: Engine) -> None:
    rows = postgresql_engine.guard(SqlLimits()).run(
        "SELECT NULL, 1, 1.5, 'é', '\\x00ff'::bytea, 'inf'::float8, 'NaN'::numeric, true,"
        " 12345678901234567890::numeric,"
        " '2026-01-02 03:04:05.678'::timestamp, '2026-01-02'::date, ARRAY[1, 2], sum(1::bigint)",
        writes=False,
    )
    assert rows.rows == (
        (None, 1, 1.5, "é", "00ff", "inf", "NaN", "true", "12345678901234567890")
        + ("2026-01-02 03:04:05", "2026-01-02", "{1,2}", 1),
    )


def test_a_value_is_cut_on_the_server(postgresql_engine: Engine) -> None:
    rows = postgresql_engine.guard(SqlLimits(value_bytes=10)).run("SELECT repeat('x', 1000000)", writes=False)
    assert rows.rows == (("x" * 10,),)
