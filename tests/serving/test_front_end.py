"""A front end that was built elsewhere, in its folder: what is served of it, and that nothing else is."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from handlers.errors import ConfigurationError
from handlers.serving.front_end import serve_front_end
from handlers.settings import Settings
from local_server import local_app

_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_FILES = {
    "index.html": "<title>CRS</title>",
    "about.html": "<title>About</title>",
    "docs/index.html": "<title>Docs</title>",
    "favicon.ico": "icon",
    "manifest.webmanifest": "{}",
    "static/js/main.8d1a2b3c.js": "run()",
    "static/js/787.1f2e3d4c.chunk.js": "run()",
    "static/media/logo.svg": "<svg/>",
    "assets/index-DiwrgTda1.js": "run()",
    "_next/static/chunks/app-0f1e2d3c4b5a.js": "run()",
    "static/js/plain.js": "run()",
    "upload": "not this",
    ".env": "SECRET=1",
    ".git/config": "secret",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in _FILES.items():
        path = tmp_path / "build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "build-2").mkdir()
    (tmp_path / "build-2" / "secret.txt").write_text("secret")
    return tmp_path / "build"


@pytest.fixture
def make(folder: Path, make_settings: Callable[..., Settings]) -> Iterator[Callable[..., TestClient]]:
    clients: list[TestClient] = []

    def made(**values: object) -> TestClient:
        app = local_app(make_settings(front_end=folder, decoders=0, **values))
        clients.append(TestClient(app, "http://127.0.0.1:5000", client=("127.0.0.1", 1)))
        return clients[-1]

    yield made
    for client in clients:
        client.app.state.rooms.close()  # type: ignore[attr-defined]


@pytest.fixture
def client(make: Callable[..., TestClient]) -> TestClient:
    return make()


@pytest.mark.parametrize(
    ("path", "kind", "kept"),
    [
        ("/", "text/html", False),
        ("/index.html", "text/html", False),
        ("/about", "text/html", False),
        ("/docs/index.html", "text/html", False),
        ("/favicon.ico", "", False),
        ("/manifest.webmanifest", "application/manifest+json", False),
        ("/static/js/main.8d1a2b3c.js", "text/javascript", True),
        ("/static/js/787.1f2e3d4c.chunk.js", "text/javascript", True),
        ("/assets/index-DiwrgTda1.js", "text/javascript", True),
        ("/_next/static/chunks/app-0f1e2d3c4b5a.js", "text/javascript", True),
        ("/static/js/plain.js", "text/javascript", False),
        ("/static/media/logo.svg", "image/svg+xml", False),
    ],
)
def test_file_has_its_type_and_is_kept_as_long_as_it_cannot_change(
    client: TestClient, path: str, kind: str, kept: bool
) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"].startswith(kind)) == (200, True)
    assert ("immutable" in answer.headers["cache-control"]) is kept
    assert answer.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", answer.headers["etag"])
    assert client.head(path).headers["content-length"] == str(len(answer.content))


def test_address_of_a_view_is_the_page_for_a_person_and_nothing_for_a_program(client: TestClient) -> None:
    for path in ("/history", "/history/12", "/a/b/"):
        assert client.get(path, headers=_PAGE).text == _FILES["index.html"]
        missing = client.get(path, headers={"Accept": "*/*"})
        assert (missing.status_code, set(missing.json())) == (404, {"error"})
    for path in ("/static/js/gone.js", "/favicon.png"):
        assert client.get(path, headers=_PAGE).status_code == 404
    assert client.post("/history", headers=_PAGE).status_code == 404


def test_apis_come_before_files_and_our_page_moves(client: TestClient) -> None:
    assert client.get("/test").json() == "You already connect the server now!"
    assert client.post("/upload").status_code == 400
    own = client.get("/castmark/")
    assert (own.status_code, 'name="castmark-base" content="../"' in own.text) == (200, True)
    assert client.get("/castmark/web/page.js").status_code == 200
    beside = client.get("/castmark")
    assert 'name="castmark-base" content="./"' in beside.text and client.get("/web/page.js").status_code == 200
    assert client.get("/docs").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/.env",
        "/.git/config",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/static/%2e%2e/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/../build-2/secret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/link.txt",
        "/link/secret.txt",
        "/static",
        "/%00",
        "/" + "a" * 300,
    ],
)
def test_nothing_hidden_and_nothing_from_elsewhere_is_served(client: TestClient, folder: Path, path: str) -> None:
    os.symlink(folder.parent / "secret.txt", folder / "link.txt")
    os.symlink(folder.parent, folder / "link")
    answer = client.get(path)
    assert answer.status_code == 404, answer.text
    assert "secret" not in answer.text


def test_two_browsers_behind_one_router_are_two_callers(client: TestClient, picture: Callable[..., bytes]) -> None:
    cookie = client.get("/").headers["set-cookie"]
    assert all(part in cookie for part in ("castmark_session=", "HttpOnly", "SameSite=lax"))
    client.post("/upload", files={"file": ("1.png", picture())})
    assert client.get("/info").json()["file_count"] == 1
    client.cookies.clear()
    assert client.get("/info").json()["file_count"] == 0


def test_folder_without_a_page_stops_the_start(client: TestClient, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"CASTMARK_FRONT_END is .*no index\.html"):
        serve_front_end(client.app, tmp_path / "nothing")  # type: ignore[arg-type]


def test_front_end_stands_below_a_base_path_too(make: Callable[..., TestClient]) -> None:
    client = make(base_path="/v1")
    assert client.get("/v1/").text == _FILES["index.html"]
    assert client.get("/v1/static/js/plain.js").text == "run()"
    assert client.get("/v1/history", headers=_PAGE).text == _FILES["index.html"]
    assert client.get("/v1/test").status_code == 200
