"""`upload` as clients really send it."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

_HEADERS = {"Content-Type": "multipart/form-data; boundary=b"}


def _sent(client: TestClient, *parts: tuple[str, bytes], query: str = "", before: bytes = b"") -> tuple[int, object]:
    body = b"".join(f"--b\r\n{headers}\r\n\r\n".encode() + content + b"\r\n" for headers, content in parts)
    answer = client.post(f"/upload{query}", content=before + body + b"--b--\r\n", headers=_HEADERS)
    return answer.status_code, answer.json()


def _field(name: str, text: str) -> tuple[str, bytes]:
    return f'Content-Disposition: form-data; name="{name}"', text.encode()


def test_chinese_name_of_an_old_python_client(client: TestClient, picture: Callable[..., bytes]) -> None:
    headers = "Content-Disposition: form-data; name=\"file\"; filename*=utf-8''%E8%BD%AE%E6%AF%82.jpg"
    assert _sent(client, (headers, picture())) == (200, {"message": "Done", "files": ["轮毂.jpg"]})


def test_pictures_without_names_beside_a_field_and_after_a_preamble(
    client: TestClient, picture: Callable[..., bytes]
) -> None:
    parts = (_field("note", "hello"), ('Content-Disposition: form-data; name="hub"', picture()))
    nameless = ('Content-Disposition: form-data; filename=""\r\nContent-Type: image/png', picture())
    assert _sent(client, *parts, nameless, before=b"preamble\r\n")[1] == {
        "message": "Done",
        "files": ["hub", "picture-2"],
    }


def test_uuid_as_a_field_is_the_caller(client: TestClient, picture: Callable[..., bytes]) -> None:
    photo = ('Content-Disposition: form-data; name="f"; filename="a.png"', picture())
    assert _sent(client, photo, _field("uuid", "me"))[0] == 200
    assert client.get("/info?uuid=me").json()["file_count"] == 1
    assert client.get("/info").json()["file_count"] == 0
    assert _sent(client, photo, _field("uuid", "me"), query="?uuid=me")[0] == 200


@pytest.mark.parametrize(("query", "uuids"), [("?uuid=me", ["you"]), ("", ["me", "you"])])
def test_two_uuids_are_refused_and_nothing_is_stored(
    client: TestClient, picture: Callable[..., bytes], query: str, uuids: list[str]
) -> None:
    photo = ('Content-Disposition: form-data; name="f"; filename="a.png"', picture())
    status, body = _sent(client, photo, *[_field("uuid", uuid) for uuid in uuids], query=query)
    assert (status, body) == (
        400,
        {"error": "The request names two different uuids; send one, in the query or as a field."},
    )
    for uuid in ("me", "you"):
        assert client.get(f"/info?uuid={uuid}").json()["file_count"] == 0


def test_event_names_the_caller_of_the_field(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(access="open")
    photo = ('Content-Disposition: form-data; name="f"; filename="a.png"', picture())
    _sent(client, photo, query="?uuid=me")
    _sent(client, photo, _field("uuid", "me"))
    by_query, by_field = [each["remark"] for each in client.get("/getlogs").json()]
    assert by_query == by_field


def test_file_larger_than_the_limit_is_named_with_its_whole_size(
    make_client: Callable[..., TestClient], picture: Callable[..., bytes]
) -> None:
    client = make_client(limits={"file_mb": 1})
    large = ('Content-Disposition: form-data; name="f"; filename="large.png"', picture() + bytes(3 * 1024 * 1024))
    small = ('Content-Disposition: form-data; name="f"; filename="small.png"', picture())
    status, body = _sent(client, large, small)
    assert isinstance(body, dict)
    assert (status, body["files"]) == (413, ["small.png"])
    assert "large.png has 3.0 MB; at most 1 MB" in body["error"]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_no_multipart_is_told_how_to_send(client: TestClient, kind: str) -> None:
    answer = client.post("/upload", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "There is no file in this upload; send one or more pictures as multipart/form-data."
    )
