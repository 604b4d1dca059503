"""The tables of the allow-list are the tables of the records room."""

from handlers.console.policy.grammar import TABLES
from handlers.records.tables import metadata


def test_the_console_sees_tables_that_there_are() -> None:
    for name, columns in TABLES.items():
        assert tuple(column.name for column in metadata.tables[name].columns) == columns


def test_all_other_tables_are_castmarks_own() -> None:
    assert all(name in TABLES or name.startswith("castmark_") for name in metadata.tables)
