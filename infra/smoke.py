"""Is a deployed Castmark well? Uses every API that matters once, and tidies up after itself.

    CASTMARK_TOKEN=... python infra/smoke.py https://castmark.example [picture]

Needs Python 3.11 and nothing else; exits with 1 where a step failed. In the picture something must be read: by default
it is docs/hub.jpg, and that must be `A27`. It is uploaded as a caller drawn for this run, and cleared in the end
whatever happens; the three readings stay in the database, as all do. Routes that were renamed are learned from `info`.
"""

# ruff: noqa: T201, S310  it prints; what it opens is looked at in `send`

import argparse
import json
import mimetypes
import os
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPRedirectHandler, Request, build_opener

_PICTURE = Path(__file__).parents[1] / "docs" / "hub.jpg"
_TEXT = "A27"
_LOGS_PATIENCE = 60
"""Seconds until CloudWatch shows a line at the latest."""
_READING_PATIENCE = 180
Query = dict[str, str]
_NOTHING = "(nothing legible)"
_HELLO = "You already connect the server now!"


class Failed(Exception):
    """A step went wrong; the message says how."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            raise Failed(f"what was answered is no JSON (status {self.status})") from None


class _Stay(HTTPRedirectHandler):
    """A redirect would take the token to somebody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Server:
    """The APIs at `url`, by their names in the documentation; `token` is the operator's."""

    def __init__(self, url: str, token: str, info: str) -> None:
        self.routes = {"info": info}
        self._url = url.rstrip("/")
        self._token = token
        self._cookie = f"castmark_session={secrets.token_urlsafe(24)}"
        self._opener = build_opener(_Stay)

    def ask(
        self, api: str, query: Query | None = None, *, operator: bool = False, wanted: tuple[int, ...] = (200,)
    ) -> Any:
        """The answer to a GET, which must have one of the statuses wanted."""
        return self.send(Request(self._address(api, query)), operator=operator, wanted=wanted).json()

    def upload(self, query: Query, name: str, content: bytes) -> Any:
        return self.send(_form(self._address("upload", query), {}, name, content)).json()

    def presigned(self, uuid: str, name: str, content: bytes) -> None:
        """Ask for a form and send it to where it says: to storage, which has no use for cookies and tokens."""
        facts = {"name": name, "content_type": _kind(name), "size": str(len(content)), "uuid": uuid}
        asked = Request(self._address("presign", facts), data=b"", method="POST")
        form = self.send(asked).json()
        sent = _form(urljoin(f"{self._url}/", form["url"]), form["fields"], name, content)
        self.send(sent, known=False, wanted=(200, 201, 204))

    def send(
        self, request: Request, *, operator: bool = False, known: bool = True, wanted: tuple[int, ...] = (200,)
    ) -> Answer:
        if request.type not in ("http", "https"):
            raise Failed(f"{request.full_url} is no address of a server")
        if known:
            request.add_header("Cookie", self._cookie)
        if operator:
            request.add_header("Authorization", f"Bearer {self._token}")
        answer = self._answered(request)
        if answer.status not in wanted:
            raise Failed(f"the status is {answer.status}{_sentence(answer)}")
        return answer

    def _answered(self, request: Request) -> Answer:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.read())
        except HTTPError as error:
            with error:
                return Answer(error.code, error.read())
        except URLError as error:
            raise Failed(f"no answer ({error.reason})") from None
        except OSError as error:
            raise Failed(f"the connection broke ({error})") from None

    def _address(self, api: str, query: Query | None) -> str:
        return f"{self._url}/{self.routes.get(api, api)}" + (f"?{urlencode(query)}" if query else "")


class Smoke:
    """The steps, in their order; each returns what there is to say of it, or raises Failed."""

    def __init__(self, server: Server, picture: Path) -> None:
        self._text = _TEXT if picture == _PICTURE else ""
        self._server = server
        self._name, self._content = picture.name, picture.read_bytes()
        self._uuid = secrets.token_hex(16)
        # Known by the cookie alone, and by the uuid.
        self._callers: tuple[Query, ...] = ({}, {"uuid": self._uuid})

    def steps(self) -> dict[str, Callable[[], str]]:
        return {
            "info": self._info,
            "test": self._test,
            "upload": self._upload,
            "start, now": self._start,
            "start, as a task": self._task,
            "presigned upload": self._presigned,
            "start, after that": self._task,
            "console": self._console,
            "console, to strangers": self._closed,
            "getdatabase": self._database,
            "getlogs": self._logs,
        }

    def clear(self) -> str:
        """Remove what was uploaded, with or without a uuid, and see that it is gone."""
        for query in self._callers:
            self._server.ask("clear", query)
        for query in self._callers:
            self._server.ask("start", query, wanted=(404,))
        return "nothing is left to read"

    def _info(self) -> str:
        self._server.routes |= self._server.ask("info")["API"]
        return f"{len(self._server.routes)} routes"

    def _test(self) -> str:
        answer = self._server.ask("test")
        if answer != _HELLO:
            raise Failed(f"the answer is {answer!r}")
        return ""

    def _upload(self) -> str:
        for query in self._callers:
            names = self._server.upload(query, self._name, self._content)["files"]
            if len(names) != 1:
                raise Failed(f"{len(names)} files were stored instead of 1")
        return f"{len(self._content) / 1024:.0f} KB"

    def _start(self) -> str:
        texts = self._server.ask("start")
        return self._read(" ".join(texts))

    def _task(self) -> str:
        task = self._server.ask("start", {"uuid": self._uuid})["task_uuid"]
        end = time.monotonic() + _READING_PATIENCE
        while isinstance(status := self._server.ask("status", {"task": task})["status"], str):
            if time.monotonic() > end:
                raise Failed(f"the task is still {status} after {_READING_PATIENCE} seconds")
            time.sleep(1)
        if status["status"] != "completed":
            raise Failed(f"the task ended as {status['status']}: {status['text']}")
        return self._read(status["text"])

    def _read(self, text: str) -> str:
        if not text or text == _NOTHING:
            raise Failed("nothing was read in the picture")
        if self._text not in ("", text):
            raise Failed(f"read {text} where {self._text} is")
        return f"read {text}"

    def _presigned(self) -> str:
        self._server.ask("clear", {"uuid": self._uuid})
        self._server.presigned(self._uuid, self._name, self._content)
        return ""

    def _console(self) -> str:
        answer = self._server.ask("command", {"command": "help"}, operator=True)
        if not isinstance(answer, str) or "help" not in answer:
            raise Failed("the answer is no help")
        return ""

    def _closed(self) -> str:
        for api in ("command", "getdatabase", "getlogs"):
            self._server.ask(api, {"command": "help"}, wanted=(401, 403))
        return "refused"

    def _database(self) -> str:
        header, *rows = self._server.ask("getdatabase", operator=True)["result"]
        if header != ["hub_id", "recognition_time", "mold_number"]:
            raise Failed(f"the header is {header}")
        if not rows:
            raise Failed("there is no reading in it")
        return f"{len(rows)} readings"

    def _logs(self) -> str:
        end = time.monotonic() + _LOGS_PATIENCE
        while not (events := self._server.ask("getlogs", operator=True)):
            if time.monotonic() > end:
                raise Failed(f"there is no event after {_LOGS_PATIENCE} seconds")
            time.sleep(2)
        return f"{len(events)} events, the latest: {events[-1]['event']} {events[-1]['result']}"


def main() -> int:
    flags = _flags()
    token = os.environ.get("CASTMARK_TOKEN", "")
    if not token:
        print("Set CASTMARK_TOKEN to the operator token: the console, the database and the log want it.")
        return 2
    smoke = Smoke(Server(flags.url, token, flags.info), flags.picture)
    try:
        well = [_told(name, step) for name, step in smoke.steps().items()]
    finally:
        cleared = _told("clear", smoke.clear)
    return 0 if all([*well, cleared]) else 1


def _flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Uses every API of a deployed Castmark once, and tidies up.")
    parser.add_argument("url", help="where it answers, such as https://castmark.example/v1")
    parser.add_argument("picture", nargs="?", type=_picture, default=_PICTURE, help="a picture with a mark to read")
    parser.add_argument("--info", default="info", metavar="NAME", help="what the route info is called (info)")
    return parser.parse_args()


def _picture(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text}")
    return path


def _told(name: str, step: Callable[[], str]) -> bool:
    """Run a step and print its line; whether it went well."""
    try:
        said, well = step(), True
    except Failed as error:
        said, well = str(error), False
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # The server's answer has another shape than ours.
        said, well = f"the answer is not as it should be ({type(error).__name__}: {error})", False
    print(f"{name:22} {'ok' if well else 'FAILED':7} {said}".rstrip(), flush=True)
    return well


def _kind(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _form(url: str, fields: dict[str, str], name: str, content: bytes) -> Request:
    """A form with the picture as its last part, as storage wants it."""
    boundary = secrets.token_hex(16)
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{fields[key]}' for key in fields]
    disposition = f'form-data; name="file"; filename="{name.replace(chr(34), "_")}"'
    parts.append(f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {_kind(name)}\r\n\r\n")
    body = "\r\n".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return Request(url, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}, method="POST")


def _sentence(answer: Answer) -> str:
    """What the server says about it, if it is one of ours."""
    try:
        return f": {json.loads(answer.body)['error']}"
    except (LookupError, TypeError, ValueError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
