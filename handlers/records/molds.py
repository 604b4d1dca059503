"""Known molds from a table that somebody has: CSV as spreadsheets and terminals write it."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, select, update

from handlers.errors import BadRequest, TextRefused
from handlers.records import audit
from handlers.records.corrections import plain_text
from handlers.records.database import Database
from handlers.records.tables import mold_info

# Rows of one transaction; Aurora DSQL takes 3,000.
_AT_ONCE = 500
_MOST_REFUSALS = 100
_NUMBERS = ("mold_number", "mold number", "number", "mold", "模具编号", "模具号", "编号")
_NAMES = ("mold_name", "mold name", "name", "模具名称", "名称")


@dataclass(slots=True)
class Imported:
    """What became of the lines; `refused` says of some why not."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[dict[str, object]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mold:
    number: str
    name: str


def import_molds(database: Database, content: bytes, who: str) -> Imported:
    """Add the molds of a CSV file, and give those that are known their new names. Raises BadRequest for no table."""
    done = Imported()
    molds = iter(_molds(_text_of(content), done))
    while chunk := list(islice(molds, _AT_ONCE)):
        # The last line that names a mold counts.
        named = {mold.number: mold.name for mold in chunk}

        def keep(connection: Connection, named: dict[str, str] = named) -> tuple[int, int]:
            return _keep(connection, named, who)

        added, changed = database.write(keep)
        done.added += added
        done.changed += changed
        done.unchanged += len(chunk) - added - changed
    return done


def _keep(connection: Connection, named: dict[str, str], who: str) -> tuple[int, int]:
    """How many were added and changed, with a line of the audit trail in the same transaction."""
    query = select(mold_info).where(mold_info.c.mold_number.in_(named))
    known = {row.mold_number: row.mold_name for row in connection.execute(query)}
    new = [{"mold_number": number, "mold_name": name} for number, name in named.items() if number not in known]
    if new:
        connection.execute(mold_info.insert(), new)
    # A table without names takes none away.
    other = [number for number, name in named.items() if number in known and name and name != known[number]]
    for number in other:
        mine = mold_info.c.mold_number == number
        connection.execute(update(mold_info).where(mine).values(mold_name=named[number]))
    if new or other:
        some = ", ".join([*(row["mold_number"] for row in new), *other][:50])
        audit.note(connection, who, "molds", f"{len(new)} added, {len(other)} renamed: {some}")
    return len(new), len(other)


def _text_of(content: bytes) -> str:
    """Spreadsheets in China write GB 18030 where nobody says UTF-8."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRequest("This is no CSV file: it is no text in UTF-8 or GB 18030.")


def _molds(text: str, done: Imported) -> Iterator[Mold]:
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), 1)
    number_at, name_at = 0, 1
    try:
        for line, row in rows:
            if line == 1 and (places := _named_columns(row)):
                number_at, name_at = places
                continue
            if any(cell.strip() for cell in row):
                try:
                    yield _mold(row, number_at, name_at)
                except TextRefused as error:
                    if len(done.refused) < _MOST_REFUSALS:
                        done.refused.append({"line": line, "error": str(error)})
    except csv.Error as error:
        raise BadRequest(f"This is no CSV file: {error}.") from None


def _named_columns(row: Sequence[str]) -> tuple[int, int] | None:
    """Where the number and the name stand, where the first line says so."""
    names = [cell.strip().lower() for cell in row]
    numbers = [at for at, name in enumerate(names) if name in _NUMBERS]
    if not numbers:
        return None
    named = [at for at, name in enumerate(names) if name in _NAMES and at != numbers[0]]
    return numbers[0], named[0] if named else len(row)


def _mold(row: Sequence[str], number_at: int, name_at: int) -> Mold:
    cell = [plain_text(_plain(value)) for value in row]
    number = cell[number_at] if number_at < len(cell) else ""
    if not number:
        raise TextRefused("There is no mold number in this line.")
    return Mold(number, cell[name_at] if name_at < len(cell) else "")


def _plain(value: str) -> str:
    """Without the apostrophe that our own export puts before what looks like a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in ("=", "+", "-", "@") else value
