"""How large an answer may be on either engine, and what the terminal says."""

import json
import logging

import pytest

from handlers.console.engines.base import Rows, SqlLimits, SqlRefused, sentence
from handlers.console.policy.blacklist import DEFAULT_PHRASES
from handlers.console.terminal.answers import answer, table
from tests.console.conftest import Engine


def _ask(engine: Engine, statement: str, *phrases: str) -> object:
    return answer(statement, engine.guard(SqlLimits()), engine.dialect, phrases)


_MANY = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < {}) SELECT n, {} AS text FROM t"


def test_a_thousand_rows_are_not_cut(engine: Engine) -> None:
    rows = engine.guard(SqlLimits()).run(_MANY.format(1000, "'x'"), writes=False)
    assert len(rows.rows) == 1000 and not rows.cut


def test_more_rows_are_cut(engine: Engine) -> None:
    rows = engine.guard(SqlLimits()).run(_MANY.format(1001, "'x'"), writes=False)
    assert len(rows.rows) == 1000 and rows.cut


def test_more_bytes_are_cut(engine: Engine) -> None:
    limits = SqlLimits(answer_bytes=10_000)
    rows = engine.guard(limits).run(_MANY.format(900, "'" + "é" * 100 + "'"), writes=False)
    assert 30 < len(rows.rows) < 50 and rows.cut
    assert len(json.dumps(rows.rows, ensure_ascii=False).encode()) <= 10_000


def test_an_endless_answer_is_cut_too(engine: Engine) -> None:
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t"
    rows = engine.guard(SqlLimits(rows=3)).run(endless, writes=False)
    assert rows == Rows(("n",), ((1,), (2,), (3,)), 0, cut=True)


def test_rows_come_with_a_header(engine: Engine) -> None:
    said = _ask(engine, "SELECT mold_number AS 模号, mold_name FROM mold_info ORDER BY mold_number;")
    assert said == [["模号", "mold_name"], ["11", "wheel"], ["A27", "轮毂"]]


def test_times_are_as_documented(engine: Engine) -> None:
    said = _ask(engine, "SELECT recognition_time FROM recognition_record WHERE hub_id = 1")
    assert said == [["recognition_time"], ["2026-01-02 03:04:05"]]


def test_an_empty_table_is_its_header(engine: Engine) -> None:
    assert _ask(engine, "SELECT mold_number FROM mold_info WHERE 1 = 2") == [["mold_number"]]


def test_a_cut_answer_says_so_in_a_row_as_wide_as_the_others() -> None:
    said = table(Rows(("a", "b", "c"), ((1, None, "x"), (2, None, "y")), 0, cut=True))
    assert isinstance(said, list)
    assert said[-1][0] == "Cut after 2 rows: the answer is too long; LIMIT and OFFSET give other parts."
    assert {len(row) for row in said} == {3} and said[-1][1:] == [None, None]


def test_writes_are_counted(engine: Engine) -> None:
    assert _ask(engine, "INSERT INTO mold_info VALUES ('1', 'x')") == "1 row inserted."
    assert (
        _ask(engine, "WITH a AS (SELECT 1) INSERT INTO mold_info VALUES ('2', 'x'), ('3', 'x')") == "2 rows inserted."
    )
    assert _ask(engine, "UPDATE mold_info SET mold_name = 'y' WHERE mold_name = 'x'") == "3 rows updated."
    assert _ask(engine, "DELETE FROM mold_info WHERE mold_name = 'y'") == "3 rows deleted."
    assert _ask(engine, "DELETE FROM mold_info WHERE 1 = 2") == "0 rows deleted."


def test_a_blacklisted_statement_names_its_phrase_and_changes_nothing(engine: Engine) -> None:
    before = engine.ours()
    said = _ask(engine, "DELETE /* all */ FROM mold_info", *DEFAULT_PHRASES)
    assert said == "The phrase 'delete from' is on the blacklist; `blacklist --help` says how to lift it."
    assert engine.ours() == before


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM castmark_tasks",
        "SELECT abs('x', 'y', 'z')",
        "SELECT",
        "SELECT 1 UNION SELECT 1, 2",
        "INSERT INTO mold_info VALUES ('1')",
        "SELECT max(max(mold_name)) FROM mold_info",
        "nonsense",
        "\0",
        "\ud800",
    ],
)
def test_what_is_wrong_is_one_sentence(engine: Engine, statement: str) -> None:
    said = _ask(engine, statement)
    assert isinstance(said, str)
    assert said.endswith(".") and "\n" not in said


def test_nothing_is_printed_or_logged(
    engine: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for statement in (
        "CREATE nonsense",
        "SELECT",
        "GRANT x",
        "WITH a AS (CREATE x) SELECT 1",
        "EXPLAIN x",
        "(ALTER x)",
    ):
        _ask(engine, statement)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert capfd.readouterr() == ("", "")


def test_a_message_shows_no_paths() -> None:
    assert sentence('could not open file "/var/lib/x y/base": No') == 'could not open file "(a file)": No.'
    assert sentence("unable to open C:\\data\\castmark.db\n  at line 1") == "unable to open (a file) at line 1."
    assert sentence("operator does not exist: text / integer") == "operator does not exist: text / integer."
    assert sentence("").endswith(".")


def test_a_refusal_of_the_engine_is_its_sentence() -> None:
    class Refusing:
        def run(self, statement: str, *, writes: bool) -> Rows:
            raise SqlRefused(f"{statement} {writes}.")

    assert answer("SELECT 1", Refusing(), "sqlite", ()) == "SELECT 1 False."


def test_number_beyond_which_nothing_could_be_counted_is_refused_and_counting_goes_on(engine: Engine) -> None:
    for number in (10**12 + 1, 2**53 - 1, 2**63 - 1):
        said = _ask(engine, f"INSERT INTO recognition_record VALUES ({number}, 'x', 'y')")  # noqa: S608
        assert said == "A hub_id may be 1,000,000,000,000 at most; leave it out, and the database counts it itself."
        assert "at most" in str(_ask(engine, f"UPDATE recognition_record SET hub_id = {number} WHERE hub_id = 1"))  # noqa: S608
    assert _ask(engine, "INSERT INTO recognition_record VALUES (1000000000000, 'x', 'y')") == "1 row inserted."
    assert _ask(engine, "INSERT INTO recognition_record (mold_number) VALUES ('a'), ('b')") == "2 rows inserted."
    assert _ask(engine, "UPDATE recognition_record SET mold_number = 'z'") == "6 rows updated."


def test_comparing_a_text_with_a_number_is_told_as_it_is(postgresql_engine: Engine) -> None:
    said = str(_ask(postgresql_engine, "SELECT * FROM recognition_record WHERE mold_number = 11"))
    assert said.startswith("operator does not exist: text = integer. Text is written in single quotes")


@pytest.mark.parametrize("end", ["", ";", ";;", " ; ;\n", "；", "；; ；"])
def test_statement_may_end_as_people_end_one(engine: Engine, end: str) -> None:
    assert _ask(engine, f"SELECT 1 AS one{end}") == [["one"], [1]]
    assert _ask(engine, "".join(("INSERT INTO mold_info VALUES ('1', '；;')", end))) == "1 row inserted."
    assert _ask(engine, "SELECT mold_name FROM mold_info WHERE mold_number = '1'") == [["mold_name"], ["；;"]]


def test_time_of_a_command_is_that_of_all_its_steps(postgresql_engine: Engine) -> None:
    rows = postgresql_engine.guard(SqlLimits(seconds=100)).run(
        "SELECT current_setting('statement_timeout')", writes=False
    )
    assert str(rows.rows[0][0]).endswith("ms"), "less than the whole 100 s, since others took of them"


def test_what_is_there_already_may_be_left_alone(engine: Engine) -> None:
    said = _ask(engine, "INSERT INTO mold_info VALUES ('11', 'x'), ('12', 'y') ON CONFLICT (mold_number) DO NOTHING")
    assert said == "1 row inserted."
    rows = _ask(engine, "SELECT mold_name FROM mold_info WHERE mold_number = '11'")
    assert rows == [["mold_name"], ["wheel"]]
