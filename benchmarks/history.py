"""How long a page of the history takes, by each filter, among so many readings in a PostgreSQL of its own.

    python -m benchmarks.history [RECORDS]

Readings are made up: 1,000 a day, 400 texts of which some are rare, one in twenty doubted, one in a hundred corrected,
500 clients. Each page is asked for 15 times, from the newest on and from the middle on; what is said is the slowest.
"""

import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

from handlers.records.database import Database
from handlers.records.history import counts, excerpt
from handlers.records.wanted import Place, State, Wanted
from tests.databases import fresh_database, postgresql

_TIMES = 15
_START = datetime(2000, 1, 1)
_OWNER = "0" * 29 + "007"
# Each reading's time follows from its number; texts are the more frequent the smaller they are.
_FILL = (
    "INSERT INTO recognition_record (hub_id, recognition_time, mold_number) "
    "SELECT n, to_char(timestamp '2000-01-01' + n * interval '86.4 seconds', 'YYYY-MM-DD HH24:MI:SS'), "
    "'M' || floor(400 * power(hashint4(n)::float8 / 4294967296 + 0.5, 3)) FROM generate_series(1, {n}) n",
    "INSERT INTO castmark_reading SELECT hub_id, lpad(hub_id::text, 32, '0'), 0, 946684800 + hub_id * 86.4, 'x.jpg', "
    "repeat('a', 64), CASE WHEN hub_id % 20 = 0 THEN 0.5 ELSE 0.97 END, hub_id % 20 = 0, '[]' FROM recognition_record",
    "INSERT INTO castmark_review SELECT hub_id, recognition_time, lpad((hub_id % 500)::text, 32, '0'), mold_number, "
    "CASE WHEN hub_id % 20 = 0 THEN 0.5 ELSE 0.97 END, CASE WHEN hub_id % 100 = 0 THEN 'corrected' "
    "WHEN hub_id % 20 = 0 THEN 'open' ELSE 'sure' END, 0 FROM recognition_record",
    "INSERT INTO castmark_said SELECT hub_id, 'm', '{{}}', '', '{{}}' FROM recognition_record",
    "ANALYZE",
)


def main(records: int) -> None:
    with postgresql() as url:
        database = Database(fresh_database(url))
        try:
            _fill(database, records)
            _measure(database, records)
        finally:
            database.close()


def _fill(database: Database, records: int) -> None:
    began = time.perf_counter()
    for statement in _FILL:

        def work(connection: Connection, statement: str = statement) -> None:
            connection.execute(text(statement.replace("{n}", str(records)).replace("{{}}", "{}")))

        with database._open().connect() as connection:
            # Millions take longer than a request may.
            connection.connection.dbapi_connection.__dict__.pop("wait", None)
            work(connection)
            connection.commit()
    print(f"{records:,} readings made in {time.perf_counter() - began:.0f} s")


def _measure(database: Database, records: int) -> None:
    last = (_START + timedelta(seconds=86.4 * records)).date()
    middle = Place(f"{_START + timedelta(seconds=43.2 * records):%Y-%m-%d %H:%M:%S}", records // 2)
    wanted = {
        "all": Wanted(),
        "a frequent text": Wanted(text="M0"),
        "a rare text": Wanted(text="M399"),
        "a text that is not there": Wanted(text="none"),
        "a part of a frequent text": Wanted(part="m1"),
        "a part that is not there": Wanted(part="none"),
        "a month long ago": Wanted(since=date(2000, 2, 1), until=date(2000, 2, 28)),
        "to review": Wanted(state=State.OPEN),
        "corrected": Wanted(state=State.CORRECTED),
        "no mark (none are)": Wanted(state=State.UNMARKED),
        "doubted, by confidence": Wanted(most=0.6),
        "a confidence that is not there": Wanted(most=0.1),
        "a client": Wanted(owners=(_OWNER,)),
        "a client's to review (none are)": Wanted(owners=(_OWNER,), state=State.OPEN),
        "a text, to review, in a year": Wanted(text="M1", state=State.OPEN, since=last - timedelta(days=365)),
    }
    for name, filter_ in wanted.items():
        slowest = max(
            _slowest(database, lambda c, f=filter_, p=place: excerpt(c, f, 50, p)) for place in (None, middle)
        )
        print(f"{name:34}{slowest * 1000:8.1f} ms")
    for days in (30, 366):
        since = last - timedelta(days=days - 1)
        asked = Wanted(since=since, until=last)
        slowest = _slowest(database, lambda c, f=asked: counts(c, f, last))
        print(f"{f'counts of {days} days':34}{slowest * 1000:8.1f} ms")


def _slowest(database: Database, ask: Callable[..., Any]) -> float:
    took = []
    for _ in range(_TIMES):
        with database.read() as connection:
            began = time.perf_counter()
            ask(connection)
            took.append(time.perf_counter() - began)
    # The first one finds nothing in memory, which is the disk's affair.
    return max(took[1:])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
