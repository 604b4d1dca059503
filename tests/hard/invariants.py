"""What holds after everything that may happen to a server: looked at in its data folder, and asked of it."""

import hashlib
import time
from collections import Counter
from pathlib import Path

import httpx2
from sqlalchemy import func, select

from handlers.records.database import Database
from handlers.records.tables import reading, recognition_record
from handlers.records.tables import task as tasks
from handlers.storage.local import LocalStorage
from handlers.tasks.base import State


def every_task_ends(url: str, ids: list[str]) -> None:
    """Each that was accepted; how many seconds that takes is not the question."""
    end = time.monotonic() + 300
    with httpx2.Client(base_url=url, timeout=60) as client:
        for task_id in ids:
            while isinstance(status := client.get(f"/status?task={task_id}").json()["status"], str):
                assert status in ("waiting", "processing"), f"{task_id}: {status}"
                assert time.monotonic() < end, f"{task_id} is still {status}"
                time.sleep(0.05)
            assert status["status"] == "completed", status


def every_upload_is_whole(url: str, uploads: dict[str, bytes]) -> None:
    with httpx2.Client(base_url=url, timeout=60) as client:
        for uuid, content in uploads.items():
            answer = client.get(f"/getpicture?uuid={uuid}")
            assert answer.status_code == 200, f"{uuid}: {answer.text}"
            assert hashlib.sha256(answer.content).digest() == hashlib.sha256(content).digest(), uuid


def every_reading_is_one_record(place: Path | str) -> None:
    """In a data folder, or in the database of that URL."""
    database = Database(place / "castmark.db" if isinstance(place, Path) else place)
    try:
        with database.read() as connection:
            places = connection.execute(select(reading.c.task_id, reading.c.position)).all()
            records = connection.scalar(select(func.count()).select_from(recognition_record))
            over = connection.scalar(select(func.count()).where(tasks.c.state == State.COMPLETED))
            left = connection.scalar(select(func.count()).where(tasks.c.state.in_((State.WAITING, State.PROCESSING))))
    finally:
        database.close()
    assert max(Counter(places).values(), default=1) == 1
    # Each task of these tests has one picture.
    assert records == len(places) == over
    assert left == 0


def nothing_temporary_is_left(data: Path) -> None:
    """Once the sweep was there, which leaves a day to whoever may still be reading."""
    storage = LocalStorage(data / "uploads", grace=0.0)
    storage.expire(0.0)
    for folder in (data / "uploads").iterdir():
        if not folder.name.startswith("."):
            named = {picture.key for picture in storage.batch(folder.name)} | {"batch.json"}
            assert {path.name for path in folder.iterdir()} <= named, folder
    assert not list(data.rglob("*.tmp"))
