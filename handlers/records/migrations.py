"""Bringing a database up to this version's tables, step by numbered step, in place.

A table of steps and a row with the last one done: three dozen lines, where Alembic would add 60 ms to every cold
start. A step is never changed once it was released; a change of the tables is a new step.
"""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex, CreateTable

from handlers.records.tables import metadata, task, version
from handlers.records.triggers import create_triggers
from handlers.records.waits import Waits

# Any number, the same in every process: the key of PostgreSQL's lock that upgraders take in turn.
_LOCK = 7_312_009
_UPGRADE_SECONDS = 600.0
# PostgreSQL's undefined_table.
_NO_SUCH_TABLE = "42P01"


def _create_tables(connection: Connection) -> None:
    """Tables that are there already are an existing system's: they are kept with what they hold."""
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            connection.execute(CreateIndex(index, if_not_exists=True))


def _nothing(_: Connection) -> None:
    """A step that only brought new tables."""


def _add_to_tasks(column: str, type_: str, connection: Connection) -> None:
    """A new table has the column already. One that may be NULL is all that Aurora DSQL adds."""
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"ALTER TABLE {task.name} ADD COLUMN IF NOT EXISTS {column} {type_}"))
    elif column not in {column["name"] for column in inspect(connection).get_columns(task.name)}:
        connection.execute(text(f"ALTER TABLE {task.name} ADD COLUMN {column} {type_}"))


# Tables that are missing are made before any step. The second step brought the table of steps, the third what people
# say of readings, which is kept when it comes by SQL as well; the fourth events, the fifth named tokens, the sixth
# verdicts. The seventh tells tasks whose pictures show one mark, the eighth by which request each was entered.
_STEPS: tuple[Callable[[Connection], None], ...] = (
    *(_nothing, _nothing, create_triggers, *(_nothing,) * 3),
    partial(_add_to_tasks, "together", "BOOLEAN"),
    partial(_add_to_tasks, "request", "VARCHAR(64)"),
)


def upgrade(engine: Engine, waits: Waits | None = None) -> None:
    """Do the steps that are not done yet, each in a transaction; several processes may try at once.

    An index over millions of rows takes longer than `waits` for anything else.
    """
    if _done(engine) == len(_STEPS):
        return
    with (waits or Waits()).longer(_UPGRADE_SECONDS):
        _upgrade(engine)


def _upgrade(engine: Engine) -> None:
    if engine.dialect.name == "auroradsql":
        return _upgrade_without_transactions(engine)
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _do_steps(connection)


def _upgrade_without_transactions(engine: Engine) -> None:
    """Aurora DSQL takes one definition a transaction; each is written so that it may be done twice."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _do_steps(connection)


def _do_steps(connection: Connection) -> None:
    done = _number(connection)
    if done == len(_STEPS):
        return
    _create_tables(connection)
    for number in range(done, len(_STEPS)):
        _STEPS[number](connection)
        connection.execute(version.insert().values(number=number + 1))


def _done(engine: Engine) -> int:
    """The last step that was done: one plain statement, since every process asks this when it starts."""
    with engine.connect() as connection:
        try:
            return connection.exec_driver_sql(f"SELECT max(number) FROM {version.name}").scalar() or 0  # noqa: S608
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _NO_SUCH_TABLE or "no such table" in str(error.orig):
                return 0
            raise


def _number(connection: Connection) -> int:
    if not inspect(connection).has_table(version.name):
        return 0
    return max(connection.scalars(select(version.c.number)), default=0)
