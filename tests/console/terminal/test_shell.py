"""The console as an operator types into it, on both databases."""

import json
from collections.abc import Callable
from functools import cache

import pytest

from handlers.console.engines.choosing import guarded
from handlers.console.policy.edits import Edits
from handlers.console.terminal.answers import Answer
from handlers.console.terminal.server_commands import ServerCommands
from handlers.console.terminal.sessions import Sessions, session_id
from handlers.console.terminal.shell import Shell
from handlers.records.database import Database
from handlers.records.readings import known_molds
from handlers.records.tables import mold_info
from handlers.settings import Settings

_HEADER = ["hub_id", "recognition_time", "mold_number"]
Type = Callable[..., Answer]


@pytest.fixture
def stopped() -> list[str]:
    return []


@pytest.fixture
def shell(database: Database, stopped: list[str]) -> Shell:
    server = ServerCommands(lambda: stopped.append("stop"))
    return Shell(Settings(), database, cache(lambda: guarded(database)), server)


@pytest.fixture
def sql(shell: Shell) -> Type:
    """Typing into the SQL terminal of one session."""
    shell.run("sql", "s")
    return lambda line: shell.run(line, "s")


def test_help_of_both_terminals_is_in_two_languages(shell: Shell) -> None:
    default = shell.run("help", "s")
    assert isinstance(default, str)
    assert "blacklist --help" in default
    assert "帮助" in default
    assert default == shell.run("-h", "s") == shell.run("--help", "s")
    shell.run("sql", "s")
    in_sql = shell.run("--help", "s")
    assert isinstance(in_sql, str)
    assert "--mo-ju-jinfo-model" in in_sql
    assert in_sql == shell.run("help", "s") == shell.run("-h", "s")


@pytest.mark.parametrize("line", ["nonsense", "drop table mold_info", "SELECT 1", "sql now", "x" * 10_000])
def test_unknown_command_is_a_sentence(shell: Shell, line: str) -> None:
    answer = shell.run(line, "s")
    assert isinstance(answer, str)
    assert "help" in answer
    assert len(answer) < 300


def test_sql_enters_and_exit_comes_back(shell: Shell) -> None:
    assert "SQL" in shell.run("SQL", "s")
    assert shell.run("SELECT 1 AS one", "s") == [["one"], [1]]
    assert "default terminal" in shell.run("exit", "s")
    assert "no command" in shell.run("SELECT 1 AS one", "s")
    assert "default terminal" in shell.run("exit", "s")


def test_sessions_never_share_a_mode(shell: Shell) -> None:
    shell.run("sql", "one")
    assert "no command" in shell.run("SELECT 1 AS one", "other")
    shell.run("exit", "other")
    assert shell.run("SELECT 1 AS one", "one") == [["one"], [1]]


def test_history_button_works_while_another_is_elsewhere(shell: Shell) -> None:
    """CRS sends `sql`, the query and `exit`, with nothing that says who it is."""
    shell.run("sql", "other")
    for _ in range(2):
        shell.run("exit", "crs")
        shell.run("sql", "crs")
        assert shell.run("--query_all_recognition_record", "crs") == [_HEADER]
        shell.run("exit", "crs")
    assert shell.run("SELECT 2 AS two", "other") == [["two"], [2]]


def test_session_expires(database: Database) -> None:
    sessions = Sessions(database, minutes=1)
    sessions.enter("s", "sql", now=100.0)
    assert sessions.mode("s", now=159.0) == "sql"
    assert sessions.mode("s", now=161.0) == "default"


def test_named_session_is_not_a_caller() -> None:
    assert session_id(None, "owner") == "owner"
    assert len({session_id("owner", "x"), session_id("a", "x"), session_id(None, "x")}) == 3
    assert session_id("a", "x") == session_id("a", "y")


def test_shortcuts(sql: Type, database: Database) -> None:
    database.write(lambda connection: connection.execute(mold_info.insert().values(mold_number="11", mold_name="前轮")))
    assert "0 readings, 1 molds" in sql("--check_sql")
    assert "Reading 1 was added: 11" in sql("--insert 11")
    sql("--insert 12")
    rows = sql("--query_all_recognition_record")
    assert isinstance(rows, list)
    header, first, second = rows
    assert (header, first[0], first[2], second[2]) == (_HEADER, 1, "11", "12")
    assert [row[2] for row in sql("--history-records 11")[1:]] == ["11"]
    assert sql("--history-records none") == [_HEADER]
    assert sql("--mo-ju-jinfo-model 11") == [["mold_number", "mold_name"], ["11", "前轮"]]
    for shortcut in ("--insert", "--history-records", "--mo-ju-jinfo-model"):
        assert "Say which mold number" in sql(shortcut)


def test_shortcut_takes_no_sql(sql: Type) -> None:
    sql("--insert 1'); DROP TABLE mold_info; --")
    assert sql("--query_all_recognition_record")[1][2] == "1'); DROP TABLE mold_info; --"


def test_statements_run_and_refusals_name_the_reason(sql: Type) -> None:
    assert "inserted" in sql("INSERT INTO mold_info VALUES ('A', '甲')")
    assert sql("SELECT mold_name AS 名称 FROM mold_info") == [["名称"], ["甲"]]
    assert "drop table" in sql("DROP TABLE mold_info")
    assert "delete from" in sql("delete /* x */ from mold_info")
    assert isinstance(sql("SELECT * FROM castmark_task"), str)
    assert isinstance(sql("nonsense"), str)
    assert sql("SELECT 'drop table' AS update_text") == [["update_text"], ["drop table"]]


def test_blacklist_can_be_read_and_edited(shell: Shell, database: Database) -> None:
    assert shell.run("blacklist", "s") == "drop table; truncate; delete from; update"
    assert "--remove" in shell.run("blacklist --help", "s")
    assert "--remove" in shell.run("blacklist --add", "s")
    assert "is refused" in shell.run("blacklist --add union", "s")
    assert "already" in shell.run("blacklist --add UNION", "s")
    assert "no longer" in shell.run("blacklist --remove delete   FROM", "s")
    assert "not on" in shell.run("blacklist --remove delete from", "s")
    assert shell.run("blacklist", "s") == "drop table; truncate; update; union"
    assert Edits(database).phrases() == ("drop table", "truncate", "update", "union"), "every process knows it"
    shell.edits.forget()
    assert shell.run("blacklist", "s") == "drop table; truncate; delete from; update"


@pytest.mark.parametrize("quotes", ['""', "''", "``", "“”"])
def test_phrase_is_the_same_with_quotes_around_it(shell: Shell, sql: Type, quotes: str) -> None:
    left, right = quotes[0], quotes[1]
    assert "'delete from' is no longer refused" in shell.run(f"blacklist --remove {left}delete from{right}", "operator")
    assert sql("delete from mold_info") == "0 rows deleted."
    assert "'insert into' is refused" in shell.run(f"blacklist --add {left}insert into{right}", "operator")
    assert "'insert into'" in sql("INSERT INTO mold_info VALUES ('1', '2')")
    assert "--remove" in shell.run(f"blacklist --add {quotes}", "operator")


def test_clients_find_the_words_that_they_show(shell: Shell) -> None:
    assert "Invalid command" in shell.run("nonsense", "s")
    shell.run("sql", "s")
    assert "Exit" in shell.run("exit", "s")
    assert "Exit" in shell.run("exit", "s")


def test_every_write_and_every_change_of_the_blacklist_is_noted(database: Database) -> None:
    noted: list[tuple[str, str]] = []
    shell = Shell(
        Settings(), database, cache(lambda: guarded(database)), ServerCommands(), lambda *event: noted.append(event)
    )
    for line in (
        "blacklist --add union",
        "blacklist --add union",
        'blacklist --remove "delete from"',
        "blacklist",
        "sql",
        "--insert 7",
        "INSERT INTO mold_info VALUES ('1', 'x')",
        "SELECT * FROM mold_info",
        "INSERT INTO mold_info VALUES ('1', 'x')",
        "delete from mold_info",
        "SELECT 1 UNION SELECT 2",
    ):
        shell.run(line, "0123456789abcdef")
    assert [(result, remark.partition(": ")[0]) for result, remark in noted[:-1]] == [
        (result, "session 0123456789ab") for result in ("blacklist", "blacklist", "written", "written", "written")
    ]
    assert [remark.partition(": ")[2] for _, remark in noted[:-1]] == [
        "add: union",
        "remove: delete from",
        "reading 1 was added: 7",
        "1 row inserted. INSERT INTO mold_info VALUES ('1', 'x')",
        "1 row deleted. delete from mold_info",
    ]
    assert noted[-1][0] == "refused"


def test_operator_may_delete_once_the_phrase_is_lifted_and_nothing_else_opens(shell: Shell, sql: Type) -> None:
    sql("--insert 11")
    assert "delete from" in sql("DELETE FROM recognition_record WHERE mold_number = '11'")
    for phrase in ("delete from", "drop table", "truncate", "update"):
        shell.run(f"blacklist --remove {phrase}", "operator")
    assert "deleted" in sql("DELETE FROM recognition_record WHERE mold_number = '11'")
    for statement in ("DROP TABLE mold_info", "TRUNCATE mold_info", "DELETE FROM castmark_task"):
        assert isinstance(sql(statement), str)
    assert "0 readings, 0 molds" in sql("--check_sql")


def test_what_an_operator_inserts_never_stops_the_readings(sql: Type, database: Database) -> None:
    sql("INSERT INTO recognition_record (hub_id, recognition_time, mold_number) VALUES (1, 'x', 'own number')")
    sql("INSERT INTO recognition_record VALUES (9223372036854775807, 'x', 'no number after it')")
    if database.dialect == "sqlite":
        sql("INSERT INTO recognition_record (recognition_time, mold_number) VALUES ('t', x'ff00')")
        sql("INSERT INTO mold_info VALUES (CAST(x'ff' AS TEXT), 'x')")
    for number in ("A", "B"):
        assert "was added" in sql(f"--insert {number}")
    rows = sql("--query_all_recognition_record")
    assert isinstance(rows, list)
    assert {"own number", "A", "B"} <= {row[2] for row in rows}
    json.dumps(rows)
    with database.read() as connection:
        known_molds(connection, ["A"])


def test_nul_is_no_letter(sql: Type) -> None:
    assert "was added: ab" in sql("--insert a\0b")
    assert sql("--history-records \0c") == [_HEADER]


def test_server_commands(shell: Shell, stopped: list[str]) -> None:
    assert shell.run("server", "s") == shell.run("server -h", "s")
    assert stopped == []
    assert "stops" in shell.run("server -s", "s")
    assert stopped == ["stop"]
    assert "cloud" in shell.run("server -r", "s")


def test_server_that_cannot_be_stopped_says_so(database: Database) -> None:
    shell = Shell(Settings(), database, lambda: guarded(database), ServerCommands())
    assert "cannot be stopped" in shell.run("server -s", "s")


def test_answers_hold_no_object_anywhere(sql: Type) -> None:
    """A client's page crashes on one."""
    statements = ("SELECT *, NULL AS n, 1.5 AS f FROM recognition_record", "SELECT 1 AS one WHERE 1 = 0")
    for line in ("--insert 11", *statements, "--help"):
        answer = sql(line)
        cells = [answer] if isinstance(answer, str) else [cell for row in answer for cell in row]
        assert all(cell is None or isinstance(cell, str | int | float) for cell in cells)
