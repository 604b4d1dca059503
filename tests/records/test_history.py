"""The history: filtered, in pages that lead to all of it, and counted, alike in every database."""

import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from handlers.errors import BadRequest, NotFound
from handlers.records import history
from handlers.records.corrections import Word, confirm, correct
from handlers.records.database import Database
from handlers.records.history import Row, counts, every, excerpt, one
from handlers.records.readings import Clock, Origin, insert_record, record
from handlers.records.tables import recognition_record, review
from handlers.records.wanted import Place, State, Wanted, place_of

_A, _B = "a" * 32, "b" * 32
# Text, confidence, whether it is doubted, owner, and day in March 2026.
_READ = [
    ("A27", 0.99, False, _A, 1),
    ("A21", 0.40, True, _A, 2),
    ("B1%", 0.70, True, _B, 2),
    ("", 0.00, True, _B, 3),
    ("A27", 0.95, False, _B, 5),
]


_LEGIBLE = [(f"2026-03-{day:02}", confidence) for text, confidence, _, _, day in _READ if text == "A27"]


@pytest.fixture
def numbers(database: Database) -> list[int]:
    """The numbers of five readings and of a record that no machine read, oldest first."""
    return database.write(_filled)


def _filled(connection: Connection) -> list[int]:
    numbers = []
    for at, (text, confidence, doubted, owner, day) in enumerate(_READ):
        detail = {"text": text, "confidence": confidence, "needs_review": doubted, "alternatives": [], "marks": []}
        detail |= {"name": f"{at}.jpg", "sha256": "c" * 64}
        (number,) = record(connection, Origin(f"{at}", owner, "m"), [detail], Clock())
        shown = f"2026-03-{day:02} 10:00:{at:02}"
        for table in (recognition_record, review):
            connection.execute(table.update().where(table.c.hub_id == number).values(recognition_time=shown))
        numbers.append(number)
    return [*numbers, insert_record(connection, "a2700", "2026-03-09 08:00:00")]


def _texts(database: Database, limit: int = 50, **wanted: Any) -> list[str]:
    with database.read() as connection:
        return [row["text"] for row in excerpt(connection, Wanted(**wanted), limit).rows]


@pytest.mark.usefixtures("numbers")
@pytest.mark.parametrize(
    ("wanted", "texts"),
    [
        ({}, ["a2700", "A27", "", "B1%", "A21", "A27"]),
        ({"text": "A27"}, ["A27", "A27"]),
        ({"text": ""}, [""]),
        ({"part": "a2"}, ["a2700", "A27", "A21", "A27"]),
        ({"part": "%"}, ["B1%"]),
        ({"part": "_"}, []),
        ({"since": date(2026, 3, 2), "until": date(2026, 3, 3)}, ["", "B1%", "A21"]),
        ({"since": date(2026, 3, 9)}, ["a2700"]),
        ({"most": 0.5}, ["", "A21"]),
        ({"least": 0.5, "most": 0.95}, ["A27", "B1%"]),
        ({"state": State.OPEN}, ["", "B1%", "A21"]),
        ({"state": State.SURE}, ["A27", "A27"]),
        ({"owners": (_A,)}, ["A21", "A27"]),
        ({"owners": (_A, _B)}, ["A27", "", "B1%", "A21", "A27"]),
        ({"owners": (_B,), "state": State.OPEN, "part": "b"}, ["B1%"]),
        ({"text": "A27", "owners": (_B,), "least": 0.5}, ["A27"]),
        ({"text": "A27", "state": State.CORRECTED}, []),
    ],
)
def test_what_is_wanted_is_listed_newest_first(database: Database, wanted: dict[str, Any], texts: list[str]) -> None:
    assert _texts(database, **wanted) == texts
    assert [row["text"] for row in every(database, Wanted(**wanted))] == texts
    for limit in (1, 2):
        assert [row["text"] for row in _paged(database, limit, **wanted)] == texts


def _paged(database: Database, limit: int, **wanted: Any) -> Iterator[Row]:
    after: Place | None = None
    while True:
        with database.read() as connection:
            piece = excerpt(connection, Wanted(**wanted), limit, after)
        assert len(piece.rows) <= limit
        yield from piece.rows
        if piece.next is None:
            return
        after = place_of(str(piece.next))


def test_page_that_looked_long_enough_leads_on(
    database: Database, numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKED_AT", 2)
    with database.read() as connection:
        first = excerpt(connection, Wanted(part="A21"), 50)
    assert (first.rows, first.next) == ([], Place("2026-03-05 10:00:04", numbers[4]))
    assert [row["text"] for row in _paged(database, 50, part="A21")] == ["A21"]
    assert [row["text"] for row in every(database, Wanted(most=0.5))] == ["", "A21"]


def test_correction_moves_a_reading_to_where_it_belongs(database: Database, numbers: list[int]) -> None:
    database.write(lambda connection: correct(connection, numbers[1], "A29", Word("Li", time.time())))
    database.write(lambda connection: confirm(connection, numbers[2], Word("Li", time.time())))
    assert _texts(database, state=State.OPEN) == [""]
    assert _texts(database, state=State.CORRECTED) == _texts(database, text="A29") == ["A29"]
    assert _texts(database, state=State.CONFIRMED) == ["B1%"]


def test_row_tells_what_a_list_shows(database: Database, numbers: list[int]) -> None:
    with database.read() as connection:
        unread, *_, first = excerpt(connection, Wanted(), 50).rows
    assert (first["id"], first["machine_text"], first["client"], first["model"]) == (numbers[0], "A27", _A, "m")
    assert (first["state"], first["confidence"], first["picture"], first["evidence"]) == ("sure", 0.99, "0.jpg", [])
    assert (unread["state"], unread["machine_text"], unread["confidence"]) == (None, None, None)


def test_one_reading_has_all_that_was_said_and_every_step(database: Database, numbers: list[int]) -> None:
    database.write(lambda connection: correct(connection, numbers[1], "A29", Word("Li", time.time(), "worn")))
    with database.read() as connection:
        told = one(connection, numbers[1])
        assert one(connection, numbers[5])["reading"] is None
        with pytest.raises(NotFound):
            one(connection, 999_999)
    (step,) = told["steps"]
    assert (told["text"], told["machine_text"], told["reading"]["text"]) == ("A29", "A21", "A21")
    assert (step["before"], step["text"], step["who"], step["why"], told["steps_taken"]) == (
        "A21",
        "A29",
        "Li",
        "worn",
        1,
    )


@pytest.mark.usefixtures("numbers")
def test_days_and_texts_are_counted_for_the_same_filter(database: Database) -> None:
    today = date(2026, 3, 9)
    with database.read() as connection:
        told = counts(connection, Wanted(), today)
        assert told["days"] == [
            [f"2026-03-{day:02}", number] for day, number in ((1, 1), (2, 2), (3, 1), (5, 1), (9, 1))
        ]
        assert told["texts"][0] == ["A27", 2] and len(told["texts"]) == 5
        assert (told["since"], told["until"]) == ("2026-02-08", "2026-03-09")
        doubted = counts(connection, Wanted(state=State.OPEN, part="a"), today)
        assert (doubted["days"], doubted["texts"]) == ([["2026-03-02", 1]], [["A21", 1]])
        assert counts(connection, Wanted(since=date(2026, 3, 3), until=date(2026, 3, 3)), today)["texts"] == [["", 1]]
        with pytest.raises(BadRequest, match="366 days"):
            counts(connection, Wanted(since=date(2020, 1, 1)), today)


@pytest.mark.usefixtures("numbers")
def test_legibility_of_a_text_is_the_mean_confidence_of_each_day(database: Database) -> None:
    today = date(2026, 3, 9)
    with database.read() as connection:
        told = counts(connection, Wanted(text="A27"), today)
        assert told["legibility"] == [[day, pytest.approx(mean), 1] for day, mean in _LEGIBLE]
        assert counts(connection, Wanted(text="a2700"), today)["legibility"] == [], "no machine read it"
        assert "legibility" not in counts(connection, Wanted(), today)


@pytest.mark.parametrize("written", ["x", "2026,", "2026-01-01,12a", f"2026,{2**63}", ",1"])
def test_place_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(BadRequest):
        place_of(written)
    assert place_of("") is None


def test_record_without_a_time_is_in_no_list(database: Database) -> None:
    database.write(lambda connection: connection.execute(recognition_record.insert().values(mold_number="11")))
    assert _texts(database) == []
