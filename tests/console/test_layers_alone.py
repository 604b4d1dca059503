"""Each engine, given hostile statements that no other layer has looked at, changes nothing but the two tables."""

# ruff: noqa: S608  the statements are meant to be wicked

from itertools import pairwise

import pytest

from handlers.console.engines.base import SqlLimits, SqlRefused
from handlers.console.policy.ruling import judge
from tests.console.conftest import QUICK, Engine
from tests.console.statements import ACCEPTED, BLACKLISTED, ENDLESS, LIFTED, NEVER, REFUSED, lines

_SECRET = "the secret"

_MORE = {
    "sqlite": lines("""
        INSERT INTO mold_info SELECT id, secret FROM castmark_tasks
        SELECT * FROM seen
        SELECT count(*) FROM seen
        INSERT INTO seen VALUES ('x')
        CREATE TRIGGER t AFTER INSERT ON mold_info BEGIN DELETE FROM castmark_tasks; END
        CREATE TEMP TRIGGER t AFTER INSERT ON mold_info BEGIN DELETE FROM castmark_tasks; END
        CREATE TEMP VIEW mold_info AS SELECT * FROM castmark_tasks
        CREATE VIRTUAL TABLE x USING fts5(a)
        PRAGMA query_only = OFF
        PRAGMA user_version = 7
        PRAGMA journal_mode = delete
        PRAGMA hard_heap_limit = 0
        ATTACH ':memory:' AS x
        ATTACH '' AS x
        WITH x AS (SELECT * FROM castmark_tasks) SELECT count(*) FROM x
        WITH x AS (SELECT * FROM castmark_tasks) SELECT x.secret FROM x
        SELECT secret FROM (SELECT * FROM castmark_tasks) AS mold_info
        SELECT (SELECT secret FROM castmark_tasks) AS mold_name FROM mold_info
        UPDATE mold_info SET mold_name = (SELECT secret FROM castmark_tasks)
        ALTER TABLE mold_info DROP COLUMN mold_name
        ALTER TABLE mold_info RENAME TO x
        DROP TABLE mold_info
        SELECT sqlite_log(1, 'x')
        SELECT hex(readfile('/etc/passwd'))
        SELECT * FROM fts3tokenize
        RELEASE x
        END
    """),
    "postgresql": lines("""
        SELECT * FROM seen
        INSERT INTO mold_info SELECT id::text, secret FROM castmark_tasks
        INSERT INTO mold_info SELECT lo_creat(-1)::text, 'x'
        INSERT INTO mold_info SELECT lo_from_bytea(0, 'x')::text, 'x'
        INSERT INTO mold_info SELECT set_config('role', 'postgres', false), 'x'
        INSERT INTO mold_info SELECT query_to_xml('DELETE FROM castmark_tasks', true, true, '')::text, 'x'
        INSERT INTO mold_info SELECT pg_notify('x', 'y')::text, 'x'
        INSERT INTO mold_info SELECT pg_advisory_lock(7)::text, 'x'
        SELECT pg_advisory_lock(7)
        SELECT pg_try_advisory_lock(8)
        SELECT set_config('statement_timeout', '0', false), pg_sleep(10)
        SELECT set_config('transaction_read_only', 'off', false)
        SET SESSION AUTHORIZATION postgres
        SET transaction_read_only = off
        DO $$ BEGIN DELETE FROM castmark_tasks; END $$
        DO $$ BEGIN SET ROLE postgres; DELETE FROM castmark_tasks; END $$
        DO $$ BEGIN PERFORM pg_sleep(10); END $$
        WITH x AS (DELETE FROM castmark_tasks RETURNING *) SELECT * FROM x
        WITH x AS (INSERT INTO mold_info VALUES ('1', '2') RETURNING *) SELECT * FROM x
        SELECT 1) AS answer; DELETE FROM castmark_tasks; --
        SELECT 1) AS answer(c0), castmark_tasks --
        COMMIT; DELETE FROM castmark_tasks
        CREATE TABLE public.x (a int)
        CREATE SCHEMA x
        CREATE TEMP TABLE mold_info (a int)
        ALTER ROLE castmark_console SUPERUSER
        ALTER ROLE castmark_console SET search_path = pg_catalog
        ALTER TABLE mold_info OWNER TO castmark_console
        GRANT SELECT ON mold_info TO PUBLIC
        COMMENT ON TABLE mold_info IS 'x'
        SECURITY LABEL ON TABLE mold_info IS 'x'
        COPY mold_info TO PROGRAM 'touch x'
        COPY castmark_tasks TO STDOUT
        COPY mold_info FROM STDIN
        PREPARE TRANSACTION 'x'
        LOCK TABLE castmark_tasks
        LOCK TABLE mold_info IN ACCESS EXCLUSIVE MODE
        MERGE INTO castmark_tasks USING mold_info ON true WHEN MATCHED THEN DELETE
        SELECT * FROM pg_show_all_settings()
        SELECT pg_reload_conf()
        SELECT pg_switch_wal()
        SELECT pg_stat_reset()
        SELECT pg_rotate_logfile()
        SELECT lo_put(1, 0, 'x')
        SELECT nextval('x')
        SELECT * FROM mold_info FOR UPDATE
        CLUSTER
        CHECKPOINT
        DISCARD ALL
        UNLISTEN *
    """),
}


@pytest.mark.parametrize("writes", [False, True])
@pytest.mark.parametrize("number", range(20))
def test_hostile_statements_change_nothing_else(engine: Engine, number: int, writes: bool) -> None:
    """A twentieth of all refused statements at a time, so that workers can share them."""
    dialect = engine.dialect
    hostile = [row[0] for row in [*BLACKLISTED, *NEVER, *REFUSED[dialect]]] + _MORE[dialect]
    before, rows = engine.rest(), engine.ours()
    for statement in hostile[number::20]:
        answer = _run(engine, statement, writes)
        assert engine.rest() == before, statement
        assert _SECRET not in answer, statement
        if writes:
            assert _SECRET not in str(engine.ours()), statement
            engine.reset()
        else:
            assert engine.ours() == rows, statement


@pytest.mark.parametrize("number", range(6))
def test_what_never_ends_is_stopped(engine: Engine, number: int) -> None:
    before = engine.rest()
    for statement in ENDLESS[engine.dialect][number::6]:
        assert judge(statement, engine.dialect, ()).accepted
        with pytest.raises(SqlRefused) as refused:
            engine.guard(QUICK).run(statement, writes=False)
        assert any(word in str(refused.value) for word in ("took longer", "memory", "too big", "limit"))
    assert engine.rest() == before


def test_a_cross_join_that_never_ends_is_stopped(engine: Engine) -> None:
    many = ", ".join(f"recognition_record AS r{number}" for number in range(25))
    with pytest.raises(SqlRefused, match=r"took longer than 0\.3 s"):
        engine.guard(QUICK).run(f"SELECT count(*) FROM {many}", writes=False)


def test_a_write_that_never_ends_is_undone(engine: Engine) -> None:
    before = engine.ours()
    many = ", ".join(f"recognition_record AS r{number}" for number in range(25))
    with pytest.raises(SqlRefused):
        engine.guard(QUICK).run(f"INSERT INTO mold_info SELECT 'x', 'y' FROM {many}", writes=True)
    assert engine.ours() == before


def test_nested_definitions_that_grow_without_end_are_stopped(engine: Engine) -> None:
    names = [f"t{number}" for number in range(25)]
    steps = [f"{new} AS (SELECT x FROM {old} UNION ALL SELECT x FROM {old})" for old, new in pairwise(names)]
    statement = f"WITH t0 AS (SELECT 1 AS x), {', '.join(steps)} SELECT count(*) FROM {names[-1]}"
    assert "more than 100" in judge(statement, engine.dialect, ()).reason
    with pytest.raises(SqlRefused):
        engine.guard(QUICK).run(statement, writes=False)


def test_reads_cannot_write(engine: Engine) -> None:
    before = engine.ours()
    for statement in [*LIFTED, *(each for each in ACCEPTED[engine.dialect] if "INSERT" in each)]:
        with pytest.raises(SqlRefused):
            engine.guard(SqlLimits()).run(statement, writes=False)
    assert engine.ours() == before


@pytest.mark.parametrize("number", range(4))
def test_what_is_accepted_runs(engine: Engine, number: int) -> None:
    before = engine.rest()
    for statement in (ACCEPTED[engine.dialect] + LIFTED)[number::4]:
        ruling = judge(statement, engine.dialect, ())
        answer = engine.guard(SqlLimits()).run(statement, writes=ruling.writes)
        assert ruling.accepted
        assert bool(answer.columns) != ruling.writes, statement
        if ruling.writes:
            assert answer.changed > 0, statement
            engine.reset()
    assert engine.rest() == before


def _run(engine: Engine, statement: str, writes: bool) -> str:
    try:
        return str(engine.guard(QUICK).run(statement, writes=writes))
    except SqlRefused as refusal:
        said = str(refusal)
        assert said.endswith(".") and "\n" not in said and "Traceback" not in said and "castmark.db" not in said
        return said
