"""What every test may use: a scrubbed environment, settings of its own, pictures, apps and their clients."""

import gc
import io
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from handlers.api import all_apis
from handlers.aws import services
from handlers.function import build_app
from handlers.log import JsonLines
from handlers.settings import Settings
from tests import order
from tests.databases import Templates, dropped, fresh_database, postgresql
from tests.dsql import playing_dsql
from tests.kept import keep
from tests.kinds import KINDS, kinds_of

if TYPE_CHECKING:
    from handlers.records.database import Database

keep()

PHOTOS = Path(__file__).parents[2] / "shared" / "images"


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in KINDS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.pluginmanager.register(order)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[Any]:
    """What is imported stays: looking through it for what nobody needs takes a third of the time, and more later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


# Before pytest chooses by markers.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for kind in kinds_of(item):
            item.add_marker(kind)


@pytest.fixture(autouse=True)
def _scrubbed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test sees, or leaves, settings of the machine that it runs on."""
    for name in list(os.environ):
        # Neither has a function in the cloud what OpenSSL and libpq find in a developer's environment.
        if name.startswith(("CASTMARK_", "AWS_", "SSL_CERT_", "PG")):
            monkeypatch.delenv(name)
    # It remembers credentials.
    services._session.cache_clear()
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _unopened_log() -> Iterator[None]:
    """A test that opens the log closes it again: the next one may want to look at the records."""
    yield
    log = logging.getLogger("castmark")
    log.handlers.clear()
    log.setLevel(logging.NOTSET)
    log.propagate = True


@pytest.fixture
def lines() -> Callable[..., list[dict[str, Any]]]:
    """What was logged since the test began: the lines that say all of these facts."""
    stream, log = io.StringIO(), logging.getLogger("castmark")
    log.addHandler(handler := logging.StreamHandler(stream))
    handler.setFormatter(JsonLines())
    log.setLevel(logging.INFO)

    def said(**facts: object) -> list[dict[str, Any]]:
        all_ = [json.loads(line) for line in stream.getvalue().splitlines()]
        return [line for line in all_ if facts.items() <= line.items()]

    return said


@pytest.fixture
def photos() -> Path:
    """The folder of real photos, which are not part of the project."""
    if not PHOTOS.is_dir():
        pytest.skip("the real photos (../shared/images) are not here")
    return PHOTOS


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**values: Any) -> Settings:
        return Settings(**{"data": tmp_path / "data", **values})

    return make


@pytest.fixture
def make_app(make_settings: Callable[..., Settings]) -> Iterator[Callable[..., FastAPI]]:
    """Apps of all APIs, built from the settings given; their rooms are closed in the end."""
    apps: list[FastAPI] = []

    def make(**values: Any) -> FastAPI:
        apps.append(build_app(make_settings(**values), all_apis()))
        return apps[-1]

    yield make
    for app in apps:
        app.state.rooms.close()


@pytest.fixture
def make_client(make_app: Callable[..., FastAPI]) -> Iterator[Callable[..., TestClient]]:
    """Clients of apps of their own, built from the settings given."""
    clients: list[TestClient] = []

    def make(**values: Any) -> TestClient:
        clients.append(TestClient(make_app(**values), raise_server_exceptions=False))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql", "dsql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest,
    database_kind: str,
    templates: Templates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """A new database, of every kind: with our tables where a test asks for `database`, else without any."""
    with_tables = "database" in request.fixturenames
    if database_kind == "sqlite":
        file = tmp_path / "test.db"
        if with_tables:
            shutil.copyfile(templates.file(), file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgresql_server")
    url = fresh_database(server, *((templates.name(server, database_kind),) if with_tables else ()))
    if database_kind == "postgresql":
        yield url
    else:
        yield playing_dsql(monkeypatch, url)
    dropped(server, url)


@pytest.fixture
def database(database_url: str) -> "Iterator[Database]":
    from handlers.records.database import Database

    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def picture() -> Callable[..., bytes]:
    """Encoded pictures in which there is nothing to read, which is read quickly."""

    def encoded(kind: str = "PNG", size: tuple[int, int] = (32, 24), mode: str = "L", **options: Any) -> bytes:
        file = io.BytesIO()
        Image.new(mode, size, 200 if mode in ("L", "P") else "white").save(file, kind, **options)
        return file.getvalue()

    return encoded
