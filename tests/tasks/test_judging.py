"""The promise decides about new readings: by what is known, or else by the cautious threshold."""

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from handlers.recognition.identity import identity
from handlers.records import promise
from handlers.records.corrections import Word, confirm, correct
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.records.tables import judgement, said
from handlers.settings import Settings
from handlers.tasks.judging import Judge

if TYPE_CHECKING:
    from sqlalchemy import Connection

_WORD = Word("Li", 1.8e9)


def _detail(confidence: float) -> dict[str, Any]:
    facts = {"name": "1.jpg", "sha256": "a" * 64, "text": "A27", "confidence": confidence, "needs_review": False}
    marks = [{"answered": True, "pad": False}]
    return {**facts, "alternatives": [], "unclear": False, "marks": marks, "more_seen": False}


def _settings(**more: Any) -> Settings:
    return Settings(wrong_at_most=100, checked_share=0.5, review_below=0.8, **more)


def _check(database: Database, judge: Judge, confidence: float, number: int, said_: str = "A27") -> None:
    """Have so many readings read, drawn and checked."""

    def read_and_say(connection: "Connection", at: int) -> None:
        origin = Origin(f"{confidence}{said_}{at}"[:32], "", identity())
        (number_,) = record(connection, origin, [judge.judged(_detail(confidence))], Clock())
        if said_ == "A27":
            confirm(connection, number_, _WORD)
        else:
            correct(connection, number_, said_, _WORD)

    for at in range(number):
        database.write(partial(read_and_say, at=at))


def test_without_a_promise_a_reading_stays_as_it_is(database: Database) -> None:
    assert Judge(Settings(), database).judged(_detail(0.1)) == _detail(0.1)
    failed = {"error": "no picture", "text": ""}
    assert Judge(_settings(), database).judged(failed) == failed


def test_threshold_follows_what_people_checked(database: Database) -> None:
    judge = Judge(_settings(), database, lambda: 0.0)
    assert judge.judged(_detail(0.79))["judged"] == {"verdict": "below", "kind": "line", "least": 0.8, "chance": 1.0}
    _check(database, judge, 0.7, 80)
    _check(database, judge, 0.95, 80)
    # Known since it was asked last; others hear of it when they ask.
    assert judge.judged(_detail(0.75))["needs_review"]
    later = Judge(_settings(), database, lambda: 0.9)
    told = later.judged(_detail(0.75))
    assert (told["needs_review"], told["judged"]["verdict"]) == (False, "accepted")
    assert later.judged(_detail(0.5))["needs_review"]


def test_wrong_ones_make_it_stricter_at_once(database: Database) -> None:
    judge = Judge(_settings(), database, lambda: 0.0)
    _check(database, judge, 0.85, 20, "A28")
    _check(database, judge, 0.99, 10)
    later = Judge(_settings(), database)
    assert later.judged(_detail(0.85))["needs_review"] and not later.judged(_detail(0.99))["needs_review"]


def test_database_is_asked_once_a_minute(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [100.0], []
    monkeypatch.setattr("handlers.tasks.judging.time.monotonic", lambda: now[0])
    real = promise.standing

    def counting(*said: Any) -> Any:
        asked.append(said)
        return real(*said)

    monkeypatch.setattr(promise, "standing", counting)
    judge = Judge(_settings(), database)
    for moment in (100.0, 130.0, 159.0, 161.0, 200.0):
        now[0] = moment
        judge.judged(_detail(0.9))
    assert len(asked) == 2


def test_database_that_does_not_answer_leaves_the_cautious_threshold(
    tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "no.db").mkdir()
    broken = Database(f"sqlite:///{tmp_path / 'no.db'}")
    judge = Judge(_settings(), broken)
    assert judge.judged(_detail(0.79))["needs_review"] and not judge.judged(_detail(0.81))["needs_review"]
    assert "could not be counted" in caplog.text
    broken.close()


def test_server_keeps_the_verdict_and_tells_it(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(access="open", wrong_at_most=10)
    client.post("/upload", files={"files": ("b.png", picture())})
    (told,) = client.post("/start?detail=1").json()
    assert (told["needs_review"], told["judged"]) == (
        True,
        {"verdict": "unclear", "kind": "line", "least": 0.7, "chance": 1.0},
    )
    rooms: Any = client.app.state.rooms  # type: ignore[attr-defined]
    with rooms.database.read() as connection:
        kept = connection.execute(judgement.select().where(judgement.c.hub_id == told["id"])).one()
        machine = json.loads(connection.scalar(said.select().with_only_columns(said.c.reading)))
    assert (kept.verdict, kept.model, kept.day) == ("unclear", identity(), str(Clock().today()))
    assert machine["judged"] == told["judged"]
