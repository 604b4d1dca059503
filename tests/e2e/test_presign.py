"""A presigned form against a real server: sent as a browser sends it, changed, and sent again."""

from collections.abc import Callable
from typing import Any

import httpx2

from tests.servers import Server

_QUERY: dict[str, str | int] = {"name": "轮毂.png", "content_type": "image/png", "size": 10_000, "uuid": "presigned"}


def _form(server: Server) -> Any:
    return httpx2.post(f"{server.url}/presign", params=_QUERY).json()


def _send(form: Any, content: bytes) -> int:
    return httpx2.post(form["url"], data=form["fields"], files={"file": ("x", content)}).status_code


def test_form_brings_a_picture_once_and_unchanged(server: Server, picture: Callable[..., bytes]) -> None:
    form = _form(server)
    assert form["url"] == f"{server.url}/incoming"
    changed = {**form, "fields": form["fields"] | {"Content-Type": "text/html"}}
    assert _send(changed, picture()) == 403
    assert _send(form, b"x" * 10_001) == 413
    assert _send(form, picture()) == 204
    assert _send(form, picture()) == 403
    files = httpx2.get(f"{server.url}/info?uuid=presigned").json()["file_list"]
    assert [name for _, name, _ in files] == ["轮毂.png"]
    assert httpx2.get(files[0][0]).content == picture()
    httpx2.get(f"{server.url}/removeuuid?uuid=presigned")
