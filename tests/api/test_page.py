"""The page's answers; what it looks like and does is tested in a browser."""

import html
import json
import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient


def test_page_knows_the_routes_however_they_are_called(make_client: Callable[..., TestClient]) -> None:
    page = make_client(routes={"upload": "send"}).get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    found = re.search(r'name="castmark-routes" content="([^"]*)"', page.text)
    assert found
    assert json.loads(html.unescape(found[1]))["upload"] == "send"


def test_policy_lets_nothing_in_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/web/page.js", "/web/page.css", "/web/icon.svg"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert not re.search(r"\son\w+=|style=|<script>|<style", client.get("/").text)


def test_session_cookie_is_given_once_and_guarded(client: TestClient) -> None:
    cookie = client.get("/").headers["set-cookie"]
    assert all(part in cookie for part in ("castmark_session=", "HttpOnly", "SameSite=lax"))
    assert "set-cookie" not in client.get("/").headers


def test_session_is_the_caller(make_client: Callable[..., TestClient], picture: Callable[..., bytes]) -> None:
    client = make_client()
    client.get("/")
    client.post("/upload", files={"f": ("1.png", picture())})
    assert client.get("/info").json()["file_count"] == 1
    client.cookies.clear()
    assert client.get("/info").json()["file_count"] == 0


_SENT = [
    ("/", "text/html"),
    ("/web/page.js", "text/javascript"),
    ("/web/page.css", "text/css"),
    ("/web/icon.svg", "image/svg+xml"),
]


@pytest.mark.parametrize(("path", "kind"), _SENT)
def test_page_and_files_are_sent_once_and_then_only_confirmed(client: TestClient, path: str, kind: str) -> None:
    first = client.get(path)
    assert (first.status_code, first.headers["content-type"].partition(";")[0]) == (200, kind)
    assert first.headers["cache-control"] == "private, no-cache"
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["cache-control"]) == (tag, "private, no-cache")
        assert client.head(path, headers={"If-None-Match": known}).status_code == 304
    for unknown in ('"another"', "", tag.strip('"')):
        assert client.get(path, headers={"If-None-Match": unknown}).status_code == 200


def test_page_of_other_settings_has_another_tag(make_client: Callable[..., TestClient]) -> None:
    tag = make_client().get("/").headers["etag"]
    renamed = make_client(routes={"upload": "send"})
    assert renamed.get("/", headers={"If-None-Match": tag}).status_code == 200


def test_browser_without_a_cookie_gets_one_with_the_page_that_it_has(client: TestClient) -> None:
    tag = client.get("/").headers["etag"]
    client.cookies.clear()
    again = client.get("/", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert "castmark_session=" in again.headers["set-cookie"]


@pytest.mark.parametrize("name", ["index.html", "other.js", "..%2f__init__.py", "%00"])
def test_no_other_file_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/web/{name}").status_code == 404


def test_preview_of_a_picture_that_browsers_cannot_show(client: TestClient, picture: Callable[..., bytes]) -> None:
    client.post("/upload", files={"f": ("1.tif", picture("TIFF"))})
    shown = client.get("/getpicture?name=1.tif&preview=1")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert shown.content.startswith(b"\xff\xd8\xff")
