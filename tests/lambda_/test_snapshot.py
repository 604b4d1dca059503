"""SnapStart's hooks, as Lambda's runtime client runs them: before the snapshot, and after each restore."""

import json
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import snapshot_restore_py
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot
from botocore.session import Session

from handlers.errors import LogUnavailable, QueueUnavailable
from handlers.lambda_.functions import handler_of
from handlers.lambda_.snapshot import register
from handlers.records.readings import all_records
from handlers.rooms import Rooms
from handlers.settings import Settings
from tests.buckets import NAME, s3
from tests.clouds import event_loop


@pytest.fixture(autouse=True)
def _no_hooks() -> Iterator[None]:
    """Hooks are kept by the process: those of functions that other tests have built are not ours, nor ours theirs."""
    _clear_hooks()
    yield
    _clear_hooks()


def _clear_hooks() -> None:
    for hooks in (snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore()):
        hooks.clear()


@pytest.fixture
def rooms(make_settings: Callable[..., Settings]) -> Iterator[Rooms]:
    made = Rooms(make_settings())
    yield made
    made.close()


def test_models_and_clients_are_there_before_the_snapshot_and_no_connection(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _noted(monkeypatch)
    with s3():
        made.clear()
        places = {"bucket": NAME, "queue_url": "https://sqs.example/queue", "log_group": "/castmark"}
        rooms.settings = rooms.settings.model_copy(update=places)
        register(rooms, ("reader", "storage", "database", "queue", "events"))
        run_before_snapshot()
        assert rooms.reader._eyes is not None
        assert sorted(made) == ["logs", "s3", "sqs"]
        assert rooms.storage.batch("a") == []
        with pytest.raises(QueueUnavailable):
            rooms.queue.messages.count()  # type: ignore[attr-defined]
        with pytest.raises(LogUnavailable):
            rooms.events.latest()
        assert len(made) == 3, "who needs one finds it made"
    assert rooms.database._engine is None
    assert not (rooms.settings.data / "castmark.db").exists(), "preparing a database creates none"


def test_credentials_that_ended_meanwhile_are_fetched_anew(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda hands them out by HTTP where it takes snapshots: those of the environment would end."""
    with _credentials("BEFORE", "AFTER") as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, "/nowhere")
        rooms = Rooms(make_settings(bucket=NAME))
        register(rooms, ("storage",))
        run_before_snapshot()
        run_after_restore()
        form = rooms.storage.presign("a", "x", "image/png", 1)
    assert form.fields["x-amz-credential"].startswith("AFTER/")
    assert form.fields["x-amz-security-token"] == "token of AFTER"


def test_connections_are_made_anew_after_a_restore(rooms: Rooms) -> None:
    register(rooms, ("database",))
    run_before_snapshot()
    with rooms.database.read() as connection:
        old = connection.engine
    console = rooms.console
    run_after_restore()
    with rooms.database.read() as connection:
        assert connection.engine is not old
        assert len(all_records(connection)) == 1
    assert rooms.console is not console, "its guard holds connections of its own"


def test_copies_of_one_snapshot_do_not_draw_the_same_numbers(rooms: Rooms) -> None:
    register(rooms, ())
    run_before_snapshot()
    snapshot = random.getstate()
    drawn = set()
    for _ in range(3):
        random.setstate(snapshot)
        run_after_restore()
        drawn.add(random.random())
    assert len(drawn) == 3


def test_functions_handler_registers_its_rooms(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("CASTMARK_DATA", str(tmp_path))
    import handlers.api.start as start

    with event_loop():
        assert callable(handler_of(replace(start.api, prepared=("reader",))))
    ((_, (rooms, prepared), _),) = snapshot_restore_py.get_before_snapshot()
    assert prepared == ("reader",)
    assert isinstance(rooms, Rooms)


def test_nothing_happens_where_the_hooks_package_is_absent(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    register(rooms, ("reader",))
    assert snapshot_restore_py.get_before_snapshot() == []


def _noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services for which clients are made from here on."""
    made: list[str] = []
    make = Session.create_client

    def noting(self: Session, service: str, **options: Any) -> Any:
        made.append(service)
        return make(self, service, **options)

    monkeypatch.setattr(Session, "create_client", noting)
    return made


@contextmanager
def _credentials(*names: str) -> Iterator[str]:
    """The URL that answers credentials of these names, one after the other; all but the last have ended."""
    left = list(names)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = left.pop(0)
            ends = "2000-01-01T00:00:00Z" if left else "2999-01-01T00:00:00Z"
            facts = {"AccessKeyId": name, "SecretAccessKey": "x", "Token": f"token of {name}", "Expiration": ends}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(facts).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
