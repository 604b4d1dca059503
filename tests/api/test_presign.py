"""`presign`: pictures that go straight to storage, by one code path of the client, wherever they are kept."""

import asyncio
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from handlers.api import upload
from handlers.aws.bucket import Bucket
from handlers.lambda_.functions import handler_of
from tests.buckets import ENVIRONMENT, NAME, created, s3_server
from tests.clouds import KINDS, event_loop, invoke

Encoded = Callable[..., bytes]
_Form = dict[str, Any]


@dataclass
class Front:
    """A front end: asks for forms and sends them, as a browser would."""

    client: TestClient

    def ask(self, name: str = "x.png", kind: str = "image/png", size: int = 100_000, **query: Any) -> Any:
        return self.client.post("/presign", params={"name": name, "content_type": kind, "size": size, **query})

    def send(self, form: _Form, content: bytes) -> Any:
        ours = urlsplit(form["url"]).hostname == "testserver"
        post = self.client.post if ours else httpx2.post
        return post(form["url"], data=form["fields"], files={"file": ("whatever", content)})

    def bring(self, content: bytes, name: str = "x.png", **query: Any) -> None:
        answer = self.send(self.ask(name, size=len(content), **query).json(), content)
        assert answer.status_code == 204, answer.text

    def names(self, **query: Any) -> list[str]:
        return [name for _, name, _ in self.client.get("/info", params=query).json()["file_list"]]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with s3_server() as url:
        created(Bucket(NAME, endpoint=url))
        yield url


@pytest.fixture(params=["local", "s3"])
def front(request: pytest.FixtureRequest, make_client: Callable[..., TestClient]) -> Iterator[Front]:
    if request.param == "local":
        yield Front(make_client())
        return
    url = request.getfixturevalue("server")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in ENVIRONMENT.items():
            environment.setenv(name, value)
        front = Front(make_client(bucket=NAME, s3_endpoint=url))
        front.client.get("/clear")
        yield front


@pytest.fixture
def local(client: TestClient) -> Front:
    return Front(client)


def test_picture_goes_straight_to_storage_and_is_read(front: Front, picture: Encoded) -> None:
    form = front.ask("轮毂 1.png").json()
    assert set(form) == {"url", "fields", "expires_in"}
    assert form["url"].startswith("http")
    assert form["expires_in"] == 300
    assert front.send(form, picture()).status_code == 204
    assert front.names() == ["轮毂 1.png"]
    assert front.client.get("/start").json() == [""]
    assert front.client.get("/getpicture", params={"name": "轮毂 1.png"}).content == picture()


def test_it_is_read_without_being_listed_before(front: Front, picture: Encoded) -> None:
    front.bring(picture())
    assert front.client.get("/start").json() == [""]


def test_it_replaces_like_an_upload_and_keep_adds(front: Front, picture: Encoded) -> None:
    def send(name: str, **query: Any) -> None:
        front.client.post("/upload", params=query, files={"f": (name, picture())})

    send("1")
    front.bring(picture(), "2")
    assert front.names() == ["2"]
    front.bring(picture(), "3", keep=1)
    send("4", keep=1)
    front.bring(picture(), "5", keep=1)
    assert front.names() == ["2", "3", "4", "5"]
    front.bring(picture(), "6")
    send("7")
    assert front.names() == ["7"]
    front.bring(picture(), "8")
    front.client.get("/clear")
    assert front.names() == []


def test_callers_never_see_each_others(front: Front, picture: Encoded) -> None:
    front.bring(picture(), uuid="c-1")
    assert front.names() == []
    assert front.names(uuid="c-1") == ["x.png"]
    front.client.get("/removeuuid", params={"uuid": "c-1"})


def test_what_is_no_picture_is_said_when_it_is_to_be_read(front: Front, picture: Encoded) -> None:
    front.bring(picture(), "good.png")
    front.bring(b"<script>", "bad.png", keep=1)
    front.bring(picture("PNG", (64, 64))[:80], "cut.png", keep=1)
    assert front.names() == ["good.png"]
    assert front.client.get("/getpicture?name=bad.png").status_code == 404
    answer = front.client.get("/start")
    assert answer.status_code == 415
    assert [one["name"] for one in answer.json()["refused"]] == ["bad.png", "cut.png"]
    assert answer.json()["info"].startswith("bad.png is not a picture")
    assert front.client.get("/start").json() == [""]


def test_type_is_what_the_content_says(front: Front, picture: Encoded) -> None:
    front.bring(picture("JPEG"), "x.png")
    assert front.client.get("/getpicture?name=x.png").headers["content-type"] == "image/jpeg"


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ({"size": 26_214_401}, 413, r"x.png has 25.0 MB; at most 25 MB"),
        ({"size": 10**30}, 413, "at most 25 MB"),
        ({"size": 0}, 400, "parameter size"),
        ({"kind": "image/svg+xml"}, 415, "image/svg+xml, which Castmark does not read"),
        ({"kind": ""}, 415, "nothing, which Castmark does not read"),
        ({"kind": "text/html"}, 415, "does not read"),
        ({"name": ""}, 400, "parameter name"),
    ],
)
def test_form_is_refused_for_what_is_not_read(local: Front, query: Any, status: int, reason: str) -> None:
    answer = local.ask(**query)
    assert (answer.status_code, reason in answer.json()["error"]) == (status, True), answer.text


@pytest.mark.parametrize("kind", ["image/jpeg", "image/heic", "image/heif", "IMAGE/PNG", " image/webp "])
def test_types_that_are_read_get_a_form(local: Front, kind: str) -> None:
    assert local.ask(kind=kind).json()["fields"]["Content-Type"] == kind.strip().lower()


class TestOurOwnForms:
    """A bucket refuses by itself what is refused here."""

    @pytest.mark.parametrize("field", ["signature", "policy"])
    def test_foreign_one_is_refused_before_its_file_is_taken(self, local: Front, field: str) -> None:
        """What comes after the fields is never asked for."""
        fields = local.ask().json()["fields"] | {field: "0" * 64}
        body = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        )
        body += '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        messages = iter([{"type": "http.request", "body": body.encode(), "more_body": True}])
        sent: list[Message] = []

        async def receive() -> Message:
            return next(messages)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/incoming",
            "query_string": b"",
            "headers": [(b"content-type", b"multipart/form-data; boundary=b")],
        }
        asyncio.run(local.client.app(scope, receive, send))  # type: ignore[arg-type]
        assert sent[0]["status"] == 403

    def test_expired(self, local: Front, picture: Encoded, monkeypatch: pytest.MonkeyPatch) -> None:
        form = local.ask().json()
        now = time.time()
        monkeypatch.setattr("handlers.storage.local.time.time", lambda: now + 301)
        answer = local.send(form, picture())
        assert (answer.status_code, answer.json()["error"]) == (403, "This form has expired; ask for a new one.")

    def test_too_large(self, local: Front) -> None:
        answer = local.send(local.ask(size=10).json(), b"x" * 11)
        assert (answer.status_code, "takes 1 to 10" in answer.json()["error"]) == (413, True)

    @pytest.mark.parametrize("field", ["key", "Content-Type", "policy", "signature"])
    def test_changed(self, local: Front, picture: Encoded, field: str) -> None:
        form = local.ask().json()
        form["fields"][field] += "x"
        assert local.send(form, picture()).status_code == 403
        del form["fields"][field]
        assert local.send(form, picture()).status_code == 403
        assert local.names() == []

    def test_used_again(self, local: Front, picture: Encoded) -> None:
        form = local.ask().json()
        assert local.send(form, picture()).status_code == 204
        assert local.send(form, picture()).status_code == 403
        assert local.names() == ["x.png"]
        local.client.get("/clear")
        assert local.send(form, picture()).status_code == 403
        assert local.names() == []

    def test_without_a_file_at_its_end(self, local: Front, picture: Encoded) -> None:
        form = local.ask().json()
        sent: list[dict[str, Any]] = [
            {"data": form["fields"]},
            {"data": form["fields"], "files": {"photo": ("x", picture())}},
            {"content": b"nothing"},
        ]
        for parts in sent:
            assert local.client.post(form["url"], **parts).status_code == 400
        first = {"file": ("x", picture()), **{key: (None, value) for key, value in form["fields"].items()}}
        answer = local.client.post(form["url"], files=first)
        assert (answer.status_code, "the file last" in answer.json()["error"]) == (403, False)
        assert local.send(form, picture()).status_code == 204

    def test_twice_the_same_field(self, local: Front, picture: Encoded) -> None:
        form = local.ask().json()
        parts = [(key, (None, value)) for key, value in [*form["fields"].items(), ("key", "x")]]
        files: Any = [*parts, ("file", ("x", picture()))]
        assert local.client.post(form["url"], files=files).status_code == 403
        same: Any = [(key, (None, value)) for key, value in [*form["fields"].items(), *form["fields"].items()]]
        assert local.client.post(form["url"], files=[*same, ("file", ("x", picture()))]).status_code == 400

    def test_goes_below_the_base_path(self, make_client: Callable[..., TestClient], picture: Encoded) -> None:
        client = make_client(base_path="/v1")
        query: dict[str, Any] = {"name": "x", "content_type": "image/png", "size": 1000}
        form = client.post("/v1/presign", params=query).json()
        assert form["url"] == "http://testserver/v1/incoming"
        assert Front(client).send(form, picture()).status_code == 204


def test_bucket_takes_its_forms_itself(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(bucket=NAME).post("/incoming", data={"key": "x"}, files={"file": io.BytesIO(b"x")})
    assert answer.status_code == 404


@pytest.mark.parametrize("front", ["s3"], indirect=True)
@pytest.mark.parametrize(("method", "status"), [("GET", 307), ("POST", 303)])
def test_large_picture_is_answered_by_the_bucket(front: Front, picture: Encoded, method: str, status: int) -> None:
    large, small = picture("BMP", (2200, 2200)), picture("BMP", (2000, 2000))
    front.client.post("/upload", files=[("f", ("large.bmp", large)), ("f", ("small.bmp", small))])
    answer = front.client.request(method, "/getpicture?name=large.bmp", follow_redirects=False)
    assert answer.status_code == status
    followed = httpx2.get(answer.headers["location"])
    assert (followed.content, followed.headers["content-type"]) == (large, "image/bmp")
    assert front.client.request(method, "/getpicture?name=small.bmp", follow_redirects=False).content == small


def test_folder_answers_large_pictures_itself(client: TestClient, picture: Encoded) -> None:
    large = picture("BMP", (2200, 2200))
    client.post("/upload", files={"f": ("large.bmp", large)})
    assert client.get("/getpicture?name=large.bmp", follow_redirects=False).content == large


@pytest.mark.parametrize("front", ["s3"], indirect=True)
def test_storage_that_is_not_there_is_said(front: Front, make_client: Callable[..., TestClient], server: str) -> None:
    assert front.names() == []
    answer = make_client(bucket="another-bucket", s3_endpoint=server).get("/info")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "CASTMARK_BUCKET" in answer.json()["error"]


@pytest.mark.parametrize("kind", KINDS)
def test_upload_too_large_for_a_function_says_where_to_go(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTMARK_LIMITS__REQUEST_MB", "0.1")
    monkeypatch.setenv("CASTMARK_ROUTES__PRESIGN", "ask")
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    with event_loop():
        handler = handler_of(upload.api)
        answer = invoke(handler, kind, "POST", "/upload", body=b"x" * 200_000, headers=headers)
    assert answer.status == 413
    assert answer.json()["error"].endswith(
        "Send a smaller photo, or use this server's own page, which sends larger ones."
    )
    assert answer.json()["larger"] == "/ask"


def test_elsewhere_a_request_that_is_too_large_is_just_that(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(limits={"request_mb": 0.1}).post("/upload", files={"f": ("x", b"x" * 200_000)})
    assert answer.status_code == 413
    assert "/presign" not in answer.json()["error"]
