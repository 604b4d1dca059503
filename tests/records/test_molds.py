"""Known molds from tables as people have them."""

import pytest
from sqlalchemy import select

from handlers.errors import BadRequest
from handlers.records import audit
from handlers.records.database import Database
from handlers.records.molds import Imported, import_molds
from handlers.records.tables import mold_info


def _known(database: Database) -> dict[str, str | None]:
    with database.read() as connection:
        return {row.mold_number: row.mold_name for row in connection.execute(select(mold_info))}


def _import(database: Database, text: str, encoding: str = "utf-8") -> Imported:
    return import_molds(database, text.encode(encoding), "Li")


def test_molds_are_added_renamed_and_never_removed(database: Database) -> None:
    first = _import(database, "11,Front\n12,Rear\n")
    second = _import(database, "12,Rear left\n13\n11,Front\n")
    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (second.added, second.changed, second.unchanged) == (1, 1, 1)
    assert _known(database) == {"11": "Front", "12": "Rear left", "13": ""}
    with database.read() as connection:
        assert {(each["who"], each["what"]) for each in audit.newest(connection)} == {("Li", "molds")}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("mold_number,mold_name\n11,前轮\n", "utf-8-sig"),
        ("模具名称;模具编号\r\n前轮;11\r\n", "gb18030"),
        ("date\tNumber\tName\n1\t11\t前轮\n", "utf-8"),
        ('11,"前轮"\n\n', "utf-8"),
    ],
)
def test_tables_are_taken_as_they_are_written(database: Database, text: str, encoding: str) -> None:
    assert _import(database, text, encoding).added == 1
    assert _known(database) == {"11": "前轮"}


def test_lines_that_name_no_mold_are_told(database: Database) -> None:
    done = _import(database, "mold_number,mold_name\n11,a\n,b\n" + "x" * 201 + ",c\n'=1,d\n")
    assert [row["line"] for row in done.refused] == [3, 4]
    assert _known(database) == {"11": "a", "=1": "d"}


def test_names_are_kept_where_a_table_has_none(database: Database) -> None:
    _import(database, "11,Front")
    _import(database, "11\n12")
    assert _known(database) == {"11": "Front", "12": ""}


def test_many_molds_are_taken(database: Database) -> None:
    done = _import(database, "".join(f"M{number},n\n" for number in range(1700)))
    assert (done.added, len(_known(database))) == (1700, 1700)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'"' + b"x" * 200_000])
def test_what_is_no_table_is_refused(database: Database, content: bytes) -> None:
    with pytest.raises(BadRequest, match="no CSV"):
        import_molds(database, content, "Li")
