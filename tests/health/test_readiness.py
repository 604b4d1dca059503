"""`/health` is cheap and `/ready` is honest; strangers hear no reasons."""

import threading
from collections.abc import Callable
from pathlib import Path

from fastapi import FastAPI
from starlette.testclient import TestClient

from handlers.health.readiness import Readiness, look
from handlers.rooms import Rooms
from handlers.settings import Settings

_TOKEN = "a token of sixteen"
_WELL = {"database": "", "storage": "", "models": "", "queue": ""}


def _problems(rooms: Rooms) -> dict[str, str]:
    return {finding.part: finding.problem for finding in look(rooms)}


def test_health_opens_no_room(make_app: Callable[..., FastAPI], tmp_path: Path) -> None:
    app = make_app()
    before = set(app.state.rooms.__dict__)
    assert TestClient(app).get("/health").json() == {"alive": True}
    assert set(app.state.rooms.__dict__) == before
    assert not (tmp_path / "data").exists()


def test_operators_hear_of_each_part_and_strangers_yes_or_no(make_app: Callable[..., FastAPI]) -> None:
    app = make_app(host="0.0.0.0", token=_TOKEN)
    client = TestClient(app, client=("10.0.0.9", 1))
    assert client.get("/ready").json() == {"ready": True}
    answer = client.get("/ready", headers={"Authorization": f"Bearer {_TOKEN}"})
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "parts": _WELL})


def test_database_that_is_away_is_said(make_app: Callable[..., FastAPI], tmp_path: Path) -> None:
    client = TestClient(make_app(access="open", database_url=f"sqlite:///{tmp_path}"))
    answer = client.get("/ready")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    parts = answer.json()["parts"]
    assert "CASTMARK_DATABASE_URL" in parts["database"]
    assert (parts["storage"], parts["models"]) == ("", "")
    assert client.get("/health").status_code == 200


def test_folder_that_takes_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"a file, and no folder")
    rooms = Rooms(Settings(data=tmp_path / "data"))
    assert "see CASTMARK_DATA" in _problems(rooms)["storage"]


def test_queue_that_has_ended_is_said(tmp_path: Path) -> None:
    rooms = Rooms(Settings(data=tmp_path / "data"))
    assert _problems(rooms) == _WELL
    rooms.queue.close()
    assert "start the server again" in _problems(rooms)["queue"]
    rooms.database.close()


def test_answer_holds_for_two_seconds(tmp_path: Path) -> None:
    now = [100.0]
    rooms = Rooms(Settings(data=tmp_path / "data"))
    readiness = Readiness(rooms, lambda: now[0])
    first = readiness.findings()
    assert readiness.findings() is first
    now[0] = 102.1
    assert readiness.findings() is not first
    rooms.close()


def test_part_that_stays_silent_holds_up_one_caller_only(tmp_path: Path) -> None:
    """While a look goes on, others hear what was known before it."""
    rooms = Rooms(Settings(data=tmp_path / "data"))
    reached, go_on = threading.Event(), threading.Event()

    class Silent:
        def prepare(self) -> None:
            reached.set()
            assert go_on.wait(20)

    rooms.__dict__["reader"] = Silent()
    readiness = Readiness(rooms)
    looking = threading.Thread(target=readiness.findings)
    looking.start()
    assert reached.wait(20)
    assert readiness.findings()[0].problem.startswith("It is starting")
    go_on.set()
    looking.join(20)
    assert [finding.problem for finding in readiness.findings()] == ["", "", "", ""]
    rooms.close()
