"""What the outbox is tested with: readings recorded as they really are, and a wait for what happens soon."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from handlers.outbox.telling import Teller
from handlers.records.database import Database
from handlers.records.readings import Clock, Origin, record
from handlers.settings import Settings
from tests.outbox.receiver import Receiver, receiver

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
Records = Callable[..., int]


def detail_of(text: str = "A27", **more: Any) -> dict[str, Any]:
    mark = {"text": text, "confidence": 0.93, "polygon": [[0, 0], [9, 0], [9, 9], [0, 9]], "angle": 0.0}
    facts = {"name": "1.jpg", "sha256": "a" * 64, "confidence": 0.93, "needs_review": False, "alternatives": []}
    return {"text": text, "marks": [mark | {"answered": True, "alternatives": [], "characters": []}], **facts, **more}


def soon(true: Callable[[], object], seconds: float = 20) -> None:
    """Wait until it is true, looking often; what never is fails the test."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as told:
        yield told


@pytest.fixture
def records(database: Database) -> Records:
    """Records a reading and tells of it in one transaction, as the runner of tasks does; its number."""
    tasks = iter(range(1_000_000))

    def keep(settings: Settings, text: str = "A27", **more: Any) -> int:
        origin, detail = Origin(f"{next(tasks):032x}", "owner", "model"), detail_of(text, **more)
        teller = Teller(settings)

        def work(connection: Any) -> int:
            (number,) = record(connection, origin, [detail], Clock())
            teller.reading(connection, number, origin, detail)
            return number

        return database.write(work)

    return keep
