"""SnapStart's hooks, as Lambda's runtime client runs them: before the snapshot, and after each restore."""

import random
import sys
from collections.abc import Callable, Iterator

import pytest
import snapshot_restore_py
from awslambdaric.lambda_runtime_hooks_runner import run_after_restore, run_before_snapshot

from handlers.cloud.snapshot import register
from handlers.function import on_demand
from handlers.records.readings import all_records
from handlers.rooms import Rooms
from handlers.settings import Settings
from tests.buckets import NAME, s3
from tests.clouds import event_loop


@pytest.fixture(autouse=True)
def _no_hooks() -> Iterator[None]:
    """Hooks are kept by the process; other tests have none."""
    yield
    for hooks in (snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore()):
        hooks.clear()


@pytest.fixture
def rooms(make_settings: Callable[..., Settings]) -> Iterator[Rooms]:
    made = Rooms(make_settings())
    yield made
    made.close()


def test_models_and_clients_are_there_before_the_snapshot_and_no_connection(rooms: Rooms) -> None:
    with s3():
        object.__setattr__(rooms, "settings", rooms.settings.model_copy(update={"bucket": NAME}))
        register(rooms, ("reader", "storage", "database"))
        run_before_snapshot()
        assert rooms.reader._models is not None
        assert rooms.storage.bucket._client is not None  # type: ignore[attr-defined]
    assert rooms.database._engine is None
    assert not (rooms.settings.data / "castmark.db").exists(), "preparing a database creates none"


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
        assert callable(on_demand(start.api, "reader")("handler"))
    ((_, (rooms, prepared), _),) = snapshot_restore_py.get_before_snapshot()
    assert prepared == ("reader",)
    assert isinstance(rooms, Rooms)


def test_nothing_happens_where_the_hooks_package_is_absent(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)
    register(rooms, ("reader",))
    assert snapshot_restore_py.get_before_snapshot() == []
